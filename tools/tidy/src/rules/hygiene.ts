import type { HouseFile } from "../repository.ts";
import { type Finding, fileRule, type Rule } from "../rule.ts";

/** A package must install from whichever registry its user has. */
const noRegistry = textRule(
  "no registry host",
  /\bregistry\.[a-z0-9-]+\.[a-z]{2,}|\/artifactory\//,
  "belongs to one place's registry",
  "Leave it to the user's npm configuration",
);

/** A path of somebody's machine works on that machine only. */
const noMachinePath = textRule(
  "no machine path",
  /(?<![\w.)\]}*/-])\/(work|root|home|Users)\/[\w.-]+/,
  "is a path of one machine",
  "Make it relative to the file or to the repository",
);

/** What is here speaks for itself; who or what typed it is no part of it. */
const noAuthorship = textRule(
  "no word on how it was made",
  /co-authored[-]by:|\b(generated|written|made) (with|by) (an? )?(assistant|language model)\b/i,
  "tells how the text came about",
  "Say what it does, and why",
);

export const hygieneRules = { noRegistry, noMachinePath, noAuthorship };

function textRule(name: string, pattern: RegExp, fault: string, remedy: string): Rule {
  return fileRule(
    name,
    () => true,
    function* (file: HouseFile): Generator<Finding> {
      for (const [index, line] of file.text.split("\n").entries()) {
        const match = pattern.exec(line);
        if (match) yield [index + 1, `${match[0]} ${fault}`, remedy];
      }
    },
  );
}

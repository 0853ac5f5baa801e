import { type HouseFile, Repository } from "./repository.ts";

/** Something that the house does not want, where it stands, and what to do about it. */
export interface Fault {
  readonly path: string;
  readonly line: number;
  readonly fault: string;
  readonly remedy: string;
}

/** One rule of the house: a pure function from the repository's files to what is wrong with them. */
export interface Rule {
  readonly name: string;
  check(repository: Repository): Fault[];
}

/** What a rule that looks at one file at a time says of it: line, fault, remedy. */
export type Finding = readonly [line: number, fault: string, remedy: string];

/** A rule that judges each file by itself. */
export function fileRule(
  name: string,
  applies: (file: HouseFile) => boolean,
  findings: (file: HouseFile, repository: Repository) => Iterable<Finding>,
): Rule {
  return {
    name,
    check: (repository) =>
      repository.files
        .filter(applies)
        .flatMap((file) =>
          [...findings(file, repository)]
            .sort(([a], [b]) => a - b)
            .map(([line, fault, remedy]) => ({ path: file.path, line, fault, remedy })),
        ),
  };
}

/** The faults of one rule as a reader meets them: `path:line: fault. Remedy.` */
export function report(rule: Rule, repository: Repository): string[] {
  return rule
    .check(repository)
    .map(({ path, line, fault, remedy }) => `${path}:${line}: ${fault}. ${remedy}.`);
}

/** What a rule reports about the files of an example, given as path and text. */
export function reportOn(rule: Rule, files: Readonly<Record<string, string>>): string[] {
  return report(
    rule,
    new Repository(Object.entries(files).map(([path, text]) => ({ path, text }))),
  );
}

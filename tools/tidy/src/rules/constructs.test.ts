import { describe, expect, test } from "vitest";
import { reportOn } from "../rule.ts";
import { constructRules } from "./constructs.ts";

const { noAny, noSuppressions, noLeftovers, codedErrors, quietLibraries, namedExports } =
  constructRules;

describe("no any", () => {
  test("as an annotation, in a cast, as a type argument", () => {
    const text = "let a: any;\nconst b = a as any;\nconst c: Map<string, any> = b;\n";
    expect(reportOn(noAny, { "packages/core/src/a.ts": text })).toEqual(
      [1, 2, 3].map(
        (line) =>
          `packages/core/src/a.ts:${line}: any switches type checking off. Name the type, or take unknown and narrow it.`,
      ),
    );
  });

  test("words and strings are not types; the Untyped alias is the one exception", () => {
    const text = '// as any of these\nconst any = "x as any";\nexport { any };\n';
    expect(reportOn(noAny, { "packages/core/src/a.ts": text })).toEqual([]);
    const alias = "export type Untyped = any;\n";
    expect(reportOn(noAny, { "packages/client/src/untyped.ts": alias })).toEqual([]);
    expect(reportOn(noAny, { "packages/client/src/types.ts": alias })).toHaveLength(1);
  });
});

describe("no suppressions", () => {
  test.each([
    "// @ts-ignore",
    "// @ts-expect-error: on purpose",
    "// @ts-nocheck",
    "// biome-ignore lint/style/useConst: on purpose",
    "/* eslint-disable */",
    "/* v8 ignore next */",
  ])("%s", (comment) => {
    expect(reportOn(noSuppressions, { "src/a.ts": `const a = 1;\n${comment}\n` })).toEqual([
      expect.stringMatching(/^src\/a\.ts:2: \S.* hides what a checker found\. Mend the cause\.$/),
    ]);
  });

  test("a string may contain the words", () => {
    expect(reportOn(noSuppressions, { "src/a.ts": 'const a = "// @ts-ignore";\n' })).toEqual([]);
  });
});

describe("no leftovers", () => {
  test.each(["TODO", "FIXME", "XXX"])("%s", (word) => {
    expect(reportOn(noLeftovers, { "src/a.ts": `/**\n * ${word}: later\n */\n` })).toEqual([
      `src/a.ts:2: ${word} promises work that nobody tracks. Do it now, or open an issue.`,
    ]);
  });

  test("names and strings that contain the words are fine", () => {
    const text = 'const mastodonTODOs = "TODO";\n// the todo list of the sample\n';
    expect(reportOn(noLeftovers, { "src/a.ts": text })).toEqual([]);
  });
});

describe("errors carry a code", () => {
  test("neither new Error nor Error as a function", () => {
    const text = 'throw new Error("a");\nthrow Error("b");\n';
    expect(reportOn(codedErrors, { "packages/core/src/a.ts": text })).toEqual(
      [1, 2].map(
        (line) =>
          `packages/core/src/a.ts:${line}: A bare Error can only be told apart by its message. Throw a class that has a code.`,
      ),
    );
  });

  test("classes of one's own, tests and examples are fine", () => {
    const own = 'class Coded extends Error {}\nthrow new Coded("a");\n';
    const bare = 'throw new Error("a");\n';
    expect(
      reportOn(codedErrors, {
        "packages/core/src/a.ts": own,
        "packages/core/src/a.test.ts": bare,
        "packages/core/test/a.ts": bare,
        "examples/a/index.ts": bare,
      }),
    ).toEqual([]);
  });
});

describe("libraries do not print", () => {
  const text = 'console.log("a");\n';

  test("not under packages", () => {
    expect(reportOn(quietLibraries, { "packages/core/src/a.ts": text })).toEqual([
      "packages/core/src/a.ts:1: A library writes to the console. Use the logger that the caller passed in.",
    ]);
  });

  test("programs may; an example in a comment is not code", () => {
    expect(
      reportOn(quietLibraries, {
        "apps/bench/src/kv.ts": text,
        "packages/protocol/scripts/generate.ts": text,
        "packages/core/src/a.ts": `// ${text}`,
      }),
    ).toEqual([]);
  });
});

describe("an index names what it exports", () => {
  test("export * in an index", () => {
    const files = { "packages/core/src/index.ts": '\nexport * from "./a.ts";\n' };
    expect(reportOn(namedExports, files)).toEqual([
      "packages/core/src/index.ts:2: export * makes everything public that a file happens to export. Name each export.",
    ]);
  });

  test("names and namespaces", () => {
    const text = 'export { a, type B } from "./a.ts";\nexport * as kv from "./kv.ts";\n';
    expect(reportOn(namedExports, { "packages/core/src/index.ts": text })).toEqual([]);
  });

  test("a list of named exports that two entries share", () => {
    const index = { "packages/core/src/index.ts": 'export * from "./exports.ts";\n' };
    const list = { "packages/core/src/exports.ts": 'export { a } from "./a.ts";\n' };
    const code = { "packages/core/src/exports.ts": "export const a = 1;\n" };
    expect(reportOn(namedExports, { ...index, ...list })).toEqual([]);
    expect(reportOn(namedExports, { ...index, ...code })).toHaveLength(1);
  });
});

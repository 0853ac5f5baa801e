import { describe, expect, test } from "vitest";
import { reportOn } from "../rule.ts";
import { testRules } from "./tests.ts";

const { noFocus, reasonedSkips, noSleeping, runnableTests } = testRules;

describe("no focused tests", () => {
  test.each(['test.only("a", f);', 'describe.only("a", f);', "it.only.each([1])(f);"])(
    "%s",
    (text) => {
      expect(reportOn(noFocus, { "src/a.test.ts": `\n${text}\n` })).toEqual([
        "src/a.test.ts:2: .only keeps every other test from running. Remove it.",
      ]);
    },
  );

  test("other things may be called only", () => {
    expect(reportOn(noFocus, { "src/a.test.ts": 'fields.only("a");\n' })).toEqual([]);
  });
});

describe("a skipped test says why", () => {
  test.each(["skip", "todo"])("without a reason: %s", (name) => {
    expect(reportOn(reasonedSkips, { "src/a.test.ts": `\n\ntest.${name}("a");\n` })).toEqual([
      `src/a.test.ts:3: .${name} without a reason. Say why in a comment above it, or make it run.`,
    ]);
  });

  test.each(["skipIf(onWindows)", "runIf(onLinux)"])("under a condition: %s", (call) => {
    expect(reportOn(reasonedSkips, { "src/a.test.ts": `test.${call}("a", f);\n` })).toHaveLength(1);
  });

  test("with a reason above it or beside it", () => {
    const text =
      '// The socket in the directory needs Unix.\ntest.skip("a", f);\n\ntest.todo("b"); // waits for groups\nrows.skip(1);\n';
    expect(reportOn(reasonedSkips, { "src/a.test.ts": text })).toEqual([]);
  });
});

describe("tests do not sleep", () => {
  test.each([
    "await new Promise((resolve) => setTimeout(resolve, 50));",
    "await new Promise<void>((done) => { setTimeout(() => done(), 50); });",
    "await new Promise((resolve) => globalThis.setTimeout(resolve, 50));",
    "await sleep(50);",
    'import { setTimeout } from "node:timers/promises";',
    'import { setTimeout as pause } from "timers/promises";',
  ])("%s", (text) => {
    expect(reportOn(noSleeping, { "src/a.test.ts": `${text}\n` })).toEqual([
      "src/a.test.ts:1: A test sleeps. Wait for the condition with waitFor, or advance the fake clock.",
    ]);
  });

  test.each([
    "await mock.clock.advance(50);",
    "const late = new Promise((_, reject) => setTimeout(() => reject(cause), 50));",
    "const timer = setTimeout(stop, 50);",
    'import { setImmediate } from "node:timers/promises";',
  ])("does not sleep: %s", (text) => {
    expect(reportOn(noSleeping, { "src/a.test.ts": `${text}\n` })).toEqual([]);
  });

  test("only tests are judged", () => {
    const text = "await new Promise((resolve) => setTimeout(resolve, 50));\n";
    expect(reportOn(noSleeping, { "packages/client/src/retry.ts": text })).toEqual([]);
  });
});

describe("every test has a runner", () => {
  const suite = 'test("a", () => {});\n';
  const house = {
    "packages/core/package.json": '{ "name": "@hivellm/synap-core" }',
    "packages/core/vitest.config.ts":
      'export default { test: { include: ["src/**/*.test.ts", "test/**/*.test.ts"] } };\n',
    "apps/bench/package.json": '{ "name": "@hivellm/synap-bench" }',
  };

  test.each([
    "src/a.tests.ts",
    "src/a-test.ts",
    "src/a_test.ts",
    "src/test-a.ts",
    "src/a.test.js",
    "src/a.spec.ts",
    "src/a.test.fuzz.ts",
    "test/a.ts",
    "a.test.ts",
  ])("%s does not run", (path) => {
    expect(reportOn(runnableTests, { ...house, [`packages/core/${path}`]: suite })).toEqual([
      `packages/core/${path}:1: No include matches this test. Name it so that one of src/**/*.test.ts, test/**/*.test.ts does.`,
    ]);
  });

  test("nothing runs in a package without a config", () => {
    expect(reportOn(runnableTests, { ...house, "apps/bench/src/a.test.ts": suite })).toEqual([
      "apps/bench/src/a.test.ts:1: No vitest config includes this test. Give the package a vitest.config.ts with an include.",
    ]);
  });

  test("what matches runs; what has no suites is no test", () => {
    expect(
      reportOn(runnableTests, {
        ...house,
        "packages/core/src/kv/a.test.ts": suite,
        "packages/core/test/deep/a.fuzz.test.ts": suite,
        "packages/core/test/helper.ts": "export const PATTERN = /a/.test(name);\n",
        "packages/core/src/load-test.ts": "export function run() {}\n",
        "packages/core/src/latest.ts": suite,
      }),
    ).toEqual([]);
  });
});

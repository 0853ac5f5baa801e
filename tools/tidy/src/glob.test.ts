import { expect, test } from "vitest";
import { globToRegExp } from "./glob.ts";

test.each([
  ["src/**/*.test.ts", "src/a.test.ts", true],
  ["src/**/*.test.ts", "src/kv/deep/a.fuzz.test.ts", true],
  ["src/**/*.test.ts", "src/a.tests.ts", false],
  ["src/**/*.test.ts", "test/a.test.ts", false],
  ["src/**/*.test.ts", "src/aXtest.ts", false],
  ["{src,test}/*.ts", "test/a.ts", true],
  ["{src,test}/*.ts", "test/b/a.ts", false],
])("%s and %s: %s", (glob, path, matches) => {
  expect(globToRegExp(glob).test(path)).toBe(matches);
});

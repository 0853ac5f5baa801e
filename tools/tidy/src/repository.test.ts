import { expect, test } from "vitest";
import { HouseFile, Repository } from "./repository.ts";

const repository = new Repository(
  ["", "packages/core/", "packages/core/fixtures/nested/"].map((folder) => ({
    path: `${folder}package.json`,
    text: JSON.stringify({ name: folder }),
  })),
);

test.each([
  ["README.md", ""],
  ["packages/core/src/engine.ts", "packages/core"],
  ["packages/core/fixtures/nested/a.ts", "packages/core/fixtures/nested"],
  ["packages/core-extra/src/a.ts", ""],
])("%s belongs to the package in %j", (path, folder) => {
  expect(repository.packageOf(path)?.folder).toBe(folder);
});

test.each([
  ["src/a.test.ts", true],
  ["test/server.ts", true],
  ["packages/conformance/src/kv.ts", true],
  ["src/a.ts", false],
  ["packages/testing/src/mock.ts", false],
  ["test/data.json", false],
])("%s is a test: %s", (path, isTest) => {
  expect(new HouseFile({ path, text: "" }).isTest).toBe(isTest);
});

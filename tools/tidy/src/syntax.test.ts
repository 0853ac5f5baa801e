import { expect, test } from "vitest";
import { HouseFile } from "./repository.ts";

test("comments are found between tokens, never inside strings, templates or expressions", () => {
  const file = new HouseFile({
    path: "a.ts",
    text: [
      "#!/usr/bin/env node",
      "/** header */",
      'const text = "// no comment";',
      "const template = `/* nor this */ $" + "{1 /* but this */}`;",
      "const expression = /\\/\\/ nor this/;",
      "function f() {",
      "  // before a brace",
      "} // behind one",
    ].join("\n"),
  });
  expect(file.comments.map(({ text }) => text)).toEqual([
    "/** header */",
    "/* but this */",
    "// before a brace",
    "// behind one",
  ]);
  expect(file.comments.map(({ start }) => file.lineAt(start))).toEqual([2, 4, 7, 8]);
});

test("every way to import is an import", () => {
  const file = new HouseFile({
    path: "a.ts",
    text: [
      'import a from "a";',
      'import type { B } from "b";',
      'export { c } from "c";',
      'export * from "d";',
      'type E = import("e").E;',
      'const f = await import("f");',
      'const g = require("g");',
      "const text = 'import h from \"h\"';",
    ].join("\n"),
  });
  expect(file.imports.map(({ specifier }) => specifier)).toEqual([..."abcdefg"]);
});

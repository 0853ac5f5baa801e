import { describe, expect, test } from "vitest";
import { reportOn } from "../rule.ts";
import { architectureRules } from "./architecture.ts";

const { importDirection, dependencyDirection, portableSource, noDeepImports, publishableRanges } =
  architectureRules;

function manifest(name: string, fields: object = {}): Record<string, string> {
  const folder = name === "server" ? "apps" : "packages";
  return {
    [`${folder}/${name}/package.json`]: JSON.stringify(
      { name: `@hivellm/synap-${name}`, ...fields },
      null,
      2,
    ),
  };
}

function importing(specifier: string): string {
  return `import { a } from "${specifier}";\n`;
}

describe("imports point one way", () => {
  test.each([
    ["core", "protocol"],
    ["client", "protocol"],
    ["testing", "client"],
    ["testing", "core"],
    ["core", "core"],
    ["example-cache", "client"],
  ])("%s may use %s", (from, to) => {
    const files = {
      ...manifest(from),
      [`packages/${from}/src/a.ts`]: importing(`@hivellm/synap-${to}`),
    };
    expect(reportOn(importDirection, files)).toEqual([]);
  });

  test.each([
    ["protocol", "core", "protocol stands on no other package"],
    ["core", "client", "core may use protocol"],
    ["core", "server", "core may use protocol"],
    ["client", "core", "client may use protocol"],
    ["client", "testing", "client may use protocol"],
    ["example-cache", "core", "example-cache may use client"],
  ])("%s may not use %s, whichever entry", (from, to, remedy) => {
    const files = {
      ...manifest(from),
      [`packages/${from}/src/a.ts`]: `\n${importing(`@hivellm/synap-${to}/entry`)}`,
    };
    expect(reportOn(importDirection, files)).toEqual([
      expect.stringContaining(`packages/${from}/src/a.ts:2: ${from} imports from ${to}. ${remedy}`),
    ]);
  });
});

describe("dependencies point one way", () => {
  test("a dependency in the right direction, and one from outside", () => {
    const devDependencies = { "@hivellm/synap-protocol": "workspace:*", vitest: "catalog:" };
    expect(reportOn(dependencyDirection, manifest("client", { devDependencies }))).toEqual([]);
  });

  test("a dependency in the wrong direction, of whichever kind", () => {
    const devDependencies = { "@hivellm/synap-testing": "workspace:*" };
    expect(reportOn(dependencyDirection, manifest("client", { devDependencies }))).toEqual([
      "packages/client/package.json:4: client depends on testing. client may use protocol: move what both need there, or behind a port.",
    ]);
  });

  test("a package without a place", () => {
    expect(reportOn(dependencyDirection, manifest("annex"))).toEqual([
      "packages/annex/package.json:1: The package annex has no place in the house. Name it in MAY_USE of tools/tidy.",
    ]);
  });
});

describe("portable source has no Node built-in", () => {
  test.each(["node:fs", "fs", "fs/promises", "node:timers"])("%s", (specifier) => {
    expect(reportOn(portableSource, { "packages/core/src/a.ts": importing(specifier) })).toEqual([
      `packages/core/src/a.ts:1: ${specifier} exists in Node only. Take it through a port, or move it to a room that only Node loads.`,
    ]);
  });

  test("globals of Node", () => {
    const files = { "packages/protocol/src/a.ts": "\nBuffer.from(process.env.A);\n" };
    expect(reportOn(portableSource, files)).toHaveLength(2);
  });

  test("a client's room for Node, tests and programs may; names alone are no globals", () => {
    const text = importing("node:fs");
    expect(
      reportOn(portableSource, {
        "packages/client/src/node/pool.ts": text,
        "packages/core/src/a.test.ts": text,
        "apps/server/src/a.ts": text,
        "packages/client/src/queue.ts": "client.queue.process.name;\nBuffer;\n",
      }),
    ).toEqual([]);
    expect(reportOn(portableSource, { "packages/client/src/a.ts": text })).toHaveLength(1);
  });
});

describe("packages are entered by their exports", () => {
  const house = {
    ...manifest("protocol", { exports: { ".": "./src/index.ts", "./schema": "./src/schema.ts" } }),
    ...manifest("core"),
  };

  test.each([
    "@hivellm/synap-protocol",
    "@hivellm/synap-protocol/schema",
    "./b.ts",
    "../x.ts",
    "hono/cors",
  ])("%s", (specifier) => {
    expect(
      reportOn(noDeepImports, { ...house, "packages/core/src/kv/a.ts": importing(specifier) }),
    ).toEqual([]);
  });

  test.each([
    ["@hivellm/synap-protocol/src/errors.ts", "is not among the package's exports"],
    ["../../../protocol/src/errors.ts", "reaches into another package"],
    ["@hivellm/synap-nothing", "is no package of this house"],
  ])("%s", (specifier, fault) => {
    expect(
      reportOn(noDeepImports, { ...house, "packages/core/src/kv/a.ts": importing(specifier) }),
    ).toEqual([
      `packages/core/src/kv/a.ts:1: ${specifier} ${fault}. Import what the package exports, or export it there.`,
    ]);
  });

  test("scripts of the root work on every package", () => {
    const files = {
      ...house,
      "package.json": "{}",
      "scripts/a.mjs": importing("../packages/core/dist/index.js"),
    };
    expect(reportOn(noDeepImports, files)).toEqual([]);
  });
});

describe("published packages name plain versions", () => {
  const dependencies = { ws: "catalog:" };

  test("catalog: in what npm will install", () => {
    expect(reportOn(publishableRanges, manifest("client", { dependencies }))).toEqual([
      "packages/client/package.json:4: ws is asked for as catalog:, which npm cannot install. Write a plain version range.",
    ]);
  });

  test("private packages and devDependencies may", () => {
    const files = {
      ...manifest("core", { private: true, dependencies }),
      ...manifest("client", { dependencies: { ws: "^8.0.0" }, devDependencies: dependencies }),
    };
    expect(reportOn(publishableRanges, files)).toEqual([]);
  });
});

import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { createProject } from "./project.ts";
import { run } from "./run.ts";
import { CJS, ERROR_ACROSS_COPIES, ESM, JEST, SERVER_AND_CLIENT, TYPESCRIPT } from "./sources.ts";

/** A consumer that closed its clients ends by itself; a timer or socket left open shows here. */
const EXIT_WITHIN_MS = 20_000;

const TSC = join(import.meta.dirname, "../node_modules/typescript/bin/tsc");

const JEST_BIN = join(import.meta.dirname, "../node_modules/jest/bin/jest.js");

describe("JavaScript", () => {
  test("an ESM project", async () => {
    const folder = await createProject("module", { "index.js": ESM });
    expect(await runNode(folder, "index.js")).toBe("consumed\n");
  });

  test("a CommonJS project", async () => {
    const folder = await createProject("commonjs", { "index.js": CJS });
    expect(await runNode(folder, "index.js")).toBe("consumed\n");
  });

  test("a CommonJS project on a Node that cannot require ESM", async () => {
    const folder = await createProject("commonjs", { "index.js": CJS });
    expect(await runNode(folder, "--no-experimental-require-module", "index.js")).toBe(
      "consumed\n",
    );
  });

  test("errors are told apart by class across the CommonJS and the ESM copy", async () => {
    const folder = await createProject("module", { "index.js": ERROR_ACROSS_COPIES });
    expect(await runNode(folder, "index.js")).toBe("consumed\n");
  });
});

test("a unit test under Jest", async () => {
  const folder = await createProject("commonjs", { "visits.test.js": JEST });
  const output = await run(folder, process.execPath, [JEST_BIN, "--rootDir", folder]);
  expect(output).toContain("Tests:       3 passed, 3 total");
});

test("the client talks to the server, both as they are published", async () => {
  const files = { "index.js": SERVER_AND_CLIENT };
  const folder = await createProject("module", files, ["client", "server"]);
  expect(await runNode(folder, "index.js")).toBe("consumed\n");
});

describe("TypeScript", () => {
  const strict = {
    target: "es2022",
    lib: ["es2023", "dom"],
    types: [],
    strict: true,
    skipLibCheck: false,
    outDir: "dist",
  };

  test.each(["module", "commonjs"] as const)("module node16, type %s", async (type) => {
    const folder = await createProject(type, {
      "index.ts": TYPESCRIPT,
      "tsconfig.json": tsconfig({ ...strict, module: "node16" }),
    });
    await run(folder, process.execPath, [TSC, "-p", "."]);
    expect(await runNode(folder, "dist/index.js")).toBe("consumed\n");
  });

  test("moduleResolution bundler, bundled for Node", async () => {
    const folder = await createProject("module", {
      "index.ts": TYPESCRIPT,
      "tsconfig.json": tsconfig({ ...strict, module: "esnext", moduleResolution: "bundler" }),
    });
    await run(folder, process.execPath, [TSC, "-p", ".", "--noEmit"]);
    await build({
      absWorkingDir: folder,
      entryPoints: ["index.ts"],
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      outfile: "dist/index.js",
    });
    expect(await runNode(folder, "dist/index.js")).toBe("consumed\n");
  });
});

function tsconfig(compilerOptions: object): string {
  return JSON.stringify({ compilerOptions, include: ["index.ts"] });
}

function runNode(folder: string, ...args: string[]): Promise<string> {
  return run(folder, process.execPath, args, EXIT_WITHIN_MS);
}

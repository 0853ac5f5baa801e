import { builtinModules } from "node:module";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { createProject } from "./project.ts";

/**
 * What all of the client may take. 25 000 is the aim; with queues, workers, rooms and pub/sub it takes
 * 27 900, and the way back is to load by name what a page does not use (workers, the second format).
 */
const MAX_CLIENT_GZIP_BYTES = 28_500;

describe("bundled for browsers from the packed client", () => {
  test("the client has nothing of Node, and is small", async () => {
    const { imports, code } = await bundle("@hivellm/synap-client");
    expect(imports).toEqual([]);
    const bytes = gzipSync(code, { level: 9 }).byteLength;
    process.stdout.write(
      `The client's browser bundle: ${code.byteLength} bytes, ${bytes} gzipped\n`,
    );
    expect(bytes).toBeLessThan(MAX_CLIENT_GZIP_BYTES);
  });

  test("./testing has nothing of Node", async () => {
    const { imports, code } = await bundle("@hivellm/synap-client/testing");
    expect(imports).toEqual([]);
    expect(code.byteLength).toBeGreaterThan(0);
  });
});

/** All that `specifier` exports, bundled and minified, and the modules of Node that it asks for. */
async function bundle(specifier: string): Promise<{ imports: string[]; code: Uint8Array }> {
  const folder = await createProject("module", { "index.js": `export * from "${specifier}";\n` });
  // Left as imports, so that they are found and named here rather than fail to resolve one by one.
  const external = ["node:*", ...builtinModules];
  const result = await build({
    absWorkingDir: folder,
    entryPoints: ["index.js"],
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    outfile: "bundle.js",
    metafile: true,
    write: false,
    external,
  });
  const [output] = Object.values(result.metafile.outputs);
  return {
    imports: (output?.imports ?? []).map(({ path }) => path),
    code: result.outputFiles[0]?.contents ?? new Uint8Array(),
  };
}

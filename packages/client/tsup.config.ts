import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

// Not tsup's `clean`: the entries below build side by side, and one would delete what another wrote.
// dist/testing is the work of another task and stays.
mkdirSync("dist", { recursive: true });
for (const name of readdirSync("dist")) {
  if (name !== "testing") rmSync(`dist/${name}`, { recursive: true });
}

const base: Options = {
  entry: { index: "src/index.ts" },
  target: "es2022",
  sourcemap: true,
  splitting: false,
  // The private packages are bundled; what `dependencies` names stays an import.
  noExternal: [/^@hivellm\/synap-/],
};

export default defineConfig([
  {
    ...base,
    format: ["esm", "cjs"],
    platform: "node",
    dts: {
      // `await using` needs Symbol.asyncDispose, which a consumer's own `lib` may not have.
      banner: '/// <reference lib="esnext.disposable" />',
      compilerOptions: {
        // tsup sets baseUrl, which TypeScript 6 deprecates.
        ignoreDeprecations: "6.0",
        // By its source, not through node_modules, where the compiler emits no declarations.
        paths: { "@hivellm/synap-protocol": ["../protocol/src/index.ts"] },
      },
    },
  },
  {
    ...base,
    // The same exports over another platform, with all that it needs in one file.
    entry: { "browser/index": "src/browser.ts" },
    format: ["esm"],
    platform: "browser",
    minify: true,
    noExternal: [/.*/],
  },
]);

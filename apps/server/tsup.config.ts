import { defineConfig } from "tsup";

export default defineConfig({
  entry: { bin: "src/bin.ts", index: "src/index.ts" },
  format: ["esm"],
  platform: "node",
  target: "node20",
  // The private packages are bundled; what `dependencies` names stays an import.
  noExternal: [/^@hivellm\/synap-/],
  dts: {
    entry: { index: "src/index.ts" },
    compilerOptions: {
      // tsup sets baseUrl, which TypeScript 6 deprecates.
      ignoreDeprecations: "6.0",
      // By their sources, not through node_modules, where the compiler emits no declarations.
      paths: {
        "@hivellm/synap-core": ["../../packages/core/src/index.ts"],
        "@hivellm/synap-protocol": ["../../packages/protocol/src/index.ts"],
        "@hivellm/synap-protocol/schema": ["../../packages/protocol/src/schema/index.ts"],
      },
    },
  },
  sourcemap: true,
  clean: true,
});

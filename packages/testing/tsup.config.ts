import { rmSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

// Not tsup's `clean`: the entries below build side by side, and one would delete what another wrote.
rmSync("dist", { recursive: true, force: true });

/** Bundled. The client is not: this becomes its `./testing`, which imports it by name. */
const house = [/^@hivellm\/synap-(core|protocol)/];
/** What the client's own `dependencies` bring along. */
const external = ["@hivellm/synap-client", "msgpackr"];

const base: Options = {
  entry: { index: "src/index.ts" },
  target: "es2022",
  platform: "neutral",
  splitting: false,
};

export default defineConfig([
  // @vitest/spy as an import, so that vi.clearAllMocks of a Vitest with the same version sees our spies.
  { ...base, format: ["esm"], noExternal: house, external: [...external, "@vitest/spy"] },
  // Bundled, because it is ESM only and Jest cannot load that from CommonJS.
  { ...base, format: ["cjs"], noExternal: [...house, "@vitest/spy"], external },
  {
    ...base,
    format: ["esm", "cjs"],
    external,
    dts: {
      only: true,
      compilerOptions: {
        // tsup sets baseUrl, which TypeScript 6 deprecates.
        ignoreDeprecations: "6.0",
        // By their source, not through node_modules, where the compiler emits no declarations.
        paths: {
          "@hivellm/synap-core": ["../core/src/index.ts"],
          "@hivellm/synap-protocol": ["../protocol/src/index.ts"],
          "@hivellm/synap-protocol/schema": ["../protocol/src/schema/index.ts"],
        },
      },
    },
  },
]);

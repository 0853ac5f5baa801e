import { defineConfig } from "vitest/config";

// tools/consumers is left out: it needs built packages and a package registry (`pnpm verify consumers`).
export default defineConfig({
  test: {
    projects: [
      "{packages,apps,tools,examples,examples/tutorials}/*/vitest.config.ts",
      "!tools/consumers/vitest.config.ts",
    ],
  },
});

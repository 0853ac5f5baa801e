import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/pack.ts"],
    // Each test installs a project of its own from the package registry.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

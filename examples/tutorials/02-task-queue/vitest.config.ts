import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // These tests start processes, which takes its time on a machine that is busy.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

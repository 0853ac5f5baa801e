import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    include: ["src/**/*.test.ts"],
    // The rules are pure, and loading the compiler once for all of them is most of the time saved.
    isolate: false,
  },
});

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

/** The long runs in short: the same checks on fewer messages, events and steps. */
describe.each([
  ["queue", ["--messages", "20000", "--consumers", "10"]],
  ["rooms", ["--events", "3000", "--subscribers", "30", "--frozen", "5"]],
  ["churn", ["--steps", "1000"]],
])("soak %s", (name, flags) => {
  it("finds no fault", () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", "tsx", MAIN, name, ...flags],
      { encoding: "utf8" },
    );
    expect(stdout + stderr).toContain("no fault");
    expect(status).toBe(0);
  });
});

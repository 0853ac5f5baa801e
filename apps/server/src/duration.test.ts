import { describe, expect, it } from "vitest";
import { parseDurationMs } from "./duration.ts";

describe("durations", () => {
  it.each([
    ["0", 0],
    ["90", 90_000],
    ["1500ms", 1_500],
    ["90s", 90_000],
    ["1.5h", 5_400_000],
    [" 7 D ", 604_800_000],
    ["2m", 120_000],
    ["", null],
    ["s", null],
    ["-1", null],
    ["1w", null],
    ["1e3", null],
    ["1h30m", null],
    ["9999999999999d", null],
  ])("reads %j as %s", (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });
});

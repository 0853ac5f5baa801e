import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { backoffMs, differingSettings, millis, settingsOf } from "./queue-settings.ts";

const DEFAULTS = settingsOf({}, DEFAULT_LIMITS);

describe("settings", () => {
  test("have a default where nothing was said", () => {
    expect(DEFAULTS).toEqual({
      ...{ maxDepth: 100_000, ackDeadlineMs: 30_000, maxRetries: 3 },
      ...{ backoffMs: 0, backoffMaxMs: 3_600_000, dedupWindowMs: 300_000 },
      ...{ ttlMs: null, exclusive: false },
    });
    expect(settingsOf({}, { ...DEFAULT_LIMITS, queueMaxDepth: 7 }).maxDepth).toBe(7);
  });

  test("are what was said", () => {
    const request = {
      ...{ max_depth: 1, ack_deadline_secs: 0.5, default_max_retries: 0, retry_backoff_secs: 2 },
      ...{ retry_backoff_max_secs: 4, dedup_window_secs: 0, default_ttl_secs: 9, exclusive: true },
    };
    expect(settingsOf(request, DEFAULT_LIMITS)).toEqual({
      ...{ maxDepth: 1, ackDeadlineMs: 500, maxRetries: 0, backoffMs: 2_000 },
      ...{ backoffMaxMs: 4_000, dedupWindowMs: 0, ttlMs: 9_000, exclusive: true },
    });
  });

  test("that differ are named as a request names them", () => {
    expect(differingSettings(DEFAULTS, DEFAULTS)).toEqual([]);
    const other = { ...DEFAULTS, maxRetries: 4, ttlMs: 1, dedupWindowMs: 1, backoffMaxMs: 1 };
    expect(differingSettings(DEFAULTS, other)).toEqual([
      "default_max_retries",
      "retry_backoff_max_secs",
      "dedup_window_secs",
      "default_ttl_secs",
    ]);
  });
});

describe("the back-off", () => {
  test("doubles with each failure up to its bound, however many there were", () => {
    const settings = { ...DEFAULTS, backoffMs: 100, backoffMaxMs: 1_000 };
    const waits = [0, 1, 2, 3, 4, 50, 1_000_000].map((retries) => backoffMs(settings, retries));
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000]);
  });

  test("is never less than its first step, and none where there is none", () => {
    expect(backoffMs({ ...DEFAULTS, backoffMs: 5_000, backoffMaxMs: 1_000 }, 3)).toBe(5_000);
    expect(backoffMs(DEFAULTS, 9)).toBe(0);
  });
});

test("seconds are whole milliseconds, one at least where there are any", () => {
  const given = [0, 0.0001, 0.0005, 0.25, 1.4996, 30, undefined];
  expect(given.map((seconds) => millis(seconds))).toEqual([0, 1, 1, 250, 1_500, 30_000, undefined]);
});

import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";

const backoff = { retryDelayMs: 100, retryBackoff: 2, retryMaxDelayMs: 1_000 };

test.each([
  [1, 100],
  [2, 200],
  [4, 800],
  [5, 1_000],
  [2_000, 1_000],
])("repeat %i waits at most %i ms", (repeat, bound) => {
  expect(backoffMs(backoff, repeat, () => 1)).toBe(bound);
  expect(backoffMs(backoff, repeat, () => 0)).toBe(0);
  expect(backoffMs(backoff, repeat, () => 0.25)).toBe(bound / 4);
});

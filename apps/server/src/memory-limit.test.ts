import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import { describe, expect, it } from "vitest";
import { availableMemory, defaultMaxMemoryBytes } from "./memory-limit.ts";

describe("the memory limit where none is given", () => {
  it("is 60 % of what the process may use", () => {
    const available = { bytes: 1000, boundBy: "the machine's memory" } as const;
    expect(defaultMaxMemoryBytes(available)).toBe(600);
  });

  it("looks at the machine and at V8's heap", () => {
    const { bytes } = availableMemory();
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(Math.min(totalmem(), getHeapStatistics().heap_size_limit));
  });
});

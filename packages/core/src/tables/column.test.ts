import { describe, expect, test } from "vitest";
import { IntColumn, NumberColumn } from "./column.ts";

const ROWS = [0, 1, 16_383, 16_384, 16_385, 50_000, 131_072];

describe.each([
  ["of integers", IntColumn, [0, -1, 1, 2 ** 31 - 1, -(2 ** 31)]],
  ["of numbers", NumberColumn, [0, -1, 0.5, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]],
] as const)("a column %s", (_, Kind, values) => {
  test("keeps what was set, row by row, over the ends of its chunks", () => {
    const column = new Kind();
    for (const [i, row] of ROWS.entries()) column.set(row, values[i % values.length] as number);
    for (const [i, row] of ROWS.entries()) {
      expect(column.get(row)).toBe(values[i % values.length]);
    }
  });

  test("grows from any row, and rows between are 0", () => {
    const column = new Kind();
    column.set(40_000, 7);
    expect([column.get(0), column.get(20_000), column.get(39_999), column.get(40_000)]).toEqual([
      0, 0, 0, 7,
    ]);
    column.set(3, 5);
    expect([column.get(3), column.get(40_000)]).toEqual([5, 7]);
  });
});

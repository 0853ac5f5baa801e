import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MessageRows } from "./message-rows.ts";

describe("rows of messages", () => {
  test("each field keeps its own, whatever is written to those beside it", () => {
    const rows = new MessageRows();
    const fields = [
      ...Array.from({ length: 10 }, () => ({
        column: rows.number(),
        values: [0, -1, 2 ** 53 - 1],
      })),
      ...Array.from({ length: 12 }, () => ({ column: rows.int(), values: [0, -1, 2 ** 31 - 1] })),
    ];
    const writes = fc.array(
      fc.tuple(
        fc.constantFrom(0, 1, 4_095, 4_096, 9_000),
        fc.nat(fields.length - 1),
        fc.constantFrom(0, 1, 2),
      ),
      { maxLength: 200 },
    );
    rows.reserve(9_000);
    const model = new Map<string, number>();
    fc.assert(
      fc.property(writes, (all) => {
        for (const [row, at, nth] of all) {
          const { column, values } = fields[at] ?? neverNull();
          column.set(row, values[nth] as number);
          model.set(`${row} ${at}`, values[nth] as number);
        }
        for (const row of [0, 1, 4_095, 4_096, 9_000]) {
          for (const [at, { column }] of fields.entries()) {
            expect(column.get(row)).toBe(model.get(`${row} ${at}`) ?? 0);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test("takes no more fields than a row has room for", () => {
    const numbers = new MessageRows();
    for (let i = 0; i < 16; i++) numbers.number();
    expect(() => numbers.int()).toThrow("fit into its row");
    const ints = new MessageRows();
    for (let i = 0; i < 31; i++) ints.int();
    expect(() => ints.number()).toThrow("fit into its row");
  });
});

function neverNull(): never {
  throw new TypeError("The test's field is there.");
}

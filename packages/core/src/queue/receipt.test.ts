import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readMessageId, readReceipt, writeId, writeReceipt } from "./receipt.ts";

const numbers = fc.oneof(
  fc.maxSafeNat().map((n) => Math.max(1, n)),
  fc.integer({ min: 1, max: 20_000 }),
  fc.constantFrom(1, 9_999, 10_000, 99_999_999, 100_000_000, 100_000_001, 100_010_000),
  fc.constantFrom(1_234_500_000_000_000, Number.MAX_SAFE_INTEGER),
);

describe("receipts", () => {
  test("an id is written as its number", () => {
    fc.assert(
      fc.property(numbers, (id) => {
        expect(writeId(id)).toBe(String(id));
        expect(readMessageId(writeId(id))).toBe(id);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a receipt says the message and the delivery; that of the first one is the id", () => {
    fc.assert(
      fc.property(numbers, fc.option(numbers, { nil: 0 }), (id, delivery) => {
        const text = writeReceipt(String(id), delivery);
        expect(text).toBe(delivery === 0 ? String(id) : `${id}~${delivery}`);
        expect(readReceipt(text)).toEqual({ id, delivery });
        expect(readMessageId(text)).toBe(delivery === 0 ? id : null);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ...["", "~", "0", "-1", "1.5", "1e3", "01", " 1", "1 ", "x", "١", "1~", "~1", "1~0", "1~01"],
    ...["1~2~3", "1~x", "9007199254740992", "1~9007199254740992", "12345678901234567"],
  ])("%j is none", (text) => {
    expect(readReceipt(text)).toBeNull();
    expect(readMessageId(text)).toBeNull();
  });

  test("any text is one that is written so, or none", () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{1,17}(~[0-9]{0,17})?$/));
    fc.assert(
      fc.property(texts, (text) => {
        const read = readReceipt(text);
        if (read === null) expect(text).not.toMatch(/^[1-9]\d{0,14}(~[1-9]\d{0,14})?$/);
        else expect(writeReceipt(String(read.id), read.delivery)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});

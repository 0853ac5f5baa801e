import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareUtf8 } from "../../test/kv-model.ts";
import { compareKeys } from "./key-order.ts";

/** Texts in which surrogates, U+E000 to U+FFFF and shared beginnings are common. */
const trickyKeys = fc
  .array(fc.constantFrom("a", "b", "\u{7ff}", "\u{d7ff}", "\u{e000}", "\u{ffff}", "😀", "𐀀"), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.join(""));

describe("the order of keys", () => {
  test("is that of their UTF-8 bytes", () => {
    const texts = fc.oneof(trickyKeys, fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(compareUtf8(a, b));
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ["a", "b"],
    ["a", "aa"],
    ["\u{d7ff}", "\u{e000}"],
    ["\u{e000}", "😀"],
    ["\u{ffff}", "𐀀"],
    ["x\u{ffff}z", "x😀a"],
  ])("%j comes before %j", (first, second) => {
    expect(compareKeys(first, second)).toBeLessThan(0);
    expect(compareKeys(second, first)).toBeGreaterThan(0);
    expect(compareKeys(first, first)).toBe(0);
  });
});

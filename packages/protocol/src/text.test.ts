import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  base64Decode,
  base64Encode,
  isUtf8,
  isWellFormed,
  utf8Decode,
  utf8Encode,
  utf8EncodeInto,
  utf8Length,
} from "./text.ts";

/** Texts of UTF-16 units in which surrogates, paired or not, are common. */
const units = fc
  .array(fc.constantFrom("a", "é", "€", "\ud83d", "\ude00", "\ud83d\ude00"), { maxLength: 8 })
  .map((parts) => parts.join(""));

const wellFormed = fc.string({ unit: "binary", maxLength: 60 });

describe("UTF-8", () => {
  test("round trip, length and place", () => {
    fc.assert(
      fc.property(wellFormed, fc.nat(5), (text, at) => {
        const bytes = utf8Encode(text);
        expect(bytes).toEqual(new Uint8Array(Buffer.from(text)));
        expect(utf8Decode(bytes)).toBe(text);
        expect(utf8Length(text)).toBe(bytes.length);
        const target = new Uint8Array(at + bytes.length + 1).fill(0xff);
        expect(utf8EncodeInto(text, target, at)).toBe(bytes.length);
        expect(target.subarray(at, at + bytes.length)).toEqual(bytes);
        expect(target.at(-1)).toBe(0xff);
      }),
      { numRuns: 500 },
    );
  });

  test("a byte order mark is a character like any other", () => {
    expect(utf8Decode(utf8Encode("\u{feff}a"))).toBe("\u{feff}a");
  });

  test("bytes that are none are INVALID_REQUEST, never replaced", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const valid = Buffer.compare(Buffer.from(Buffer.from(bytes).toString()), bytes) === 0;
        expect(isUtf8(bytes)).toBe(valid);
        if (valid) expect(utf8Decode(bytes)).toBe(Buffer.from(bytes).toString());
        else {
          expect(() => utf8Decode(bytes)).toThrow(
            expect.objectContaining({ code: "INVALID_REQUEST" }),
          );
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("a part of bytes is looked at on its own", () => {
    const bytes = new Uint8Array([0xff, 0x61, 0xc3, 0xa9, 0xff]);
    expect(isUtf8(bytes, 1, 4)).toBe(true);
    expect(isUtf8(bytes, 1, 3)).toBe(false);
    expect(isUtf8(bytes, 4, 4)).toBe(true);
  });

  test("well-formed is what survives UTF-8", () => {
    fc.assert(
      fc.property(units, (text) => {
        expect(isWellFormed(text)).toBe(Buffer.from(text).toString() === text);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("base64", () => {
  test("is that of the platform", () => {
    const sizes = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.integer({ min: 8_190, max: 8_196 }).map((length) => new Uint8Array(length).fill(length)),
    );
    fc.assert(
      fc.property(sizes, (bytes) => {
        const text = base64Encode(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        expect(base64Decode(text)).toEqual(bytes);
      }),
      { numRuns: 100 },
    );
  });

  test("of a value as large as the default limit, and of 16 MiB", () => {
    for (const size of [1024 * 1024, 16 * 1024 * 1024]) {
      const bytes = new Uint8Array(size).fill(0xa5);
      expect(base64Decode(base64Encode(bytes))?.length).toBe(size);
    }
  });

  test.each(["A", "AA", "AAA", "AA=A", "=AAA", "A===", "AA ==", "AA==\n", "AA-_", "AAAA=", "é"])(
    "%j is none",
    (text) => {
      expect(base64Decode(text)).toBeNull();
    },
  );
});

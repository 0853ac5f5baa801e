import { decodeValue, encodeValue, TAG_JSON, TAG_STRING } from "@hivellm/synap-protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCounter, writeCounter } from "./counter-value.ts";

const integers = fc.maxSafeInteger();
const formats = fc.constantFrom("json" as const, "msgpack" as const);

describe("a counter's value", () => {
  test("is any integer, in either format, and as a string", () => {
    fc.assert(
      fc.property(integers, formats, (count, format) => {
        expect(readCounter(encodeValue(count, format))).toBe(count);
        expect(readCounter(encodeValue(String(count), format))).toBe(count);
      }),
    );
  });

  test.each([
    ["007", 7],
    ["+5", 5],
    ["-0", -0],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ])("as people write it: %j", (text, count) => {
    expect(readCounter(encodeValue(text, "json"))).toBe(count);
  });

  test.each([
    "",
    " 1",
    "1 ",
    "1\n",
    "1.0",
    "1e3",
    "0x10",
    "one",
    "--1",
    "+",
    "٣",
    "9007199254740992",
    "00000000000000001",
  ])("is not the string %j", (text) => {
    expect(readCounter(encodeValue(text, "json"))).toBeNull();
  });

  test.each([[1.5], [true], [null], [[1]], [{ a: 1 }], [new Uint8Array([49])], [{}]])(
    "is not %j",
    (value) => {
      for (const format of ["json", "msgpack"] as const) {
        expect(readCounter(encodeValue(value, format))).toBeNull();
      }
    },
  );

  test("is written in the form that it had: a string stays one", () => {
    fc.assert(
      fc.property(integers, integers, formats, (before, count, format) => {
        const text = writeCounter(count, encodeValue(String(before), format));
        expect([text[0], decodeValue(text)]).toEqual([TAG_STRING, String(count)]);
        const number = writeCounter(count, encodeValue(before, format));
        expect([number[0], decodeValue(number)]).toEqual([TAG_JSON, count]);
        expect(decodeValue(writeCounter(count, null))).toBe(count);
      }),
    );
  });
});

import { describe, expect, test } from "vitest";
import { MAX_DEPTH } from "../limits.ts";
import { utf8Encode } from "../text.ts";
import { unpackMsgpack } from "./pack.ts";
import { scanMsgpack } from "./scan.ts";

function bytes(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(
    parts.flatMap((part) => {
      if (typeof part === "number") return [part];
      return [...(typeof part === "string" ? utf8Encode(part) : part)];
    }),
  );
}

function double(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(9));
  view.setUint8(0, 0xcb);
  view.setFloat64(1, value);
  return new Uint8Array(view.buffer);
}

function float(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(5));
  view.setUint8(0, 0xca);
  view.setFloat32(1, value);
  return new Uint8Array(view.buffer);
}

function long(head: 0xcf | 0xd3, value: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(9));
  view.setUint8(0, head);
  view.setBigUint64(1, BigInt.asUintN(64, value));
  return new Uint8Array(view.buffer);
}

function nested(levels: number, head: number): Uint8Array {
  const level = head === 0x81 ? [0x81, 0xa1, 0x61] : [head];
  return new Uint8Array(Array.from({ length: levels }, () => level).flat());
}

const rules: Record<string, [what: string, given: Uint8Array, fault: RegExp][]> = {
  "S1: nesting": [
    ["one array too many", bytes(nested(MAX_DEPTH, 0x91), 0x90), /deeper than 64/],
    ["one map too many", bytes(nested(MAX_DEPTH, 0x81), 0x80), /deeper than 64/],
    ["a thousand", bytes(nested(1_000, 0x91), 0xc0), /deeper than 64/],
    ["one million", bytes(nested(1_000_000, 0x91), 0xc0), /deeper than 64/],
    ["an array 16", bytes(nested(MAX_DEPTH, 0x91), 0xdc, 0, 0), /deeper than 64/],
  ],
  "S2: announced sizes": [
    [
      "five bytes that announce 30 million items",
      bytes(0xdd, 0x01, 0xc9, 0xc3, 0x80),
      /30000000 announced, 0/,
    ],
    ["an array 16", bytes(0xdc, 0xff, 0xff, 0xc0), /65535 announced, 1/],
    ["a short array", bytes(0x93, 0x01, 0x02), /3 announced, 2/],
    ["a short map", bytes(0x81, 0xa0), /2 announced, 1/],
    [
      "a map 32 of half of what is left",
      bytes(0xdf, 0, 0, 0, 2, 0xa0, 0xc0, 0xa0),
      /4 announced, 3/,
    ],
    ["a fixed string", bytes(0xa5, "four"), /5 announced, 4/],
    ["a string 32", bytes(0xdb, 0xff, 0xff, 0xff, 0xff, "a"), /4294967295 announced, 1/],
    ["bin 8", bytes(0xc4, 2, 1), /2 announced, 1/],
    ["bin 32", bytes(0xc6, 0x80, 0, 0, 0), /2147483648 announced, 0/],
    ["half a size", bytes(0xdd, 0, 0), /4 announced, 2/],
    ["half a number", bytes(0xcd, 1), /2 announced, 1/],
    ["half a float", bytes(0xcb, 0, 0, 0, 0), /8 announced, 4/],
    ["nothing", bytes(), /1 announced, 0/],
    ["nothing in an array", bytes(0x92, 0x90), /2 announced, 1/],
  ],
  "S3: map keys": [
    ["a number", bytes(0x81, 0x01, 0x01), /not a string/],
    ["nil", bytes(0x81, 0xc0, 0x01), /not a string/],
    ["bin", bytes(0x81, 0xc4, 0x01, 0x61, 0x01), /not a string/],
    ["an array", bytes(0x81, 0x90, 0x01), /not a string/],
    ["__proto__", bytes(0x81, 0xa9, "__proto__", 0x80), /__proto__/],
    ["__proto__ as a string 8", bytes(0x81, 0xd9, 9, "__proto__", 0x80), /__proto__/],
    ["__proto__ as a string 32", bytes(0x81, 0xdb, 0, 0, 0, 9, "__proto__", 0x80), /__proto__/],
    ["__proto__ further down", bytes(0x91, 0x82, 0xa1, "a", 1, 0xa9, "__proto__", 1), /__proto__/],
  ],
  "S4: extension types": [
    ["fixext 1", bytes(0xd4, 0x01, 0x00), /extension/],
    ["fixext 16", bytes(0xd8, 0x01, new Uint8Array(16)), /extension/],
    ["ext 8", bytes(0xc7, 0x01, 0x01, 0x00), /extension/],
    ["a timestamp", bytes(0xd6, 0xff, 0, 0, 0, 0), /extension/],
    ["a record", bytes(0xd4, 0x72, 0x40), /extension/],
    ["the head that was never used", bytes(0xc1), /extension/],
  ],
  "S5: strings": [
    ["not UTF-8", bytes(0xa2, 0xc3, 0x28), /UTF-8/],
    ["cut off", bytes(0xa1, 0xc3), /UTF-8/],
    ["an encoded surrogate", bytes(0xa3, 0xed, 0xa0, 0x80), /UTF-8/],
    ["overlong", bytes(0xa2, 0xc0, 0x80), /UTF-8/],
    ["as a key", bytes(0x81, 0xa1, 0xff, 0x01), /UTF-8/],
    ["behind plain ASCII", bytes(0xd9, 40, "a".repeat(39), 0xff), /UTF-8/],
  ],
  "S6: numbers": [
    ["2^53 as a uint64", long(0xcf, 2n ** 53n), /2\^53/],
    ["the largest uint64", long(0xcf, 2n ** 64n - 1n), /2\^53/],
    ["-2^53 as an int64", long(0xd3, -(2n ** 53n)), /2\^53/],
    ["2^53 as a double", double(2 ** 53), /2\^53/],
    ["1e300", double(1e300), /2\^53/],
    ["1e30 as a float", float(1e30), /2\^53/],
    ["NaN", double(Number.NaN), /finite/],
    ["Infinity", double(Number.POSITIVE_INFINITY), /finite/],
    ["-Infinity as a float", float(Number.NEGATIVE_INFINITY), /finite/],
  ],
  "S7: exactly one item": [
    ["two", bytes(0x01, 0x02), /bytes after/],
    ["one and a half", bytes(0x90, 0xdd), /bytes after/],
  ],
};

describe.each(Object.entries(rules))("%s", (_, cases) => {
  test.each(cases)("%s is refused", (_, given, fault) => {
    for (const read of [scanMsgpack, (data: Uint8Array) => scanMsgpack(data, 0, MAX_DEPTH)]) {
      expect(() => read(given)).toThrow(
        expect.objectContaining({
          code: "INVALID_REQUEST",
          message: expect.stringMatching(fault),
          details: { path: expect.stringMatching(/^byte \d+$/), expected: expect.any(String) },
        }),
      );
    }
  });
});

test("S2: the bomb of five bytes costs nothing to refuse", () => {
  const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  expect(() => unpackMsgpack(bytes(0xdd, 0x01, 0xc9, 0xc3, 0x80))).toThrow(/30000000 announced/);
  const after = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  expect(after - before).toBeLessThan(50_000_000);
});

describe("what keeps to the rules is taken, and decodes to what it says", () => {
  test.each<[what: string, given: Uint8Array, value: unknown]>([
    ["nil", bytes(0xc0), null],
    ["true", bytes(0xc3), true],
    ["the largest integer", long(0xcf, 2n ** 53n - 1n), 2 ** 53 - 1],
    ["the smallest integer", long(0xd3, -(2n ** 53n) + 1n), -(2 ** 53) + 1],
    ["the largest integer as a double", double(2 ** 53 - 1), 2 ** 53 - 1],
    ["int 8", bytes(0xd0, 0x80), -128],
    ["int 16", bytes(0xd1, 0x80, 0), -32_768],
    ["int 32", bytes(0xd2, 0x80, 0, 0, 0), -(2 ** 31)],
    [
      "uint 8, 16, 32",
      bytes(0x93, 0xcc, 255, 0xcd, 255, 255, 0xce, 255, 255, 255, 255),
      [255, 65_535, 2 ** 32 - 1],
    ],
    ["a negative fixint", bytes(0xe0), -32],
    ["a float", float(0.5), 0.5],
    ["a double", double(-0.1), -0.1],
    ["an empty string", bytes(0xa0), ""],
    ["a string of other planes", bytes(0xa4, "😀"), "😀"],
    ["bin", bytes(0xc4, 2, 0xff, 0xfe), new Uint8Array([0xff, 0xfe])],
    ["64 arrays", bytes(nested(MAX_DEPTH - 1, 0x91), 0x91, 0x05), undefined],
    ["64 maps", bytes(nested(MAX_DEPTH, 0x81), 0x05), undefined],
    [
      "keys that begin or end like __proto__",
      bytes(0x83, 0xaa, "__proto___", 1, 0xaa, "___proto__", 2, 0xab, "x.__proto__", 3),
      { __proto___: 1, ___proto__: 2, "x.__proto__": 3 },
    ],
    ["__proto__ as a value", bytes(0x81, 0xa1, "a", 0xa9, "__proto__"), { a: "__proto__" }],
    ["a key twice: the last one holds", bytes(0x82, 0xa1, "a", 1, 0xa1, "a", 2), { a: 2 }],
    [
      "a map with keys of objects",
      bytes(0x82, 0xab, "constructor", 1, 0xa6, "toJSON", 2),
      { constructor: 1, toJSON: 2 },
    ],
  ])("%s", (_, given, value) => {
    scanMsgpack(given);
    const read = unpackMsgpack(given);
    if (value !== undefined) expect(read).toEqual(value);
  });

  test("from a start on, to the end", () => {
    scanMsgpack(bytes(0xc1, 0xc1, 0x90), 2);
    expect(() => scanMsgpack(bytes(0xc1, 0xc1), 2)).toThrow(/1 announced, 0/);
  });

  test("a view is scanned within its own bounds", () => {
    const whole = bytes(0xc1, 0xa4, "word", 0xc1);
    scanMsgpack(whole.subarray(1, 6));
    expect(() => scanMsgpack(whole.subarray(1, 5))).toThrow(/4 announced, 3/);
  });
});

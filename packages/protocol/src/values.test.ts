import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainValues } from "../test/values.ts";
import { packMsgpack } from "./msgpack/pack.ts";
import { readMsgpack } from "./msgpack/reader.ts";
import { normalize } from "./normalize.ts";
import { utf8Encode } from "./text.ts";
import {
  checkTaggedValue,
  decodeValue,
  encodeJsonValue,
  encodeNormal,
  encodeValue,
  escapeBytes,
  TAG_BYTES,
  TAG_JSON,
  TAG_MSGPACK,
  TAG_STRING,
  type TaggedValue,
  type Value,
  valueFromJson,
  valueToJsonText,
} from "./values.ts";

/** How a value comes in: the SDK's own encoding, and what a server makes of a JSON message. */
const writers = {
  json: (value: unknown): TaggedValue => encodeValue(value, "json"),
  msgpack: (value: unknown): TaggedValue => encodeValue(value, "msgpack"),
  "a JSON message": (value: unknown): TaggedValue =>
    encodeJsonValue(JSON.parse(JSON.stringify(escapeBytes(normalize(value)))), "value"),
  "a readable MessagePack message": (value: unknown): TaggedValue =>
    encodeNormal(readMsgpack(packMsgpack(normalize(value))), "msgpack"),
};

/** How it goes out. */
const readers = {
  json: (value: TaggedValue): unknown => valueFromJson(JSON.parse(valueToJsonText(value))),
  msgpack: decodeValue,
};

const pairs = Object.keys(writers).flatMap((writer) =>
  Object.keys(readers).map((reader) => [writer, reader] as const),
);

function tagged(tag: number, body: Uint8Array | string): TaggedValue {
  return new Uint8Array([tag, ...(typeof body === "string" ? utf8Encode(body) : body)]);
}

describe("what was published comes back as what it was", () => {
  test.each(pairs)("stored by %s, read as %s", (writer, reader) => {
    const write = writers[writer as keyof typeof writers];
    const read = readers[reader as keyof typeof readers];
    fc.assert(
      fc.property(plainValues, (value) => {
        const stored = write(value);
        checkTaggedValue(stored, "value");
        expect(read(stored)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test.each<[value: Value, what: string]>([
    ['{"a":1}', "a string with JSON in it"],
    ["null", "a string that says null"],
    ["\u{feff}", "a byte order mark"],
    [{ $bytes: "AA==" }, "an object that looks like bytes"],
    [{ $$bytes: "AA==" }, "one that looks like that one escaped"],
    [{ $bytes: 5 }, "an object with the key and no text"],
    [{ $bytes: "AA==", more: 1 }, "an object with the key and another"],
    [{ bytes: 1 }, "an object without the sign"],
    [{ $bytes: new Uint8Array([1]) }, "bytes under that key"],
    [[{ deep: [{ $$$bytes: { $bytes: "x" } }] }], "all of that inside of something"],
    [new Uint8Array(0), "no bytes at all"],
    ["", "an empty string"],
  ])("%j: %s", (value) => {
    for (const [writer, reader] of pairs) {
      const stored = writers[writer as keyof typeof writers](value);
      expect(readers[reader as keyof typeof readers](stored)).toEqual(value);
    }
  });

  test("strings are always tag 1, bytes tag 0, all else has the sender's format", () => {
    for (const writer of Object.values(writers)) {
      expect(writer("text")[0]).toBe(TAG_STRING);
      expect(writer(new Uint8Array([1]))[0]).toBe(TAG_BYTES);
    }
    expect(writers.json({ a: 1 })[0]).toBe(TAG_JSON);
    expect(writers.msgpack({ a: 1 })[0]).toBe(TAG_MSGPACK);
    expect(writers["a JSON message"](null)[0]).toBe(TAG_JSON);
  });

  test("bytes that are read are the reader's own", () => {
    const stored = encodeValue({ a: [new Uint8Array([1, 2])] }, "msgpack");
    const read = decodeValue(stored) as { a: Uint8Array[] };
    const plain = encodeValue(new Uint8Array([1, 2]), "json");
    const copy = decodeValue(plain) as Uint8Array;
    stored.fill(0);
    plain.fill(0);
    expect(read.a[0]).toEqual(new Uint8Array([1, 2]));
    expect(copy).toEqual(new Uint8Array([1, 2]));
  });

  test("views are bytes as they lie, buffers too", () => {
    const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
    for (const value of [
      buffer,
      new DataView(buffer),
      Buffer.from(buffer),
      new Int8Array(buffer),
    ]) {
      expect(decodeValue(encodeValue(value, "msgpack"))).toEqual(new Uint8Array([1, 2, 3, 4]));
    }
    const part = new Uint8Array(buffer, 1, 2);
    expect(decodeValue(encodeValue([part], "json"))).toEqual([new Uint8Array([2, 3])]);
  });
});

describe("a value without a value", () => {
  test.each([[undefined], [Symbol("s")]])("%s is refused", (value) => {
    for (const format of ["json", "msgpack"] as const) {
      expect(() => encodeValue(value, format, "entries[3].value")).toThrow(
        expect.objectContaining({
          code: "INVALID_REQUEST",
          details: expect.objectContaining({ path: "entries[3].value" }),
        }),
      );
    }
  });
});

describe("JSON from a stranger", () => {
  test.each([
    [{ $bytes: "no base64" }, "value.$bytes"],
    [{ $bytes: "QQ" }, "value.$bytes"],
    [{ $bytes: 1 }, "value.$bytes"],
    [[{ a: { $bytes: null } }], "value[0].a.$bytes"],
  ])("%j is refused at %s", (value, path) => {
    expect(() => encodeJsonValue(value, "value")).toThrow(
      expect.objectContaining({
        code: "INVALID_REQUEST",
        details: expect.objectContaining({ path }),
      }),
    );
  });

  test.each([{ $$bytes: "no base64" }, { $bytes: "no base64", more: 1 }, { x$bytes: 1 }])(
    "%j is an object like any other",
    (value) => {
      expect(decodeValue(encodeJsonValue(value, "value"))).toEqual(
        "$$bytes" in value ? { $bytes: "no base64" } : value,
      );
    },
  );

  test.each([
    ['{"a":1e400}', "value.a"],
    ["[9007199254740992]", "value[0]"],
    ['{"__proto__":1}', "value"],
    ['{"a":"\\ud800"}', "value.a"],
    ['{"\\udfff":1}', "value"],
    [`${"[".repeat(65)}${"]".repeat(65)}`, `value${"[0]".repeat(64)}`],
  ])("%s is refused at %s", (text, path) => {
    expect(() => encodeJsonValue(JSON.parse(text), "value")).toThrow(
      expect.objectContaining({
        code: "INVALID_REQUEST",
        details: expect.objectContaining({ path }),
      }),
    );
  });

  test("64 levels are taken", () => {
    const value: unknown = JSON.parse(`${"[".repeat(64)}${"]".repeat(64)}`);
    expect(decodeValue(encodeJsonValue(value, "value"))).toEqual(value);
  });
});

describe("a tagged value from a stranger", () => {
  test.each([
    ["nothing", new Uint8Array(0)],
    ["an unknown tag", tagged(4, "x")],
    ["a string that is not UTF-8", tagged(TAG_STRING, new Uint8Array([0xc3, 0x28]))],
    ["a string with an encoded surrogate", tagged(TAG_STRING, new Uint8Array([0xed, 0xa0, 0x80]))],
    ["JSON that is none", tagged(TAG_JSON, "{]")],
    ["no JSON at all", tagged(TAG_JSON, "")],
    ["JSON and more", tagged(TAG_JSON, '1},"admin":{"a":1')],
    ["JSON that is not UTF-8", tagged(TAG_JSON, new Uint8Array([0x22, 0xff, 0x22]))],
    ["JSON beyond 2^53", tagged(TAG_JSON, "9007199254740993")],
    ["JSON with a lone surrogate", tagged(TAG_JSON, '"\\ud800"')],
    ["JSON bytes that are not base64", tagged(TAG_JSON, '{"$bytes":"?"}')],
    ["JSON that nests too deep", tagged(TAG_JSON, "[".repeat(65) + "]".repeat(65))],
    ["JSON that nests 100 000 deep", tagged(TAG_JSON, "[".repeat(1e5) + "]".repeat(1e5))],
    ["MessagePack that is none", tagged(TAG_MSGPACK, new Uint8Array([0xc1]))],
    ["MessagePack that announces too much", tagged(TAG_MSGPACK, new Uint8Array([0xdc, 9, 9, 0]))],
    ["MessagePack and more", tagged(TAG_MSGPACK, new Uint8Array([1, 1]))],
    ["no MessagePack at all", tagged(TAG_MSGPACK, "")],
    [
      "MessagePack that nests too deep",
      tagged(TAG_MSGPACK, new Uint8Array([...Array(64).fill(0x91), 0x90])),
    ],
  ])("%s is refused", (_, value) => {
    expect(() => checkTaggedValue(value, "value")).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST" }),
    );
  });

  test("64 levels are taken in both formats", () => {
    const json = tagged(TAG_JSON, "[".repeat(64) + "]".repeat(64));
    const msgpack = tagged(TAG_MSGPACK, new Uint8Array([...Array(63).fill(0x91), 0x90]));
    checkTaggedValue(json, "value");
    checkTaggedValue(msgpack, "value");
    expect(decodeValue(msgpack)).toEqual(decodeValue(json));
  });

  test("fuzz: what is taken can be read in both formats, and is the same", () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      plainValues.map((value) => packMsgpack(normalize(value))),
      plainValues.map((value) => utf8Encode(JSON.stringify(escapeBytes(normalize(value))))),
      fc.string({ unit: "binary" }).map((text) => utf8Encode(text)),
    );
    let taken = 0;
    fc.assert(
      fc.property(fc.nat(4), bodies, (tag, body) => {
        const value = tagged(tag, body);
        try {
          checkTaggedValue(value, "value");
        } catch (error) {
          expect(error).toMatchObject({ code: "INVALID_REQUEST" });
          return;
        }
        taken++;
        const read = decodeValue(value);
        expect(valueFromJson(JSON.parse(valueToJsonText(value)))).toEqual(plusZero(read));
      }),
      { numRuns: 1_000 },
    );
    expect(taken).toBeGreaterThan(50);
  });
});

/** JSON has no negative zero; that is the one thing the formats may tell apart. */
function plusZero(value: unknown): unknown {
  return decodeValue(encodeValue(value, "json"));
}

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClientMessage } from "../messages.ts";
import { decodeValue, type TaggedValue } from "../values.ts";
import { wireCommand } from "../wire-table.ts";
import { decodeMsgpackFrame } from "./frames.ts";
import { unpackMsgpack } from "./pack.ts";
import { MsgpackFrameWriter, writeMsgpack } from "./writer.ts";

const SET = wireCommand("kv.set");
const GET = wireCommand("kv.get");

type Fields = Record<string, unknown>;

/** What a server reads of one request. */
function readBack(payload: Fields, command = SET): Fields {
  const writer = new MsgpackFrameWriter();
  writer.request(1, command, payload);
  return requestOf(decodeMsgpackFrame(writer.take())[0]);
}

function requestOf(message: ClientMessage | undefined): Fields {
  if (message?.kind !== "request") throw message;
  return message.payload;
}

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ minLength: 20, maxLength: 400 }),
);
/** JSON values that every format can carry: no integers beyond 2^53, no key `__proto__`. */
const json = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.stringify(value))
  .filter((text) => !text.includes("__proto__"))
  .map((text) => JSON.parse(text, (_, value: unknown) => carried(value)) as unknown);
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map(carried);

function carried(value: unknown): unknown {
  const isHuge = Number.isInteger(value) && !Number.isSafeInteger(value);
  return isHuge || value === 0 ? 0 : value;
}

describe("what is written is what the server reads", () => {
  test("values", () => {
    const value = fc.oneof(json, text, fc.uint8Array({ maxLength: 300 }), number);
    fc.assert(
      fc.property(text, value, (key, given) => {
        const payload = readBack({ key, value: given });
        expect(payload.key).toBe(key);
        const read = decodeValue(payload.value as TaggedValue);
        expect(read).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  test("integers", () => {
    const edges = [-33, -32, -1, 0, 127, 128, 255, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32];
    const all = [
      ...edges,
      ...edges.map((n) => 0 - n),
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
    ];
    for (const if_version of all) {
      expect(readBack({ key: "k", value: if_version, if_version })).toMatchObject({ if_version });
    }
    fc.assert(
      fc.property(fc.maxSafeInteger(), (ttl) => {
        expect(readBack({ key: "k", value: ttl, ttl }).ttl).toBe(ttl);
      }),
    );
  });

  test.each([
    0, 23, 24, 31, 32, 84, 85, 86, 252, 253, 254, 255, 256, 21_845, 65_535, 65_536, 200_000,
  ])("texts and bytes of length %i", (length) => {
    for (const unit of ["x", "é", "€", "😀"]) {
      const value = unit.repeat(length);
      const payload = readBack({ key: value, value });
      expect(payload.key).toBe(value);
      expect(decodeValue(payload.value as TaggedValue)).toBe(value);
    }
    const bytes = new Uint8Array(length).fill(7);
    expect(decodeValue(readBack({ key: "k", value: bytes }).value as TaggedValue)).toEqual(bytes);
  });

  test("long lists and objects", () => {
    const keys = Array.from({ length: 70_000 }, (_, i) => String(i));
    expect(readBack({ keys }, wireCommand("kv.del")).keys).toEqual(keys);
    const value = Object.fromEntries(keys.map((key) => [key, 1]));
    expect(decodeValue(readBack({ key: "k", value }).value as TaggedValue)).toEqual(value);
  });

  test("lists of objects, and what is absent between", () => {
    const payload = readBack(
      {
        entries: [
          { key: "a", value: 1 },
          { key: "b", value: null, ttl_ms: 5 },
        ],
        if: [{ key: "c", version: 0 }],
      },
      wireCommand("kv.mset"),
    );
    expect(payload).toEqual({
      entries: [
        { key: "a", value: expect.any(Uint8Array) },
        { key: "b", value: expect.any(Uint8Array), ttl_ms: 5 },
      ],
      if: [{ key: "c", version: 0 }],
    });
    expect(readBack({ key: "k", value: 1, ttl: undefined, xx: true })).toMatchObject({ xx: true });
  });

  test("a batch", () => {
    const commands = [
      { command: "kv.set", payload: { key: "k", value: [1] } },
      { command: "kv.stats" },
    ];
    const [set, stats] = readBack({ commands }, wireCommand("batch")).commands as {
      command: { name: string };
      payload: Fields;
    }[];
    expect([set?.command.name, stats?.command.name]).toEqual(["kv.set", "kv.stats"]);
    expect(decodeValue(set?.payload.value as TaggedValue)).toEqual([1]);
  });

  test("options behind the arguments", () => {
    const writer = new MsgpackFrameWriter();
    writer.request(1, SET, { key: "k", value: 1 }, { retry: true, sync: true });
    expect(decodeMsgpackFrame(writer.take())[0]).toMatchObject({
      options: { retry: true, sync: true },
      payload: { key: "k" },
    });
  });

  test("notices", () => {
    const writer = new MsgpackFrameWriter();
    writer.notice("hello", { client_id: "me", done: 3 });
    writer.notice("cancel", { request_id: 7 });
    expect(decodeMsgpackFrame(writer.take())).toEqual([
      { kind: "notice", type: "hello", fields: { client_id: "me", done: 3 } },
      { kind: "notice", type: "cancel", fields: { request_id: 7 } },
    ]);
  });

  test("plain data", () => {
    fc.assert(
      fc.property(json, (data) => void expect(unpackMsgpack(writeMsgpack(data))).toEqual(data)),
    );
  });
});

describe("frames", () => {
  test("many requests, over many slabs, each as it was written", () => {
    const writer = new MsgpackFrameWriter();
    const frames: Uint8Array[] = [];
    for (let frame = 0; frame < 50; frame++) {
      for (let i = 0; i < 100; i++) {
        writer.request(frame * 100 + i + 1, SET, { key: `k${i}`, value: "v".repeat(frame * 3) });
      }
      expect(writer.count).toBe(100);
      frames.push(writer.take());
    }
    frames.forEach((bytes, frame) => {
      const messages = decodeMsgpackFrame(bytes);
      expect(messages).toHaveLength(100);
      messages.forEach((message, i) => {
        expect(message).toMatchObject({ id: frame * 100 + i + 1 });
        const value = decodeValue(requestOf(message).value as TaggedValue);
        expect(value).toBe("v".repeat(frame * 3));
      });
    });
  });

  test("a message larger than a slab, with others around it", () => {
    const writer = new MsgpackFrameWriter();
    const large = "x".repeat(300_000);
    writer.request(1, SET, { key: "a", value: 1 });
    writer.request(2, SET, { key: "b", value: large });
    writer.request(3, SET, { key: "c", value: 2 });
    expect(writer.size).toBeGreaterThan(300_000);
    const messages = decodeMsgpackFrame(writer.take());
    expect(messages.map((message) => requestOf(message).key)).toEqual(["a", "b", "c"]);
    expect(decodeValue(requestOf(messages[1]).value as TaggedValue)).toBe(large);
  });

  test("a message can be sent again from where it lies", () => {
    const writer = new MsgpackFrameWriter();
    writer.request(1, GET, { key: "first" });
    const { slab, messageStart, messageEnd } = writer;
    writer.request(2, GET, { key: "second" });
    writer.take();
    for (let i = 0; i < 10_000; i++) writer.request(i + 3, GET, { key: "other" });
    writer.clear();
    writer.repeat(slab, messageStart, messageEnd);
    expect(decodeMsgpackFrame(writer.take())).toMatchObject([{ id: 1, payload: { key: "first" } }]);
  });

  test("a frame can be taken without its newest message", () => {
    const writer = new MsgpackFrameWriter();
    for (const id of [1, 2, 3]) writer.request(id, GET, { key: `k${id}` });
    const { slab, messageStart, messageEnd } = writer;
    expect(decodeMsgpackFrame(writer.takeButLast())).toMatchObject([{ id: 1 }, { id: 2 }]);
    expect(writer.count).toBe(1);
    writer.request(4, GET, { key: "k4" });
    expect(decodeMsgpackFrame(writer.take())).toMatchObject([{ id: 3 }, { id: 4 }]);
    writer.repeat(slab, messageStart, messageEnd);
    expect(decodeMsgpackFrame(writer.take())).toMatchObject([{ id: 3 }]);
  });

  test("a request that cannot travel leaves the frame as it was", () => {
    const writer = new MsgpackFrameWriter();
    writer.request(1, GET, { key: "a" });
    expect(() => writer.request(2, SET, { key: "b", value: { n: 10n } })).toThrow(/value\.n/);
    writer.request(3, GET, { key: "c" });
    expect(decodeMsgpackFrame(writer.take())).toMatchObject([{ id: 1 }, { id: 3 }]);
  });
});

describe("what cannot travel is refused, with its path", () => {
  const wrong: [string, Fields, string][] = [
    ["a lone surrogate as key", { key: "\ud800", value: 1 }, "key"],
    ["a lone surrogate in a long key", { key: `${"x".repeat(50)}\udc00`, value: 1 }, "key"],
    ["a lone surrogate as value", { key: "k", value: "\ud800" }, "value"],
    ["a symbol", { key: "k", value: Symbol("s") }, "value"],
    ["undefined", { key: "k", value: undefined }, "value"],
    ["a Map", { key: "k", value: { a: [new Map()] } }, "value.a[0]"],
    ["a field that does not exist", { key: "k", value: 1, tll: 5 }, "tll"],
    [
      "another among a list's",
      { key: "k", value: 1, if: [{ key: "a", versoin: 1 }] },
      "if[0].versoin",
    ],
  ];
  test.each(wrong)("%s", (_, payload, path) => {
    expect(() => new MsgpackFrameWriter().request(1, SET, payload)).toThrow(
      expect.objectContaining({
        code: "INVALID_REQUEST",
        details: expect.objectContaining({ path }),
      }),
    );
  });
});

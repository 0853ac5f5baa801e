import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PendingCommand } from "../json/frames.ts";
import type { ServerMessage } from "../messages.ts";
import { encodeValue } from "../values.ts";
import { type WireCommand, wireCommand } from "../wire-table.ts";
import { encodeMsgpackFrame } from "./frames.ts";
import { packMsgpack } from "./pack.ts";
import { type ReplyHandler, readMsgpack, readMsgpackFrame } from "./reader.ts";

const GET = wireCommand("kv.get");

/** Reads a frame of answers to `command` and lists what the handler was told. */
function read(
  messages: readonly ServerMessage[] | Uint8Array,
  command: WireCommand | null = GET,
  members?: readonly string[],
): unknown[] {
  const told: unknown[] = [];
  const pending = command === null ? undefined : { command, ...(members && { members }) };
  const handler: ReplyHandler<PendingCommand> = {
    pending: () => pending,
    reply: (_call, id, payload, durability) => told.push({ id, payload, durability }),
    failure: (id, error) => told.push({ id, error }),
    push: (type, fields) => told.push({ type, fields }),
  };
  const bytes = messages instanceof Uint8Array ? messages : encodeMsgpackFrame(messages);
  readMsgpackFrame(new Uint8Array(bytes), handler);
  return told;
}

function reply(id: number, payload: object, command = GET): ServerMessage {
  return { kind: "reply", id, command, payload: payload as Record<string, unknown> };
}

function found(value: unknown, format: "json" | "msgpack" = "msgpack"): object {
  return { found: true, value: encodeValue(value, format), ttl: null, version: 2 ** 51 };
}

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

describe("what the server writes is what is read", () => {
  test.each(["json", "msgpack"] as const)("values, stored as %s", (format) => {
    const value = fc.oneof(json, fc.string({ unit: "grapheme" }), fc.uint8Array(), number);
    fc.assert(
      fc.property(value, (given) => {
        const [answer] = read([reply(1, found(given, format))]);
        expect(answer).toEqual({
          id: 1,
          payload: { found: true, value: given, ttl: null, version: 2 ** 51 },
          durability: undefined,
        });
      }),
      { numRuns: 300 },
    );
  });

  test("any data", () => {
    fc.assert(
      fc.property(json, (data) => void expect(readMsgpack(packMsgpack(data))).toEqual(data)),
    );
    fc.assert(
      fc.property(fc.maxSafeInteger(), (n) => void expect(readMsgpack(packMsgpack(n))).toBe(n)),
    );
  });

  test("numbers in every width", () => {
    const widths: [number[], number][] = [
      [[0xcc, 200], 200],
      [[0xcd, 1, 0], 256],
      [[0xce, 0, 1, 0, 0], 65_536],
      [[0xcf, 0, 0, 0, 1, 0, 0, 0, 0], 2 ** 32],
      [[0xd0, 0x80], -128],
      [[0xd1, 0xff, 0], -256],
      [[0xd2, 0xff, 0xff, 0, 0], -65_536],
      [[0xd3, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], -(2 ** 32)],
      [[0xca, 0x3f, 0x80, 0, 0], 1],
      [[0xe0], -32],
    ];
    for (const [bytes, number] of widths) expect(readMsgpack(new Uint8Array(bytes))).toBe(number);
  });

  test("several messages in one frame", () => {
    const error = { code: "KEY_NOT_FOUND", message: "no", details: { key: "k" } };
    const fields = {
      prefix: "p",
      op: "put",
      key: "k",
      value: encodeValue([1], "msgpack"),
      version: 3,
    };
    const told = read([
      reply(1, found("a")),
      { kind: "failure", id: 2, error },
      { kind: "failure", id: null, error },
      { kind: "push", type: "watch", fields },
      { ...reply(3, found("b")), durability: "synced" } as ServerMessage,
    ]);
    expect(told).toEqual([
      { id: 1, payload: expect.objectContaining({ value: "a" }), durability: undefined },
      { id: 2, error },
      { id: null, error },
      { type: "watch", fields: { ...fields, value: [1] } },
      { id: 3, payload: expect.objectContaining({ value: "b" }), durability: "synced" },
    ]);
  });

  test("a bare result, and one that is null", () => {
    const count = wireCommand("kv.exists");
    expect(read([reply(1, { count: 3 }, count)], count)).toMatchObject([{ payload: { count: 3 } }]);
    const nothing: WireCommand = {
      name: "x",
      number: 9,
      request: [],
      response: [{ name: "lease" }],
    };
    expect(read([reply(1, { lease: null }, nothing)], nothing)).toMatchObject([
      { payload: { lease: null } },
    ]);
  });

  test("lists of objects", () => {
    const mget = wireCommand("kv.mget");
    const values = [found("a"), { found: false, value: null, ttl: null, version: 0 }, found([1])];
    const [answer] = read([reply(1, { values }, mget)], mget) as [{ payload: object }];
    expect(answer.payload).toMatchObject({
      values: [
        { value: "a" },
        { found: false, value: null, ttl: null, version: 0 },
        { value: [1] },
      ],
    });
  });

  test("a batch", () => {
    const batch = wireCommand("batch");
    const results = [
      { command: GET, payload: found("a") },
      { error: { code: "KEY_NOT_FOUND", message: "no" } },
      { command: wireCommand("kv.incr"), payload: { value: 5 } },
    ];
    const told = read([reply(1, { results }, batch)], batch, ["kv.get", "kv.ttl", "kv.incr"]);
    expect(told).toMatchObject([
      {
        payload: {
          results: [
            { status: "success", payload: { value: "a" } },
            { status: "error", error: { code: "KEY_NOT_FOUND", message: "no" } },
            { status: "success", payload: { value: 5 } },
          ],
        },
      },
    ]);
  });
});

describe("what is left aside", () => {
  test("an answer that nobody waits for, but not the one behind it", () => {
    let known = false;
    const told: unknown[] = [];
    readMsgpackFrame(
      new Uint8Array(encodeMsgpackFrame([reply(1, found({ a: [1] })), reply(2, found("b"))])),
      {
        pending: () => {
          const was = known;
          known = true;
          return was ? { command: GET } : undefined;
        },
        reply: (_call, id) => told.push(id),
        failure: () => {},
        push: () => {},
      },
    );
    expect(told).toEqual([2]);
  });

  test("fields of a newer server", () => {
    const newer = packMsgpack([
      1,
      [true, encodeValue("a", "msgpack"), null, 7, "more", { of: [it] }],
      "synced",
      1,
    ]);
    expect(read(newer)).toMatchObject([{ payload: { found: true, value: "a", version: 7 } }]);
  });

  test("a push of an unknown kind", () => {
    expect(read(packMsgpack([-99, "a", 1]))).toEqual([{ type: "unknown", fields: {} }]);
  });
});

test("bytes are the reader's own", () => {
  const frame = new Uint8Array(
    encodeMsgpackFrame([
      reply(1, found({ a: new Uint8Array([1]) })),
      reply(2, found(new Uint8Array([2]))),
    ]),
  );
  const told = read(frame) as { payload: { value: unknown } }[];
  frame.fill(0);
  expect(told[0]?.payload.value).toEqual({ a: new Uint8Array([1]) });
  expect(told[1]?.payload.value).toEqual(new Uint8Array([2]));
});

test("a frame that is cut short, or is none, fails and does not hang", () => {
  const whole = new Uint8Array(
    encodeMsgpackFrame([
      reply(1, found({ text: "x".repeat(40), list: [1, 2] })),
      reply(2, found("b")),
    ]),
  );
  for (let end = 0; end < whole.length; end++) {
    expect(() => read(whole.subarray(0, end)), `cut at ${end}`).toThrow();
  }
  expect(() => read(new Uint8Array([0xc1]))).toThrow();
  expect(() => read(new Uint8Array([0x91, 0x91, 0xc7, 0, 0]))).toThrow();
});

const it = "a map in a list";

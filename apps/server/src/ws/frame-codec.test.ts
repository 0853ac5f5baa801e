import {
  decodeValue,
  encodeValue,
  type ServerMessage,
  type ServerPush,
  unpackMsgpack,
  wireCommand,
} from "@hivellm/synap-protocol";
import { describe, expect, it } from "vitest";
import { encodeFrames, type Frame, frameBytes, jsonCodec, msgpackCodec } from "./frame-codec.ts";

const LIMIT = 10_000;
const get = wireCommand("kv.get");

function reply(id: number, size: number): ServerMessage {
  const value = encodeValue("x".repeat(size), "json");
  return {
    kind: "reply",
    id,
    command: get,
    payload: { found: true, value, ttl: null, version: 1 },
  };
}

function push(size: number): ServerMessage {
  const value = encodeValue("x".repeat(size), "json");
  return {
    kind: "push",
    type: "watch",
    fields: { prefix: "", op: "put", key: "k", value, version: 1 },
  };
}

/** What the frames say, in order: ids, `id!code`, or the type of a push. */
function told(frames: readonly Frame[]): string[] {
  return frames.flatMap((frame) => {
    const data: unknown = JSON.parse(String(frame));
    return (Array.isArray(data) ? data : [data]).map((message) =>
      message.type !== "response"
        ? String(message.type)
        : `${message.request_id}${message.error === undefined ? "" : `!${message.error.code}`}`,
    );
  });
}

describe("outgoing frames", () => {
  it("carry all messages of a turn together", () => {
    const frames = encodeFrames(jsonCodec, [reply(1, 10), push(10), reply(2, 10)], LIMIT);
    expect([frames.length, told(frames)]).toEqual([1, ["1", "watch", "2"]]);
    expect(encodeFrames(jsonCodec, [], LIMIT)).toEqual([]);
  });

  it("are as few as the limit allows, in order", () => {
    const messages = Array.from({ length: 20 }, (_, i) => reply(i + 1, 1_000));
    const frames = encodeFrames(jsonCodec, messages, LIMIT);
    expect(told(frames)).toEqual(messages.map((_, i) => String(i + 1)));
    expect(frames.length).toBeLessThanOrEqual(4);
    for (const frame of frames) expect(frameBytes(frame)).toBeLessThanOrEqual(LIMIT);
  });

  it("replace an answer that alone is too large, and nothing else", () => {
    const messages = [reply(1, 10), reply(2, LIMIT), push(10), reply(3, 10)];
    expect(told(encodeFrames(jsonCodec, messages, LIMIT))).toEqual([
      "1",
      "2!PAYLOAD_TOO_LARGE",
      "watch",
      "3",
    ]);
  });

  it("measure an answer by its encoded form", () => {
    const quotes = encodeValue('"'.repeat(LIMIT - 1_000), "json");
    const payload = { found: true, value: quotes, ttl: null, version: 1 };
    const messages: ServerMessage[] = [{ kind: "reply", id: 1, command: get, payload }];
    expect(told(encodeFrames(jsonCodec, messages, LIMIT))).toEqual(["1!PAYLOAD_TOO_LARGE"]);
    expect(frameBytes(encodeFrames(msgpackCodec, messages, LIMIT)[0] ?? "")).toBeGreaterThan(8_000);
  });

  it("let a push pass whatever its size: its reader could not ask for less", () => {
    expect(told(encodeFrames(jsonCodec, [push(LIMIT)], LIMIT))).toEqual(["watch"]);
  });

  it("hold MessagePack on a MessagePack socket", () => {
    const [frame] = encodeFrames(msgpackCodec, [reply(1, LIMIT), reply(2, 3)], LIMIT);
    expect(unpackMsgpack(frame as Uint8Array)).toMatchObject([
      1,
      null,
      { code: "PAYLOAD_TOO_LARGE" },
    ]);
    const [small] = encodeFrames(msgpackCodec, [reply(2, 3)], LIMIT);
    const [id, [found, value]] = unpackMsgpack(small as Uint8Array) as [
      number,
      [boolean, Uint8Array],
    ];
    expect([id, found, decodeValue(value)]).toEqual([2, true, "xxx"]);
  });
});

describe("pushes of queues, rooms and pub/sub", () => {
  const text = encodeValue("x".repeat(1_000), "json");
  const event = (offset: number): ServerPush => ({
    kind: "push",
    type: "event",
    fields: {
      room: "r",
      offset,
      event_type: "e",
      data: text,
      timestamp: 1,
      event_id: `1-${offset}`,
    },
  });
  const message: ServerPush = {
    kind: "push",
    type: "message",
    fields: { topic: "t", message: text, message_id: "1", timestamp: 1 },
  };
  const about = { priority: 5, retry_count: 0, max_retries: 3, headers: {} };
  const delivery: ServerPush = {
    kind: "push",
    type: "delivery",
    fields: {
      queue: "q",
      id: "1",
      message_id: "1",
      message: text,
      ...about,
      timestamp: 1,
      deadline: 2,
    },
  };

  it.each([
    ["JSON", jsonCodec],
    ["MessagePack", msgpackCodec],
  ])("are as few frames as the limit allows, in order: %s", (_, codec) => {
    const pushes = [...Array.from({ length: 40 }, (_, i) => event(i + 1)), message, delivery];
    const frames = encodeFrames(codec, pushes, LIMIT);
    for (const frame of frames) expect(frameBytes(frame)).toBeLessThanOrEqual(LIMIT);
    expect(frames.length).toBeLessThanOrEqual(8);
    const all = frames.flatMap((frame) => pushesIn(frame));
    expect(all.slice(0, 40).map((push) => push[0])).toEqual(pushes.slice(0, 40).map(() => "event"));
    expect(all.map((push) => push[1])).toEqual([
      ...Array.from({ length: 40 }, (_, i) => i + 1),
      "t",
      "q",
    ]);
  });

  it.each([
    ["JSON", jsonCodec],
    ["MessagePack", msgpackCodec],
  ])("are encoded once for all sockets of a format: %s", (_, codec) => {
    let reads = 0;
    const shared = [1, 2, 3].map((offset): ServerPush => {
      const push = event(offset);
      const fields = new Proxy(push.fields, {
        get(target, name) {
          if (name === "data") reads++;
          return Reflect.get(target, name);
        },
        ownKeys: (target) => Reflect.ownKeys(target),
      });
      return { ...push, fields };
    });
    codec.encode(shared);
    const once = reads;
    for (let i = 0; i < 100; i++) {
      codec.encode(shared);
      codec.encode([shared[1] as ServerPush]);
    }
    expect([once > 0, reads]).toEqual([true, once]);
  });

  /** Type, and what tells it from the others: an event's offset, a message's topic, a delivery's queue. */
  function pushesIn(frame: Frame): [type: string, what: unknown][] {
    if (typeof frame === "string") {
      const data = JSON.parse(frame) as Record<string, unknown> | Record<string, unknown>[];
      return [data]
        .flat()
        .map((push) => [String(push.type), push.offset ?? push.topic ?? push.queue]);
    }
    const kinds: Readonly<Record<number, string>> = {
      [-7]: "event",
      [-8]: "message",
      [-9]: "delivery",
    };
    const data = unpackMsgpack(frame) as unknown[];
    const list = (Array.isArray(data[0]) ? data : [data]) as [number, unknown, unknown][];
    return list.map(([kind, first, second]) => [
      String(kinds[kind]),
      kinds[kind] === "event" ? second : first,
    ]);
  }
});

describe("incoming frames", () => {
  it.each([
    ["bytes on a JSON socket", () => jsonCodec.decode(Buffer.from("{}"), true)],
    ["text on a MessagePack socket", () => msgpackCodec.decode(Buffer.from("{}"), false)],
    ["broken JSON", () => jsonCodec.decode(Buffer.from("{"), false)],
    ["broken MessagePack", () => msgpackCodec.decode(Buffer.from([0x92, 1]), true)],
  ])("that are %s are refused", (_, decode) => {
    expect(decode).toThrowError(expect.objectContaining({ code: "INVALID_REQUEST" }));
  });
});

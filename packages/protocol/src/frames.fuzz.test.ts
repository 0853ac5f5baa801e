import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calls } from "../test/payloads.ts";
import { plainValues } from "../test/values.ts";
import {
  type BatchMember,
  type ClientMessage,
  type CommandCall,
  decodeJsonFrame,
  decodeMsgpackFrame,
  decodeValue,
  encodeJsonFrame,
  encodeJsonRequest,
  encodeMsgpackFrame,
  isErrorCode,
  isSynapError,
  MsgpackFrameWriter,
  packMsgpack,
  type ServerMessage,
  toWireError,
  valueToJsonText,
  wireCommand,
} from "./index.ts";
import { normalize } from "./normalize.ts";
import { noticeValidators, payloadValidators } from "./schema/validate.ts";
import type { WireField } from "./wire-table.ts";

/** What came of a frame: how many of its messages were taken, or null if it was refused whole. */
function outcome(decode: () => ClientMessage[]): number | null {
  let messages: ClientMessage[];
  try {
    messages = decode();
  } catch (error) {
    expect(isSynapError(error) && error.code).toBe("INVALID_REQUEST");
    return null;
  }
  return messages.filter((message) => check(message)).length;
}

/** Whether a message was taken; then nothing that an engine does with it may throw. */
function check(message: ClientMessage): boolean {
  if (message.kind === "refused") {
    checkAnswer({ kind: "failure", id: message.id, error: toWireError(message.error) });
    return false;
  }
  if (message.kind === "notice")
    return noticeValidators.get(message.type)?.(message.fields) === null;
  return checkCall(message);
}

function checkCall(call: CommandCall): boolean {
  const { command, payload } = call;
  const fault = payloadValidators.get(command.name)?.(payload) ?? null;
  if (fault !== null) {
    checkAnswer({ kind: "failure", id: 1, error: toWireError(fault) });
    return false;
  }
  for (const field of command.request) checkField(field, payload[field.name]);
  return true;
}

function checkField({ shape }: WireField, given: unknown): void {
  if (given === undefined || shape === undefined) return;
  if (shape === "value") {
    decodeValue(given as Uint8Array);
    JSON.parse(valueToJsonText(given as Uint8Array));
  } else if (shape === "commands") {
    for (const member of given as BatchMember[]) if (!("error" in member)) checkCall(member);
  } else if (Array.isArray(shape)) {
    for (const item of given as Record<string, unknown>[]) {
      for (const field of shape) checkField(field, item[field.name]);
    }
  }
}

/** An answer that tells of a fault can be written in both formats. */
function checkAnswer(answer: ServerMessage & { kind: "failure" }): void {
  expect(isErrorCode(answer.error.code)).toBe(true);
  expect(answer.error.code).not.toBe("INTERNAL");
  expect(JSON.parse(encodeJsonFrame([answer]))).toMatchObject({ status: "error" });
  expect(encodeMsgpackFrame([answer]).length).toBeGreaterThan(0);
}

const json = fc.array(calls, { minLength: 1, maxLength: 2 }).map((all) => {
  const parts = all.map(({ command, payload }, i) =>
    encodeJsonRequest(i + 1, wireCommand(command), payload),
  );
  return parts.length === 1 ? (parts[0] as string) : `[${parts.join(",")}]`;
});

const msgpack = fc.array(calls, { minLength: 1, maxLength: 2 }).map((all) => {
  const writer = new MsgpackFrameWriter();
  for (const [i, { command, payload }] of all.entries()) {
    writer.request(i + 1, wireCommand(command), payload);
  }
  return new Uint8Array(writer.take());
});

/** Changes at some places: one item set, dropped or doubled, or all behind it cut off. */
const changes = fc.array(
  fc.record({
    how: fc.constantFrom("set", "drop", "double", "cut"),
    at: fc.nat(),
    item: fc.nat(255),
  }),
  { minLength: 1, maxLength: 3 },
);

type Change = { how: string; at: number; item: number };

function mutate<T>(items: T[], all: readonly Change[], pick: (item: number) => T): T[] {
  for (const { how, at, item } of all) {
    const i = items.length === 0 ? 0 : at % items.length;
    if (how === "set") items[i] = pick(item);
    else if (how === "drop") items.splice(i, 1);
    else if (how === "double") items.splice(i, 0, pick(item));
    else items.length = i;
  }
  return items;
}

const SIGNS = [...'{}[],:"\\', ...'"$bytes":', "null", "-", "1e999", "\\ud800", '"__proto__":1,'];

/** Messages that are nearly right: known names with anything in them. */
const nearlyRight = fc.dictionary(
  fc.constantFrom(
    ...["type", "request_id", "command", "payload", "sync", "guard", "retry"],
    ...["client_id", "nonce", "toString", "commands"],
  ),
  fc.oneof(
    fc.constantFrom<unknown>("hello", "ping", "batch", "kv.set", "kv.mset", 1, null, {}, []),
    plainValues,
    fc.dictionary(fc.constantFrom("key", "value", "entries", "commands", "if"), plainValues),
  ),
  { noNullPrototype: true },
);

describe("fuzz: a frame is refused with INVALID_REQUEST, or all that it holds can be worked with", () => {
  test.each<[what: string, frames: fc.Arbitrary<() => ClientMessage[]>, atLeast: number]>([
    ["JSON requests", json.map((text) => () => decodeJsonFrame(text)), 300],
    ["MessagePack requests", msgpack.map((bytes) => () => decodeMsgpackFrame(bytes)), 300],
    [
      "mutated JSON requests",
      fc.tuple(json, changes).map(([text, all]) => () => {
        const pick = (item: number): string => SIGNS[item % SIGNS.length] as string;
        return decodeJsonFrame(mutate([...text], all, pick).join(""));
      }),
      10,
    ],
    [
      "mutated MessagePack requests",
      fc.tuple(msgpack, changes).map(([bytes, all]) => () => {
        return decodeMsgpackFrame(new Uint8Array(mutate([...bytes], all, (item) => item)));
      }),
      3,
    ],
    [
      "JSON messages of known names",
      fc.oneof(nearlyRight, fc.array(nearlyRight, { maxLength: 3 })).map((frame) => () => {
        return decodeJsonFrame(JSON.stringify(frame));
      }),
      0,
    ],
    [
      "MessagePack arrays of anything",
      fc
        .array(fc.oneof(fc.integer({ min: -12, max: 101 }), fc.constant("kv.get"), plainValues), {
          maxLength: 6,
        })
        .map((frame) => () => decodeMsgpackFrame(packMsgpack(normalize(frame)))),
      0,
    ],
    ["any text", fc.string({ unit: "binary" }).map((text) => () => decodeJsonFrame(text)), 0],
    ["any bytes", fc.uint8Array().map((bytes) => () => decodeMsgpackFrame(bytes)), 0],
  ])("%s", (_, frames, atLeast) => {
    let taken = 0;
    fc.assert(
      fc.property(frames, (decode) => {
        taken += outcome(decode) ?? 0;
      }),
      { numRuns: 600 },
    );
    expect(taken).toBeGreaterThanOrEqual(atLeast);
  });
});

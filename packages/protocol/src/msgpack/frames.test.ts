import { describe, expect, test } from "vitest";
import type { ClientMessage } from "../messages.ts";
import { encodeValue } from "../values.ts";
import { decodeMsgpackFrame } from "./frames.ts";
import { packMsgpack } from "./pack.ts";

const value = encodeValue({ a: 1 }, "msgpack");

function read(data: unknown): ClientMessage[] {
  return decodeMsgpackFrame(packMsgpack(data));
}

/** What a message that cannot be read is answered: its id, the code and the path. */
function refusal(data: unknown): unknown {
  const [message] = read(data);
  if (message?.kind !== "refused") return message;
  return [message.id, message.error.code, message.error.details.path];
}

describe("a frame from a stranger", () => {
  test.each([
    ["nothing", new Uint8Array()],
    ["a bomb", new Uint8Array([0xdd, 0x01, 0xc9, 0xc3, 0x80])],
    ["a text", packMsgpack("kv.get")],
    ["a number", packMsgpack(1)],
    ["a map", packMsgpack({ request_id: 1, command: "kv.get" })],
    ["two frames", new Uint8Array([...packMsgpack([1, 13]), ...packMsgpack([2, 13])])],
    ["10 001 messages", packMsgpack(Array.from({ length: 10_001 }, () => [1, 13]))],
    ["NaN", packMsgpack([1, 5, "a", Number.NaN])],
  ])("%s is refused whole", (_, bytes) => {
    expect(() => decodeMsgpackFrame(bytes)).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST" }),
    );
  });

  test("10 000 messages are taken", () => {
    expect(read(Array.from({ length: 10_000 }, (_, i) => [i + 1, 13]))).toHaveLength(10_000);
  });

  test("one message that cannot be read does not stop the others", () => {
    const messages = read([[1, 13], 5, [2, 9_999], [3, 13], [], ["a"]]);
    expect(messages.map(({ kind }) => kind)).toEqual([
      ...["request", "refused", "refused"],
      ...["request", "refused", "refused"],
    ]);
  });

  test.each([
    ["nothing in it", [], [null, "INVALID_REQUEST", "the frame"]],
    ["id 0", [0, 2, "a"], [null, "INVALID_REQUEST", "the frame"]],
    ["id 1.5", [1.5, 2, "a"], [null, "INVALID_REQUEST", "the frame"]],
    ["an id that is a text", ["1", 2, "a"], [null, "INVALID_REQUEST", "the frame"]],
    ["no command", [7], [7, "INVALID_REQUEST", "the frame"]],
    ["an unknown number", [7, 4_711], [7, "UNKNOWN_COMMAND", undefined]],
    ["a negative number", [7, -2], [7, "UNKNOWN_COMMAND", undefined]],
    ["too many arguments", [7, 2, "a", null, "more"], [7, "INVALID_REQUEST", "the message"]],
    ["options that are no map", [7, 2, "a", 5], [7, "INVALID_REQUEST", "options"]],
    ["an unknown option", [7, 2, "a", { sink: true }], [7, "INVALID_REQUEST", "sink"]],
    ["sync as a number", [7, 2, "a", { sync: 1 }], [7, "INVALID_REQUEST", "sync"]],
    ["a value that is not tagged", [7, 1, "a", "text"], [7, "INVALID_REQUEST", "value"]],
    ["a value without a tag", [7, 1, "a", new Uint8Array()], [7, "INVALID_REQUEST", "value"]],
    ["an unknown tag", [7, 1, "a", new Uint8Array([9, 1])], [7, "INVALID_REQUEST", "value"]],
    ["JSON that is none", [7, 1, "a", new Uint8Array([2, 0x7b])], [7, "INVALID_REQUEST", "value"]],
    [
      "a bomb in a value",
      [7, 1, "a", new Uint8Array([3, 0xdd, 9, 9, 9, 9])],
      [7, "INVALID_REQUEST", "value"],
    ],
    [
      "a bad value in a list",
      [
        7,
        10,
        [
          ["a", value],
          ["b", new Uint8Array([3, 0xc1])],
        ],
      ],
      [7, "INVALID_REQUEST", "entries[1].value"],
    ],
    ["an entry that is no array", [7, 10, [{ key: "a" }]], [7, "INVALID_REQUEST", "entries[0]"]],
    ["an unknown kind", [-99], [null, "INVALID_REQUEST", "kind"]],
    ["a server's kind", [-11, "a"], [null, "INVALID_REQUEST", "kind"]],
    ["a notice with too much", [-5, 1, 2], [null, "INVALID_REQUEST", "the message"]],
    ["an unknown name", [7, "kv.gett", {}], [7, "UNKNOWN_COMMAND", undefined]],
    ["a payload that is no map", [7, "kv.get", [1]], [7, "INVALID_REQUEST", "payload"]],
  ])("%s is refused with the path, and the id if there is one", (_, data, expected) => {
    expect(refusal(data)).toEqual(expected);
  });

  test("an unknown name tells the nearest one", () => {
    expect(read([7, "kv.gett"])[0]).toMatchObject({
      error: { details: { command: "kv.gett", nearest: "kv.get" } },
    });
  });

  test("a command may be called by its name, with a readable payload", () => {
    expect(read([7, "kv.get", { key: "a" }])[0]).toMatchObject({
      kind: "request",
      id: 7,
      command: { name: "kv.get" },
      payload: { key: "a" },
    });
  });

  test("what comes after the last argument are options, nil is none", () => {
    const args = ["a", value, ...Array(9).fill(null)];
    expect(read([7, 1, ...args, { sync: true }])[0]).toMatchObject({ options: { sync: true } });
    expect(read([7, 1, ...args, null])[0]).toMatchObject({ options: undefined });
    expect(refusal([7, 1, ...args, null, null])).toEqual([7, "INVALID_REQUEST", "the message"]);
  });

  test("a batch's members are refused one by one, at most 1 000 of them", () => {
    const [message] = read([7, 100, [[2, "a"], 5, [4_711], [1, "a", "text"], [13]]]);
    expect(message).toMatchObject({
      payload: {
        commands: [
          { command: { name: "kv.get" }, payload: { key: "a" } },
          { error: { code: "INVALID_REQUEST", details: { path: "commands[1]" } } },
          { error: { code: "UNKNOWN_COMMAND" } },
          { error: { code: "INVALID_REQUEST", details: { path: "value" } } },
          { command: { name: "kv.stats" } },
        ],
      },
    });
    const many = Array.from({ length: 1_001 }, () => [13]);
    expect(refusal([7, 100, many])).toEqual([7, "PAYLOAD_TOO_LARGE", "commands"]);
  });
});

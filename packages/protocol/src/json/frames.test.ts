import { describe, expect, test } from "vitest";
import type { ClientMessage } from "../messages.ts";
import { decodeJsonFrame, decodeJsonReplies, encodeJsonFrame, parseJson } from "./frames.ts";

function read(data: unknown): ClientMessage[] {
  return decodeJsonFrame(JSON.stringify(data));
}

/** What a message that cannot be read is answered: its id, the code and the path. */
function refusal(data: unknown): unknown {
  const [message] = read(data);
  if (message?.kind !== "refused") return message;
  return [message.id, message.error.code, message.error.details.path];
}

const get = { request_id: 1, command: "kv.get", payload: { key: "a" } };

describe("a frame from a stranger", () => {
  test.each([
    ["", /not valid JSON/],
    ["{", /not valid JSON/],
    ["undefined", /not valid JSON/],
    ["[".repeat(100_000) + "]".repeat(100_000), /nests deeper/],
    [`{"a":${"[".repeat(100)}1${"]".repeat(100)}}`, /nests deeper/],
    [JSON.stringify(Array.from({ length: 10_001 }, () => get)), /at most 10000 messages/],
  ])("%.40s is refused whole", (text, fault) => {
    expect(() => decodeJsonFrame(text)).toThrow(
      expect.objectContaining({
        code: "INVALID_REQUEST",
        message: expect.stringMatching(fault),
        details: expect.objectContaining({ path: "the frame" }),
      }),
    );
  });

  test("an empty array holds no message", () => {
    expect(read([])).toEqual([]);
  });

  test("one message that cannot be read does not stop the others", () => {
    const messages = read([get, 5, { ...get, request_id: 2, command: "kv.gut" }, get]);
    expect(messages.map(({ kind }) => kind)).toEqual(["request", "refused", "refused", "request"]);
  });

  test.each([
    ["null", null, [null, "INVALID_REQUEST", "the message"]],
    ["a number", 1, [null, "INVALID_REQUEST", "the message"]],
    ["an array in the array", [[get]], [null, "INVALID_REQUEST", "the message"]],
    ["no id", { command: "kv.get" }, [null, "INVALID_REQUEST", "request_id"]],
    ["id 0", { ...get, request_id: 0 }, [null, "INVALID_REQUEST", "request_id"]],
    ["id -1", { ...get, request_id: -1 }, [null, "INVALID_REQUEST", "request_id"]],
    ["id 1.5", { ...get, request_id: 1.5 }, [null, "INVALID_REQUEST", "request_id"]],
    ["id 2^53", { ...get, request_id: 2 ** 53 }, [null, "INVALID_REQUEST", "request_id"]],
    ["an empty id", { ...get, request_id: "" }, [null, "INVALID_REQUEST", "request_id"]],
    ["a long id", { ...get, request_id: "x".repeat(129) }, [null, "INVALID_REQUEST", "request_id"]],
    ["no command", { request_id: 1 }, [1, "INVALID_REQUEST", "command"]],
    ["a command that is no name", { ...get, command: 2 }, [1, "INVALID_REQUEST", "command"]],
    ["an unknown command", { ...get, command: "kv.gett" }, [1, "UNKNOWN_COMMAND", undefined]],
    ["a payload that is no object", { ...get, payload: [] }, [1, "INVALID_REQUEST", "payload"]],
    ["a field beside the payload", { ...get, key: "a" }, [1, "INVALID_REQUEST", "key"]],
    ["sync as a number", { ...get, sync: 1 }, [1, "INVALID_REQUEST", "sync"]],
    ["retry as a text", { ...get, retry: "yes" }, [1, "INVALID_REQUEST", "retry"]],
    ["a guard without a token", { ...get, guard: { lease: "l" } }, [1, "INVALID_REQUEST", "guard"]],
    [
      "a guard with more",
      { ...get, guard: { lease: "l", token: 1, x: 1 } },
      [1, "INVALID_REQUEST", "x"],
    ],
    ["an unknown type", { type: "helo" }, [null, "INVALID_REQUEST", "type"]],
    ["a type that is an object", { type: { toString: 1 } }, [null, "INVALID_REQUEST", "type"]],
    ["a type that is a list", { type: ["hello"] }, [null, "INVALID_REQUEST", "type"]],
    ["a server's type", { type: "watch" }, [null, "INVALID_REQUEST", "type"]],
    ["a hello with more", { type: "hello", clientid: "a" }, [null, "INVALID_REQUEST", "clientid"]],
  ])("%s is refused with the path, and the id if there is one", (_, data, expected) => {
    expect(refusal(data)).toEqual(expected);
  });

  test("an unknown command tells the nearest one, an unknown field too", () => {
    const [command] = read({ ...get, command: "kv.gett" });
    expect(command).toMatchObject({
      error: { details: { command: "kv.gett", nearest: "kv.get" } },
    });
    const [field] = read({ ...get, comand: "kv.get" });
    expect(field).toMatchObject({ error: { details: { nearest: "command" } } });
  });

  test.each([
    ["kv.set", { key: "a", value: { b: "\ud800" } }, "value.b"],
    ["kv.set", { key: "a", value: [{ $bytes: "?" }] }, "value[0].$bytes"],
    [
      "kv.mset",
      {
        entries: [
          { key: "a", value: 1 },
          { key: "b", value: 2 ** 53 },
        ],
      },
      "entries[1].value",
    ],
    ["kv.mset", { entries: [{ key: "a", value: { x: [2 ** 53] } }] }, "entries[0].value.x[0]"],
    ["kv.mset", { entries: [1] }, "entries[0]"],
    ["batch", { commands: {} }, "commands"],
  ])("%s of %j is refused at %s", (command, payload, path) => {
    expect(refusal({ request_id: "a", command, payload })).toEqual(["a", "INVALID_REQUEST", path]);
  });

  test("a batch's members are refused one by one", () => {
    const commands = [
      { command: "kv.get", payload: { key: "a" } },
      "kv.get",
      { command: "kv.gett" },
      { command: "kv.set", payload: { key: "a", value: 2 ** 53 } },
      { command: "kv.stats" },
    ];
    const [message] = read({ request_id: 1, command: "batch", payload: { commands } });
    expect(message).toMatchObject({
      payload: {
        commands: [
          { command: { name: "kv.get" } },
          { error: { code: "INVALID_REQUEST", details: { path: "commands[1]" } } },
          { error: { code: "UNKNOWN_COMMAND" } },
          { error: { code: "INVALID_REQUEST", details: { path: "value" } } },
          { command: { name: "kv.stats" }, payload: {} },
        ],
      },
    });
  });

  test("null is as absent, in a request and in a notice", () => {
    const data = { ...get, payload: { key: "a", ttl: null }, sync: null, guard: null };
    expect(read(data)[0]).toMatchObject({ payload: { key: "a" }, options: undefined });
    expect(read({ type: "hello", client_id: "a", resume: null })).toEqual([
      { kind: "notice", type: "hello", fields: { client_id: "a" } },
    ]);
  });

  test("a message without a payload has an empty one", () => {
    expect(read({ request_id: "s", command: "kv.stats" })).toMatchObject([
      { kind: "request", id: "s", payload: {} },
    ]);
    expect(
      read({ type: "request", request_id: 1, command: "kv.stats", payload: null }),
    ).toMatchObject([{ kind: "request", payload: {} }]);
  });

  test("a long text does not come back whole in the error", () => {
    const long = "x".repeat(100_000);
    for (const data of [{ ...get, command: long }, { type: long }, { ...get, [long]: 1 }]) {
      const [message] = read(data);
      if (message?.kind !== "refused") expect.fail("it should have been refused");
      else expect(message.error.message.length).toBeLessThan(500);
    }
  });
});

describe("what stands on the wire", () => {
  test("an answer alone, several in an array", () => {
    const failure = { kind: "failure", id: "s", error: { code: "TIMEOUT", message: "" } } as const;
    const text = encodeJsonFrame([failure]);
    expect(JSON.parse(text)).toEqual({
      type: "response",
      request_id: "s",
      status: "error",
      error: { code: "TIMEOUT", message: "" },
    });
    expect(JSON.parse(encodeJsonFrame([failure, failure]))).toHaveLength(2);
  });

  test("a push of a type that this version does not know is read as it stands", () => {
    expect(decodeJsonReplies('{"type":"delivery","queue":"q"}', () => undefined)).toEqual([
      { kind: "push", type: "delivery", fields: { queue: "q" } },
    ]);
  });

  test("an error of a shape that nobody expects is still an error", () => {
    const text = '{"type":"response","request_id":1,"status":"error","error":"broken"}';
    expect(decodeJsonReplies(text, () => undefined)).toEqual([
      { kind: "failure", id: 1, error: { code: "INTERNAL", message: expect.any(String) } },
    ]);
  });
});

test("JSON that is none says what it is about and where it breaks", () => {
  expect(() => parseJson('{"a":}', "the body")).toThrow(/^The body is not valid JSON: .*\.$/);
});

import { packMsgpack, unpackMsgpack } from "@hivellm/synap-protocol";
import { describe, expect, it } from "vitest";
import { post, sharedServer } from "./support/test-server.ts";

const server = sharedServer();
const command = (body: unknown, headers = {}) =>
  post(`${server().url}/api/v1/command`, body, headers);
const batch = (body: unknown) => post(`${server().url}/api/v1/batch`, body);

const set = { command: "kv.set", payload: { key: "c", value: { a: 1 } } };
const get = { command: "kv.get", payload: { key: "c" } };

describe("the command endpoint", () => {
  it("runs a command and echoes its id", async () => {
    expect((await command({ ...set, request_id: 7 })).body).toMatchObject({
      type: "response",
      request_id: 7,
      status: "success",
      payload: { success: true, key: "c" },
    });
    const answer = await command({ ...get, type: "request", request_id: "x" });
    expect(answer.body).toMatchObject({
      request_id: "x",
      payload: { found: true, value: { a: 1 }, ttl: null },
    });
    expect(Object.keys(answer.body)).toEqual(["type", "request_id", "status", "payload"]);
  });

  it("makes an id up where there is none", async () => {
    const answer = await command({ command: "kv.stats" });
    expect(answer.body.request_id).toBe(answer.headers.get("x-request-id"));
    const given = await command({ command: "kv.stats" }, { "x-request-id": "given" });
    expect(given.body.request_id).toBe("given");
  });

  it.each([
    [{}, 400, "INVALID_REQUEST", "command"],
    [[], 400, "INVALID_REQUEST", "the body"],
    [{ command: 7 }, 400, "INVALID_REQUEST", "command"],
    [{ command: "kv.gett" }, 404, "UNKNOWN_COMMAND", undefined],
    [{ command: "constructor" }, 404, "UNKNOWN_COMMAND", undefined],
    [{ ...get, type: "hello" }, 400, "INVALID_REQUEST", "type"],
    [{ ...get, request_id: -1 }, 400, "INVALID_REQUEST", "request_id"],
    [{ ...get, payload: [] }, 400, "INVALID_REQUEST", "payload"],
    [{ ...get, paylod: {} }, 400, "INVALID_REQUEST", "paylod"],
    [{ ...get, sync: true }, 400, "INVALID_REQUEST", "sync"],
    [{ ...set, sync: "yes" }, 400, "INVALID_REQUEST", "sync"],
    [{ ...set, guard: { lease: "l" } }, 400, "INVALID_REQUEST", "guard"],
    [{ command: "kv.get", payload: { key: "c", kye: 1 } }, 400, "INVALID_REQUEST", "kye"],
    [
      { command: "kv.set", payload: { key: "c", value: { $bytes: "!" } } },
      400,
      "INVALID_REQUEST",
      "value.$bytes",
    ],
    [
      { command: "kv.set", payload: { key: "c", value: 1, session: true } },
      400,
      "INVALID_REQUEST",
      "session",
    ],
    [{ command: "kv.watch", payload: { prefix: "" } }, 400, "INVALID_REQUEST", "command"],
  ])("refuses %j with %d %s", async (body, status, code, path) => {
    const answer = await command(body);
    expect([answer.status, answer.body]).toEqual([
      status,
      {
        type: "response",
        request_id: expect.anything(),
        status: "error",
        error: expect.objectContaining({ code, message: expect.any(String) }),
      },
    ]);
    expect(answer.body.error.details.path).toBe(path);
  });

  it("takes no query, but for credentials", async () => {
    const refused = await post(`${server().url}/api/v1/command?key=a`, get);
    expect([refused.status, refused.body.error.details.path]).toEqual([400, "key"]);
    expect((await post(`${server().url}/api/v1/command?api_key=a`, get)).status).toBe(200);
  });

  it("speaks MessagePack, errors included", async () => {
    const send = async (data: unknown) => {
      const answer = await fetch(`${server().url}/api/v1/command`, {
        method: "POST",
        headers: {
          "content-type": "application/msgpack",
          accept: "text/html, application/msgpack;q=0.9",
        },
        body: packMsgpack(data),
      });
      expect(answer.headers.get("content-type")).toBe("application/msgpack");
      return unpackMsgpack(new Uint8Array(await answer.arrayBuffer())) as Record<string, unknown>;
    };
    const value = new Uint8Array([0, 255]);
    await send({ command: "kv.set", payload: { key: "mp", value } });
    const hit = await send({ command: "kv.get", payload: { key: "mp" }, request_id: 3 });
    expect(hit).toMatchObject({
      type: "response",
      request_id: 3,
      status: "success",
      payload: { found: true },
    });
    expect(new Uint8Array((hit.payload as { value: Uint8Array }).value)).toEqual(value);
    expect(await send({ command: "nope" })).toMatchObject({
      status: "error",
      error: { code: "UNKNOWN_COMMAND" },
    });
    const results = await send({
      type: "batch",
      commands: [{ command: "kv.get", payload: { key: "mp" } }],
    });
    expect(results).toMatchObject({ type: "batch_response", results: [{ status: "success" }] });
  });
});

describe("a batch", () => {
  const commands = [
    set,
    { command: "kv.nope" },
    { command: "kv.incr", payload: { key: "c" } },
    get,
  ];
  const results = [
    { status: "success", payload: { success: true } },
    { status: "error", error: { code: "UNKNOWN_COMMAND" } },
    { status: "error", error: { code: "NOT_A_NUMBER" } },
    { status: "success", payload: { found: true, value: { a: 1 } } },
  ];

  it.each([
    ["its own endpoint", () => batch({ commands })],
    ["the command endpoint", () => command({ type: "batch", commands })],
  ])("is answered by %s in order, failures included", async (_, run) => {
    const answer = await run();
    expect([answer.status, answer.body]).toMatchObject([200, { type: "batch_response", results }]);
    expect(Object.keys(answer.body)).toEqual(["type", "results"]);
  });

  it("is a command as well", async () => {
    const answer = await command({ command: "batch", payload: { commands }, request_id: 1 });
    expect(answer.body).toMatchObject({ type: "response", request_id: 1, payload: { results } });
  });

  it("echoes an id if it has one", async () => {
    expect((await batch({ commands: [], request_id: 4 })).body).toEqual({
      type: "batch_response",
      request_id: 4,
      results: [],
    });
  });

  it.each([
    [{}, 400, "commands"],
    [{ commands: {} }, 400, "commands"],
    [{ commands: [], extra: 1 }, 400, "extra"],
    [{ commands: Array.from({ length: 1_001 }, () => get) }, 413, "commands"],
  ])("is refused as a whole: %#", async (body, status, path) => {
    const answer = await batch(body);
    expect([answer.status, answer.body.error.details.path]).toEqual([status, path]);
  });
});

import { SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { failureOf, fakeCore, turns } from "../../test/fake-platform.ts";
import { FakeServer, type SeenRequest } from "../../test/fake-server.ts";

const MISS = { found: false, value: null, ttl: null, version: 0 };

describe("S6 what is given up after it has left, and may hold something", () => {
  const MESSAGE = { id: "1", message_id: "1~9", message: 1, priority: 5, retry_count: 0 };

  function consuming() {
    const server = new FakeServer(() => null);
    const { core, clock } = fakeCore({ transport: "websocket", WebSocket: server.WebSocket });
    const abort = new AbortController();
    const { signal } = abort;
    const failure = failureOf(core.queue.consume("q", { timeout: 30, signal }));
    const request = (): SeenRequest => server.requests[0] as SeenRequest;
    return { server, core, clock, abort, failure, request };
  }

  test("stays for its answer, and what that holds is given back", async () => {
    const { server, abort, failure, request } = consuming();
    await turns();
    abort.abort();
    expect(await failure).toMatchObject({ code: "CANCELLED" });
    server.socket.reply(request(), { messages: [MESSAGE, { ...MESSAGE, message_id: "2" }] });
    await turns();
    expect(server.socket.notices("cancel")).toEqual([{ request_id: 1 }]);
    const released = server.requests.slice(1).map(({ name, payload }) => [name, payload]);
    expect(released).toEqual([
      ["queue.release", { queue: "q", message_id: "1~9" }],
      ["queue.release", { queue: "q", message_id: "2" }],
    ]);
  });

  test("is forgotten when it is cancelled", async () => {
    const { server, core, abort, failure, request } = consuming();
    await turns();
    abort.abort();
    await failure;
    server.socket.fail(request(), new SynapError("CANCELLED", "as you wish"));
    for (let i = 0; i < 200; i++) core.kv.get("k").catch(() => undefined);
    await turns();
    for (const seen of server.requests) if (seen.name === "kv.get") server.socket.reply(seen, MISS);
    core.kv.get("k").catch(() => undefined);
    await turns();
    expect(server.socket.notices("done")).toEqual([{ request_id: 201 }]);
    await core.close();
  });

  test("by its time limit, which the wait does not count against", async () => {
    const { server, clock, failure, request } = consuming();
    await clock.advance(59_999);
    expect(server.socket.notices("cancel")).toEqual([]);
    await clock.advance(1);
    expect(await failure).toMatchObject({ code: "TIMEOUT" });
    server.socket.reply(request(), { messages: [MESSAGE] });
    await turns();
    expect(server.requests.at(-1)).toMatchObject({ name: "queue.release" });
  });

  test("is gone with the connection, and not sent again", async () => {
    const { server, core, abort, failure } = consuming();
    await turns();
    abort.abort();
    await failure;
    server.socket.drop();
    server.answer = () => MISS;
    await core.kv.get("k");
    expect(server.socket.requests.map(({ name }) => name)).toEqual(["kv.get"]);
  });

  test("one that has not left never leaves", async () => {
    const { server, abort, failure } = consuming();
    abort.abort();
    expect(await failure).toMatchObject({ code: "CANCELLED" });
    await turns();
    expect(server.requests).toEqual([]);
  });
});

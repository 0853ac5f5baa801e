import { SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { failureOf, fakeCore, turns } from "../../test/fake-platform.ts";
import { FakeServer } from "../../test/fake-server.ts";
import type { ClientConfig } from "../options.ts";

const MISS = { found: false, value: null, ttl: null, version: 0 };

function setup(config: ClientConfig = {}) {
  const server = new FakeServer((request) =>
    request.name === "kv.get" ? MISS : { success: true, key: "k", version: 1 },
  );
  const { core, clock } = fakeCore({
    transport: "websocket",
    WebSocket: server.WebSocket,
    ...config,
  });
  return { server, core, clock, kv: core.kv };
}

describe("S1 ids grow", () => {
  test("from 1, by one", async () => {
    const { server, kv } = setup();
    await Promise.all([kv.get("a"), kv.get("b")]);
    await kv.get("c");
    expect(server.requests.map(({ id }) => id)).toEqual([1, 2, 3]);
  });
});

describe("S3 hello comes first", () => {
  test.each(["msgpack", "json"] as const)("%s", async (format) => {
    const { server, kv } = setup({ format, clientId: "me" });
    await kv.get("a");
    expect(server.socket.protocol).toBe(`synap.v1.${format}`);
    expect(server.socket.frames[0]).toEqual([
      { kind: "notice", type: "hello", fields: { client_id: "me", done: 0 } },
    ]);
  });
});

describe("S5 what is given up before it has left", () => {
  test.each(["msgpack", "json"] as const)("never leaves, and the others do: %s", async (format) => {
    const { server, kv } = setup({ format });
    const abort = new AbortController();
    const ghost = failureOf(kv.set("ghost", 1, undefined, { signal: abort.signal }));
    const others = [kv.get("a"), kv.get("b")];
    abort.abort();
    expect(await ghost).toMatchObject({ code: "CANCELLED" });
    await Promise.all(others);
    expect(server.requests.map(({ id }) => id)).toEqual([2, 3]);
  });

  test("what has left is cancelled by a notice", async () => {
    const { server, kv } = setup();
    await kv.get("warm");
    const abort = new AbortController();
    const late = failureOf(kv.get("late", { signal: abort.signal }));
    await Promise.resolve().then(() => abort.abort());
    expect(await late).toMatchObject({ code: "CANCELLED" });
    await kv.get("next");
    const notices = server.socket.frames.flat().filter((message) => message.kind === "notice");
    expect(notices.at(-1)).toMatchObject({ type: "cancel", fields: { request_id: 2 } });
  });
});

describe("frames", () => {
  test("what is sent in one turn is one frame", async () => {
    const { server, kv } = setup();
    await kv.get("warm");
    const before = server.socket.frames.length;
    await Promise.all(Array.from({ length: 100 }, (_, i) => kv.get(`key:${i}`)));
    const frames = server.socket.frames.slice(before);
    expect(frames.map((frame) => frame.length)).toEqual([100]);
  });

  test("one that grows too large is cut", async () => {
    const { server, kv } = setup();
    await kv.get("warm");
    const before = server.socket.frames.length;
    const value = "x".repeat(100_000);
    await Promise.all(Array.from({ length: 7 }, (_, i) => kv.set(`key:${i}`, value)));
    const frames = server.socket.frames.slice(before);
    expect(frames.map((frame) => frame.length)).toEqual([2, 2, 2, 1]);
  });

  test("one with too many messages is cut", async () => {
    const { server, kv } = setup();
    await Promise.all(Array.from({ length: 10_500 }, () => kv.get("k")));
    expect(Math.max(...server.socket.frames.map((frame) => frame.length))).toBeLessThan(10_000);
  });

  test.each(["msgpack", "json"] as const)(
    "what no frame can carry is refused: %s",
    async (format) => {
      const { server, kv } = setup({ format });
      server.limits = { max_frame_bytes: 2_000 };
      await kv.get("warm");
      const before = server.socket.frames.length;
      const calls = await Promise.allSettled([
        ...Array.from({ length: 10 }, (_, i) => kv.set(`key:${i}`, "é".repeat(300))),
        kv.set("large", "é".repeat(1_000)),
        kv.set("after", 1),
      ]);
      expect(calls.filter(({ status }) => status === "rejected")).toEqual([
        {
          status: "rejected",
          reason: expect.objectContaining({
            code: "PAYLOAD_TOO_LARGE",
            details: { limit: 2_000, actual: expect.any(Number) },
          }),
        },
      ]);
      const frames = server.socket.frames.slice(before);
      expect(frames.length).toBeGreaterThan(3);
      expect(frames.flat()).toHaveLength(11);
      expect(Math.max(...server.socket.sizes)).toBeLessThanOrEqual(2_000);
    },
  );

  test("values are those of the moment of the call", async () => {
    const { server, kv } = setup();
    const value = { n: 1 };
    const done = kv.set("k", value);
    value.n = 2;
    await done;
    expect(server.requests[0]?.payload.value).toEqual({ n: 1 });
  });

  test("a request that cannot travel fails alone", async () => {
    const { server, kv } = setup();
    const [bad, good] = await Promise.allSettled([kv.set("k", { n: 10n }), kv.set("k", 1)]);
    expect(bad).toMatchObject({
      status: "rejected",
      reason: { name: "ValidationError", details: { path: "value.n" } },
    });
    expect(good.status).toBe("fulfilled");
    expect(server.requests).toHaveLength(1);
  });

  test("the server hears what it can forget", async () => {
    const { server, kv } = setup();
    for (let i = 0; i < 300; i++) await kv.get("k");
    const told = server.socket.notices("done").map(({ request_id }) => request_id as number);
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told.at(-1)).toBeGreaterThan(200);
  });

  test("but not past an answer that is still out", async () => {
    const { server, kv } = setup();
    const { answer } = server;
    server.answer = (request, socket) =>
      request.payload.key === "slow" ? null : answer(request, socket);
    await kv.get("k");
    const slow = kv.get("slow");
    for (let i = 0; i < 3_000; i++) await kv.get("k");
    expect(server.socket.notices("done")).toEqual([]);
    server.socket.reply({ id: 2, name: "kv.get", payload: {} }, MISS);
    expect(await slow).toEqual(MISS);
    for (let i = 0; i < 3; i++) await kv.get("k");
    expect(server.socket.notices("done").at(-1)?.request_id).toBeGreaterThan(3_000);
  });
});

describe("a connection that breaks", () => {
  test("fails what changes something, since it may have run", async () => {
    const { server, core, kv } = setup();
    const reasons: string[] = [];
    core.emitter.on("disconnected", (reason) => reasons.push(reason));
    await kv.get("warm");
    server.answer = () => null;
    const failure = failureOf(kv.set("k", 1));
    await turns();
    server.socket.drop(1006);
    expect(await failure).toMatchObject({ name: "ConnectionError", code: "CONNECTION_LOST" });
    expect(reasons).toHaveLength(1);
    expect(server.sockets).toHaveLength(1);
  });

  test("repeats what only reads, under the same id", async () => {
    const { server, clock, kv } = setup();
    await kv.get("warm");
    const { answer } = server;
    server.answer = () => null;
    const read = kv.get("k");
    await turns();
    server.socket.drop();
    server.answer = answer;
    await clock.advance(100);
    expect(await read).toEqual(MISS);
    expect(server.sockets).toHaveLength(2);
    expect(server.socket.requests).toEqual([{ id: 2, name: "kv.get", payload: { key: "k" } }]);
  });

  test("is opened anew by the next call", async () => {
    const { server, kv } = setup();
    await kv.get("a");
    server.socket.drop();
    await turns();
    expect(server.sockets).toHaveLength(1);
    await kv.get("b");
    expect(server.sockets).toHaveLength(2);
  });

  test("gives up after as many repeats as it may", async () => {
    const { server, clock, kv } = setup({ retries: 2 });
    server.accepts = "refuse";
    const failure = failureOf(kv.get("k"));
    await clock.advance(100 + 200);
    expect(await failure).toMatchObject({ code: "CONNECTION_LOST" });
    expect(server.sockets).toHaveLength(3);
  });

  test("what never left is repeated, also if it changes something", async () => {
    const { server, clock, kv } = setup();
    server.accepts = "refuse";
    const value = { n: 1 };
    const set = kv.set("k", value);
    value.n = 2;
    await turns();
    server.accepts = "open";
    await clock.advance(100);
    expect(await set).toMatchObject({ success: true });
    expect(server.requests).toEqual([
      { id: 1, name: "kv.set", payload: { key: "k", value: { n: 1 } } },
    ]);
  });

  test.each(["msgpack", "json"] as const)(
    "a frame that cannot be read ends it: %s",
    async (format) => {
      const { server, kv } = setup({ format, retries: 0 });
      await kv.get("warm");
      server.answer = () => null;
      const failure = failureOf(kv.get("k"));
      await turns();
      server.socket.deliverRaw(format === "json" ? "{" : new Uint8Array([0x92, 0x01]));
      expect(await failure).toMatchObject({ code: "CONNECTION_LOST" });
      expect(server.socket.closed).not.toBeNull();
    },
  );

  test("a constructor that throws is a connection that cannot be had", async () => {
    const { server, clock, kv } = setup({ retries: 1 });
    server.accepts = "throw";
    const failure = failureOf(kv.get("k"));
    await clock.advance(100);
    expect(await failure).toMatchObject({ code: "CONNECTION_LOST", cause: expect.any(TypeError) });
  });
});

describe("a server that keeps silent", () => {
  test("a socket that does not open is given up", async () => {
    const { server, clock, kv } = setup({ timeout: 1_000, retries: 0 });
    server.accepts = "wait";
    const failure = failureOf(kv.get("k", { timeoutMs: 5_000 }));
    await clock.advance(1_000);
    expect(await failure).toMatchObject({ code: "CONNECTION_LOST" });
    expect(server.socket.closed).not.toBeNull();
  });

  test("one that does not greet is given up", async () => {
    const { server, clock, kv } = setup({ timeout: 1_000, retries: 0 });
    server.greets = false;
    server.answer = () => null;
    const failure = failureOf(kv.get("k", { timeoutMs: 5_000 }));
    await clock.advance(1_000);
    expect(await failure).toMatchObject({ code: "CONNECTION_LOST" });
  });
});

describe("answers", () => {
  test("a failure has its class and its request", async () => {
    const { server, kv } = setup();
    server.answer = () => new SynapError("KEY_NOT_FOUND", "no", { details: { key: "k" } });
    expect(await failureOf(kv.ttl("k"))).toMatchObject({
      name: "KeyNotFoundError",
      details: { key: "k" },
      requestId: 1,
    });
  });

  test("one that nobody waits for is passed over", async () => {
    const { server, kv } = setup();
    await kv.get("k");
    server.socket.reply({ id: 99, name: "kv.get", payload: {} }, MISS);
    server.socket.fail({ id: 98, name: "kv.get", payload: {} }, new SynapError("INTERNAL", "x"));
    expect(await kv.get("k")).toEqual(MISS);
  });

  test("a refusal without an id is reported", async () => {
    const { server, core, kv } = setup();
    const errors: Error[] = [];
    core.emitter.on("error", (error) => errors.push(error));
    await kv.get("k");
    server.socket.deliver({
      kind: "failure",
      id: null,
      error: { code: "INVALID_REQUEST", message: "a frame broke a rule" },
    });
    expect(errors).toEqual([expect.objectContaining({ code: "INVALID_REQUEST" })]);
  });
});

describe("the way to the server", () => {
  test("url and key", async () => {
    const { server, kv } = setup({ url: "https://example.com/synap", apiKey: "a/b" });
    await kv.get("k");
    expect(server.socket.url).toBe("wss://example.com/synap/api/v1/ws?api_key=a%2Fb");
    expect(server.socket.binaryType).toBe("arraybuffer");
  });
});

describe("close", () => {
  test("ends the socket and leaves no timer", async () => {
    const { server, core, clock, kv } = setup();
    await kv.get("k");
    await core.close();
    expect(server.socket.closed).toBe(1000);
    expect(clock.timers).toBe(0);
  });

  test("does not wait for a server that does not answer", async () => {
    const { server, core, clock, kv } = setup();
    await kv.get("k");
    const { socket } = server;
    socket.close = () => {};
    const closed = core.close();
    await clock.advance(250);
    await closed;
    expect(clock.timers).toBe(0);
  });

  test("while the socket opens", async () => {
    const { server, core, clock, kv } = setup();
    server.accepts = "wait";
    const failure = failureOf(kv.get("k"));
    await turns();
    const closed = core.close();
    await clock.advance(250);
    await closed;
    expect(await failure).toMatchObject({ name: "ConnectionError" });
    expect(clock.timers).toBe(0);
  });

  test("before it was ever used", async () => {
    const { server, core, clock } = setup();
    await core.close();
    expect(server.sockets).toEqual([]);
    expect(clock.timers).toBe(0);
  });
});

import { SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { failureOf, fakeCore, turns } from "../../test/fake-platform.ts";
import { FakeServer } from "../../test/fake-server.ts";
import type { ClientConfig } from "../options.ts";

function setup(config: ClientConfig = {}) {
  const server = new FakeServer();
  const { core, clock } = fakeCore({
    transport: "websocket",
    WebSocket: server.WebSocket,
    ...config,
  });
  return { server, core, clock, kv: core.kv };
}

describe("time limits", () => {
  test("the client's own", async () => {
    const { server, clock, kv } = setup({ timeout: 2_000 });
    const failure = failureOf(kv.get("k"));
    await clock.advance(1_999);
    expect(server.socket.notices("cancel")).toEqual([]);
    await clock.advance(1);
    expect(await failure).toMatchObject({
      name: "TimeoutError",
      code: "TIMEOUT",
      details: { command: "kv.get", timeoutMs: 2_000 },
      requestId: 1,
    });
    expect(server.socket.notices("cancel")).toEqual([{ request_id: 1 }]);
  });

  test("that of one call", async () => {
    const { clock, kv } = setup();
    const failure = failureOf(kv.get("k", { timeoutMs: 50 }));
    await clock.advance(50);
    expect(await failure).toMatchObject({ code: "TIMEOUT" });
  });

  test.each([0, -1, Number.NaN, "5" as never])("%j is none", async (timeoutMs) => {
    const { kv } = setup();
    expect(await failureOf(kv.get("k", { timeoutMs }))).toMatchObject({
      name: "ValidationError",
      details: { path: "timeoutMs" },
    });
  });

  test("a late answer changes nothing", async () => {
    const { server, clock, kv } = setup();
    const failure = failureOf(kv.get("k", { timeoutMs: 50 }));
    await clock.advance(50);
    await failure;
    const late = { found: true, value: 1, ttl: null, version: 1 };
    server.socket.reply({ id: 1, name: "kv.get", payload: {} }, late);
    server.answer = () => ({ ...late, value: 2 });
    expect(await kv.get("k")).toMatchObject({ value: 2 });
  });

  test("a repeat that would come too late is not made", async () => {
    const { server, clock, kv } = setup({ retryDelay: 500 });
    server.accepts = "refuse";
    const failure = failureOf(kv.get("k", { timeoutMs: 400 }));
    await turns();
    expect(await failure).toMatchObject({ code: "CONNECTION_LOST" });
    expect(clock.timers).toBeLessThanOrEqual(1);
  });
});

describe("signals", () => {
  test("a call is given up, and the server told", async () => {
    const { server, kv } = setup();
    const abort = new AbortController();
    const failure = failureOf(kv.get("k", { signal: abort.signal }));
    await turns();
    abort.abort("enough");
    expect(await failure).toMatchObject({ code: "CANCELLED", cause: "enough" });
    await turns();
    expect(server.socket.notices("cancel")).toEqual([{ request_id: 1 }]);
  });

  test("one that is aborted already sends nothing", async () => {
    const { server, kv } = setup();
    const failure = await failureOf(kv.get("k", { signal: AbortSignal.abort() }));
    expect(failure).toMatchObject({ code: "CANCELLED" });
    expect(server.sockets).toEqual([]);
  });

  test("a call that has ended no longer listens", async () => {
    const { server, kv } = setup();
    server.answer = () => ({ found: false, value: null, ttl: null, version: 0 });
    const abort = new AbortController();
    let listeners = 0;
    const { signal } = abort;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    await kv.get("k", { signal });
    expect(listeners).toBe(0);
    abort.abort();
  });

  test("a call that waits for its next try is given up at once", async () => {
    const { server, clock, kv } = setup();
    server.accepts = "refuse";
    const abort = new AbortController();
    const failure = failureOf(kv.get("k", { signal: abort.signal }));
    await turns();
    abort.abort();
    expect(await failure).toMatchObject({ code: "CANCELLED" });
    await clock.advance(1_000);
    expect(server.sockets).toHaveLength(1);
  });
});

describe("C2 what is repeated", () => {
  test.each(["LOADING", "OVERLOADED"] as const)("%s: nothing ran", async (code) => {
    const { server, clock, kv } = setup();
    let busy = 2;
    server.answer = () =>
      busy-- > 0 ? new SynapError(code, "later") : { success: true, key: "k", version: 1 };
    const set = kv.set("k", 1);
    await clock.advance(100 + 200);
    expect(await set).toMatchObject({ success: true });
    expect(server.requests).toHaveLength(3);
  });

  test.each(["RATE_LIMITED", "READ_ONLY", "KEY_NOT_FOUND", "INTERNAL"] as const)(
    "%s is the caller's affair",
    async (code) => {
      const { server, kv } = setup();
      server.answer = () => new SynapError(code, "no");
      expect(await failureOf(kv.set("k", 1))).toMatchObject({ code });
      expect(server.requests).toHaveLength(1);
    },
  );

  test("a batch that only reads", async () => {
    const { server, core, clock } = setup();
    const batch = core.batch([{ command: "kv.get", payload: { key: "k" } }], undefined);
    await turns();
    server.answer = () => ({ results: [] });
    server.socket.drop();
    await clock.advance(100);
    expect(await batch).toEqual([]);
  });

  test("a batch that writes is not", async () => {
    const { server, core } = setup();
    const commands = [
      { command: "kv.get", payload: { key: "k" } },
      { command: "kv.del", payload: { keys: ["k"] } },
    ] as const;
    const failure = failureOf(core.batch(commands, undefined));
    await turns();
    server.socket.drop();
    expect(await failure).toMatchObject({ code: "CONNECTION_LOST" });
  });
});

describe("C1 a client that is closed", () => {
  test("rejects what is under way, what waits and what comes", async () => {
    const { server, core, clock, kv } = setup();
    const underWay = failureOf(kv.set("k", 1));
    await turns();
    server.accepts = "refuse";
    const waits = failureOf(kv.get("k"));
    await turns();
    server.socket.drop();
    await turns();
    const closed = core.close();
    expect(await underWay).toMatchObject({ name: "ConnectionError" });
    expect(await waits).toMatchObject({ name: "ConnectionError" });
    expect(await failureOf(kv.get("k"))).toMatchObject({
      name: "ConnectionError",
      message: "This client is closed; make a new SynapClient.",
    });
    await closed;
    expect(clock.timers).toBe(0);
    expect(core.close()).toBe(core.close());
  });
});

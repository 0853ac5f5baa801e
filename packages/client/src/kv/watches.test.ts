import { SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { failureOf, fakeCore, turns } from "../../test/fake-platform.ts";
import { FakeServer, type SeenRequest } from "../../test/fake-server.ts";
import type { ClientConfig } from "../options.ts";
import type { KvChange, WatchOptions } from "./types.ts";

const PREFIX = "p:";

/** A server with one key-value table, of which a test pushes what it wants to. */
function setup(config: ClientConfig = {}) {
  const server = new FakeServer();
  const table = new Map<string, { value: unknown; version: number }>();
  const entry = (key: string) => {
    const known = table.get(key);
    return known
      ? { found: true, ...known, ttl: null }
      : { found: false, value: null, ttl: null, version: 0 };
  };
  const answers: Record<string, (request: SeenRequest) => Record<string, unknown>> = {
    "kv.watch": () => ({ version: 10, reset: true }),
    "kv.unwatch": () => ({ success: true }),
    "kv.scan": () => ({ keys: [...table.keys()], cursor: null, has_more: false }),
    "kv.mget": ({ payload }) => ({ values: (payload.keys as string[]).map(entry) }),
    "kv.get": ({ payload }) => entry(payload.key as string),
  };
  server.answer = (request) => answers[request.name]?.(request) ?? null;
  const { core, clock } = fakeCore({
    transport: "websocket",
    WebSocket: server.WebSocket,
    ...config,
  });
  const named = (name: string) => server.requests.filter((request) => request.name === name);
  const watch = async (options: WatchOptions = {}) => {
    const told: unknown[] = [];
    const subscription = await core.kv.watch(
      PREFIX,
      (change: KvChange) => told.push([change.op, change.key, change.version]),
      {
        onSynced: ({ version }) => told.push(["synced", version]),
        onReset: () => told.push(["reset"]),
        ...options,
      },
    );
    return { told, subscription };
  };
  const put = (key: string, version: number, value: unknown = key) => {
    server.socket.push("watch", { prefix: PREFIX, op: "put", key, value, version });
  };
  const remove = (op: "delete" | "expire", key: string, version: number) => {
    server.socket.push("watch", { prefix: PREFIX, op, key, version });
  };
  const synced = (version: number) => {
    server.socket.push("synced", { prefix: PREFIX, version });
  };
  return { server, core, clock, table, named, watch, put, remove, synced, answers };
}

describe("W1 a watcher hears each change once, in order", () => {
  test("the current values, synced, then changes", async () => {
    const { watch, put, remove, synced, named } = setup();
    const { told, subscription } = await watch();
    expect(subscription.prefix).toBe(PREFIX);
    put("p:1", 3);
    put("p:2", 7);
    synced(10);
    put("p:1", 11);
    remove("delete", "p:1", 12);
    remove("expire", "p:2", 13);
    expect(told).toEqual([
      ["put", "p:1", 3],
      ["put", "p:2", 7],
      ["synced", 10],
      ["put", "p:1", 11],
      ["delete", "p:1", 12],
      ["expire", "p:2", 13],
    ]);
    expect(named("kv.watch").map(({ payload }) => payload)).toEqual([{ prefix: PREFIX }]);
  });

  test("what stands in the frame of the answer is not lost", async () => {
    const { server, core } = setup();
    const changes: KvChange[] = [];
    const watching = core.kv.watch(PREFIX, (change) => changes.push(change));
    server.answer = () => null;
    await turns();
    const [request] = server.requests;
    server.socket.deliver(
      {
        kind: "reply",
        id: request?.id as number,
        command: { name: "kv.watch", number: 14, request: [], response: WATCH_RESPONSE },
        payload: { version: 1, reset: true },
      },
      {
        kind: "push",
        type: "watch",
        fields: { prefix: PREFIX, op: "delete", key: "p:1", version: 2 },
      },
    );
    await watching;
    expect(changes).toEqual([{ op: "delete", key: "p:1", version: 2 }]);
  });

  test("a put has value and ttl, a removal has neither", async () => {
    const { server, core, remove } = setup();
    const changes: KvChange[] = [];
    await core.kv.watch(PREFIX, (change) => changes.push(change));
    const fields = { prefix: PREFIX, op: "put", key: "p:1" };
    server.socket.push("watch", { ...fields, value: { a: 1 }, version: 1, ttl: 60 });
    server.socket.push("watch", { ...fields, value: null, version: 2 });
    remove("expire", "p:1", 3);
    expect(changes).toEqual([
      { op: "put", key: "p:1", value: { a: 1 }, version: 1, ttl: 60 },
      { op: "put", key: "p:1", value: null, version: 2, ttl: null },
      { op: "expire", key: "p:1", version: 3 },
    ]);
  });

  test("pushes of another prefix are not for it", async () => {
    const { server, watch } = setup();
    const { told } = await watch();
    server.socket.push("watch", { prefix: "q:", op: "delete", key: "q:1", version: 1 });
    expect(told).toEqual([]);
  });
});

describe("a handler that fails", () => {
  test("is reported, and hears what comes next", async () => {
    const { core, put, server } = setup();
    const errors: unknown[] = [];
    core.emitter.on("error", (error) => errors.push(error));
    const boom = new TypeError("boom");
    let calls = 0;
    await core.kv.watch(PREFIX, () => {
      calls++;
      if (calls === 1) throw boom;
      return Promise.reject(boom);
    });
    put("p:1", 1);
    put("p:1", 2);
    put("p:1", 3);
    await turns();
    expect(calls).toBe(3);
    expect(errors).toEqual([boom, boom, boom]);
    expect(server.socket.closed).toBeNull();
  });
});

describe("W2 one that comes late", () => {
  test("gets the current values, and disturbs nobody", async () => {
    const { watch, put, synced, table, named } = setup();
    const first = await watch();
    put("p:1", 3);
    synced(10);
    table.set("p:1", { value: "p:1", version: 3 });
    const second = await watch();
    put("p:2", 11);
    expect(first.told).toEqual([
      ["put", "p:1", 3],
      ["synced", 10],
      ["put", "p:2", 11],
    ]);
    expect(second.told).toEqual([
      ["put", "p:1", 3],
      ["synced", 10],
      ["put", "p:2", 11],
    ]);
    expect(named("kv.watch")).toHaveLength(1);
  });

  test("a change under its reading hides what was read before it", async () => {
    const { server, watch, put, remove, synced, table, answers } = setup();
    const first = await watch();
    synced(10);
    table.set("p:1", { value: "old", version: 3 });
    table.set("p:2", { value: "gone", version: 4 });
    table.set("p:3", { value: "new", version: 20 });
    answers["kv.mget"] = () => null as never;
    const watching = watch();
    await turns();
    put("p:1", 11);
    remove("delete", "p:2", 12);
    put("p:3", 13);
    const [mget] = server.requests.filter(({ name }) => name === "kv.mget");
    const values = [...table.values()].map((entry) => ({ found: true, ...entry, ttl: null }));
    server.socket.reply(mget as SeenRequest, { values });
    const { told } = await watching;
    expect(told).toEqual([
      ["put", "p:1", 11],
      ["delete", "p:2", 12],
      ["put", "p:3", 13],
      ["put", "p:3", 20],
      ["synced", 13],
    ]);
    expect(first.told).toHaveLength(4);
  });

  test("values that do not fit in one answer are read in parts", async () => {
    const { watch, synced, table, answers } = setup();
    await watch();
    synced(10);
    for (let i = 0; i < 5; i++) table.set(`p:${i}`, { value: i, version: i + 1 });
    const mget = answers["kv.mget"] as (request: SeenRequest) => Record<string, unknown>;
    answers["kv.mget"] = (request) =>
      (request.payload.keys as string[]).length > 1
        ? (new SynapError("PAYLOAD_TOO_LARGE", "no") as never)
        : mget(request);
    const { told } = await watch();
    expect(told).toHaveLength(6);
  });

  test("when its reading fails it is gone, and the other stays", async () => {
    const { watch, put, synced, answers, named } = setup();
    const first = await watch();
    synced(10);
    answers["kv.scan"] = () => new SynapError("FORBIDDEN", "no") as never;
    const late: unknown[] = [];
    expect(await failureOf(watch({ onSynced: () => late.push("synced") }))).toMatchObject({
      name: "AuthError",
    });
    put("p:1", 11);
    expect(late).toEqual([]);
    expect(first.told).toContainEqual(["put", "p:1", 11]);
    expect(named("kv.unwatch")).toEqual([]);
  });

  test("two at once share the request", async () => {
    const { watch, put, synced, named } = setup();
    const both = await Promise.all([watch(), watch()]);
    put("p:1", 3);
    synced(10);
    for (const { told } of both) expect(told).toContainEqual(["put", "p:1", 3]);
    expect(named("kv.watch")).toHaveLength(1);
  });

  test("if the first is refused, the other asks for itself", async () => {
    const { watch, answers, named } = setup();
    let refused = false;
    answers["kv.watch"] = () => {
      if (refused) return { version: 1, reset: true };
      refused = true;
      return new SynapError("SUBSCRIBER_LIMIT", "no") as never;
    };
    const [first, second] = await Promise.allSettled([watch(), watch()]);
    expect(first.status).toBe("rejected");
    expect(second.status).toBe("fulfilled");
    expect(named("kv.watch")).toHaveLength(2);
  });
});

describe("unsubscribe", () => {
  test("the last one ends the watch on the server", async () => {
    const { watch, put, synced, named } = setup();
    const first = await watch();
    synced(10);
    const second = await watch();
    await first.subscription.unsubscribe();
    expect(named("kv.unwatch")).toEqual([]);
    put("p:1", 11);
    await second.subscription.unsubscribe();
    await second.subscription.unsubscribe();
    put("p:1", 12);
    expect(named("kv.unwatch").map(({ payload }) => payload)).toEqual([{ prefix: PREFIX }]);
    expect(first.told).toEqual([["synced", 10]]);
    expect(second.told).toEqual([
      ["synced", 10],
      ["put", "p:1", 11],
    ]);
  });

  test("at once: a handler that ends another is obeyed", async () => {
    const { core, put, synced } = setup();
    const heard: string[] = [];
    const ends: { unsubscribe?: () => Promise<void> } = {};
    await core.kv.watch(PREFIX, async () => {
      heard.push("first");
      await ends.unsubscribe?.();
    });
    synced(10);
    const second = await core.kv.watch(PREFIX, () => heard.push("second"));
    ends.unsubscribe = () => second.unsubscribe();
    put("p:1", 11);
    expect(heard).toEqual(["first"]);
  });

  test("with the connection gone it is done", async () => {
    const { server, watch, clock } = setup();
    const { subscription } = await watch();
    server.accepts = "refuse";
    server.socket.drop();
    await subscription.unsubscribe();
    await clock.advance(100_000);
    expect(server.sockets.length).toBeLessThanOrEqual(2);
  });
});

describe("W3 after a loss", () => {
  test("it goes on where it was", async () => {
    const { server, core, clock, watch, put, synced, answers, named } = setup();
    const events: string[] = [];
    core.emitter.on("disconnected", () => events.push("disconnected"));
    core.emitter.on("reconnecting", ({ attempt, delayMs }) =>
      events.push(`${attempt}: ${delayMs}`),
    );
    core.emitter.on("connected", () => events.push("connected"));
    const { told } = await watch();
    put("p:1", 3);
    synced(10);
    put("p:1", 11);
    answers["kv.watch"] = () => ({ version: 20, reset: false });
    server.socket.drop();
    await clock.advance(100);
    expect(named("kv.watch").map(({ payload }) => payload)).toEqual([
      { prefix: PREFIX },
      { prefix: PREFIX, from_version: 11 },
    ]);
    put("p:1", 12);
    expect(told).toEqual([
      ["put", "p:1", 3],
      ["synced", 10],
      ["put", "p:1", 11],
      ["put", "p:1", 12],
    ]);
    expect(events).toEqual(["connected", "disconnected", "1: 100", "connected"]);
  });

  test("or every watcher is reset first", async () => {
    const { server, clock, watch, put, synced } = setup();
    const { told } = await watch();
    put("p:1", 3);
    synced(10);
    server.socket.drop();
    await clock.advance(100);
    put("p:2", 15);
    synced(20);
    expect(told).toEqual([
      ["put", "p:1", 3],
      ["synced", 10],
      ["reset"],
      ["put", "p:2", 15],
      ["synced", 20],
    ]);
  });

  test("while the values came: they come anew", async () => {
    const { server, clock, watch, put, synced, named } = setup();
    const { told } = await watch();
    put("p:1", 3);
    server.socket.drop();
    await clock.advance(100);
    expect(named("kv.watch").at(-1)?.payload).toEqual({ prefix: PREFIX });
    put("p:1", 3);
    synced(20);
    expect(told).toEqual([["put", "p:1", 3], ["reset"], ["put", "p:1", 3], ["synced", 20]]);
  });

  test("one who was told nothing has nothing to forget", async () => {
    const { server, clock, watch, synced } = setup();
    const { told } = await watch();
    synced(10);
    server.socket.drop();
    await clock.advance(100);
    synced(20);
    expect(told).toEqual([
      ["synced", 10],
      ["synced", 20],
    ]);
  });

  test("it is tried again and again, ever more slowly", async () => {
    const { server, core, clock, watch, synced } = setup({ retryMaxDelay: 400 });
    const delays: number[] = [];
    core.emitter.on("reconnecting", ({ delayMs }) => delays.push(delayMs));
    await watch();
    synced(10);
    server.accepts = "refuse";
    server.socket.drop();
    await clock.advance(100 + 200 + 400 + 400);
    expect(delays).toEqual([100, 200, 400, 400, 400]);
    server.accepts = "open";
    await clock.advance(400);
    expect(server.socket.requests.map(({ name }) => name)).toEqual(["kv.watch"]);
  });

  test("only a connection that lasted makes the back-off start anew", async () => {
    const { server, core, clock, watch } = setup();
    const attempts: number[] = [];
    core.emitter.on("reconnecting", ({ attempt }) => attempts.push(attempt));
    await watch();
    server.socket.drop();
    await clock.advance(100);
    server.socket.drop();
    await clock.advance(200);
    await clock.advance(5_000);
    server.socket.drop();
    await clock.advance(100);
    expect(attempts).toEqual([1, 2, 1]);
  });

  test("a call that comes first opens the connection for all", async () => {
    const { server, core, clock, watch, synced, named } = setup();
    await watch();
    synced(10);
    server.socket.drop();
    await core.kv.get("k");
    await turns();
    expect(server.sockets).toHaveLength(2);
    expect(named("kv.watch")).toHaveLength(2);
    await clock.advance(100_000);
    expect(server.sockets).toHaveLength(2);
  });

  test("the first request is repeated like any read, once", async () => {
    const { server, clock, watch, named, answers } = setup();
    const { "kv.watch": answer } = answers;
    answers["kv.watch"] = () => null as never;
    const watching = watch();
    await turns();
    server.socket.drop();
    answers["kv.watch"] = answer as never;
    await clock.advance(100);
    await watching;
    expect(named("kv.watch")).toHaveLength(2);
  });

  test("one that is refused afterwards has ended, and that is reported", async () => {
    const { server, core, clock, watch, put, synced, answers } = setup();
    const errors: Error[] = [];
    core.emitter.on("error", (error) => errors.push(error));
    const { told, subscription } = await watch();
    synced(10);
    answers["kv.watch"] = () => new SynapError("FORBIDDEN", "no more") as never;
    server.socket.drop();
    await clock.advance(100);
    expect(errors).toEqual([expect.objectContaining({ code: "FORBIDDEN" })]);
    put("p:1", 11);
    expect(told).toEqual([["synced", 10]]);
    await subscription.unsubscribe();
    server.socket.drop();
    await clock.advance(100_000);
    expect(server.sockets).toHaveLength(2);
  });

  test("one that came late and still read is reset with the others", async () => {
    const { server, clock, watch, put, synced, answers, table } = setup();
    const first = await watch();
    synced(10);
    table.set("p:1", { value: 1, version: 3 });
    answers["kv.mget"] = () => null as never;
    const watching = watch();
    await turns();
    server.socket.drop();
    await clock.advance(100);
    put("p:1", 3);
    synced(20);
    const mget = server.socket.requests.find(({ name }) => name === "kv.mget");
    server.socket.reply(mget as SeenRequest, {
      values: [{ found: true, value: 1, ttl: null, version: 3 }],
    });
    const second = await watching;
    expect(second.told).toEqual([
      ["put", "p:1", 3],
      ["synced", 20],
    ]);
    expect(first.told).toEqual([
      ["synced", 10],
      ["put", "p:1", 3],
      ["synced", 20],
    ]);
  });
});

describe("a gap", () => {
  test("is told, and the values come anew", async () => {
    const { server, core, watch, put, synced } = setup();
    const gaps: unknown[] = [];
    core.emitter.on("gap", (gap) => gaps.push(gap));
    const { told } = await watch();
    put("p:1", 3);
    synced(10);
    server.socket.push("gap", { prefix: PREFIX, reason: "slow", from: 10, to: 90 });
    put("p:2", 80);
    synced(90);
    expect(gaps).toEqual([{ prefix: PREFIX, reason: "slow", from: 10, to: 90, lost: null }]);
    expect(told).toEqual([
      ["put", "p:1", 3],
      ["synced", 10],
      ["reset"],
      ["put", "p:2", 80],
      ["synced", 90],
    ]);
  });
});

describe("the request itself", () => {
  test("can be given up", async () => {
    const { watch, answers, named } = setup();
    answers["kv.watch"] = () => null as never;
    const abort = new AbortController();
    const failure = failureOf(watch({ signal: abort.signal }));
    await turns();
    abort.abort();
    expect(await failure).toMatchObject({ code: "CANCELLED" });
    expect(named("kv.unwatch")).toHaveLength(1);
  });
});

test("close ends every watch", async () => {
  const { server, core, clock, watch, put } = setup();
  const { told } = await watch();
  await core.close();
  put("p:1", 1);
  expect(told).toEqual([]);
  await clock.advance(100_000);
  expect(server.sockets).toHaveLength(1);
  expect(clock.timers).toBe(0);
});

const WATCH_RESPONSE = [{ name: "version" }, { name: "reset" }] as const;

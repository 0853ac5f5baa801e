import { SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { failureOf, turns } from "../../test/fake-platform.ts";
import type { SeenRequest } from "../../test/fake-server.ts";
import { fakeWatches, PREFIX } from "../../test/fake-watches.ts";
import type { KvChange } from "./types.ts";

describe("W1 a watcher hears each change once, in order", () => {
  test("the current values, synced, then changes", async () => {
    const { watch, put, remove, synced, named } = fakeWatches();
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
    const { server, core } = fakeWatches();
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
    const { server, core, remove } = fakeWatches();
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
    const { server, watch } = fakeWatches();
    const { told } = await watch();
    server.socket.push("watch", { prefix: "q:", op: "delete", key: "q:1", version: 1 });
    expect(told).toEqual([]);
  });
});

describe("a handler that fails", () => {
  test("is reported, and hears what comes next", async () => {
    const { core, put, server } = fakeWatches();
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
    const { watch, put, synced, table, named } = fakeWatches();
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
    const { server, watch, put, remove, synced, table, answers } = fakeWatches();
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
    const { watch, synced, table, answers } = fakeWatches();
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
    const { watch, put, synced, answers, named } = fakeWatches();
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
    const { watch, put, synced, named } = fakeWatches();
    const both = await Promise.all([watch(), watch()]);
    put("p:1", 3);
    synced(10);
    for (const { told } of both) expect(told).toContainEqual(["put", "p:1", 3]);
    expect(named("kv.watch")).toHaveLength(1);
  });

  test("if the first is refused, the other asks for itself", async () => {
    const { watch, answers, named } = fakeWatches();
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
    const { watch, put, synced, named } = fakeWatches();
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
    const { core, put, synced } = fakeWatches();
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
    const { server, watch, clock } = fakeWatches();
    const { subscription } = await watch();
    server.accepts = "refuse";
    server.socket.drop();
    await subscription.unsubscribe();
    await clock.advance(100_000);
    expect(server.sockets.length).toBeLessThanOrEqual(2);
  });
});

describe("the request itself", () => {
  test("can be given up", async () => {
    const { watch, answers, named } = fakeWatches();
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
  const { server, core, clock, watch, put } = fakeWatches();
  const { told } = await watch();
  await core.close();
  put("p:1", 1);
  expect(told).toEqual([]);
  await clock.advance(100_000);
  expect(server.sockets).toHaveLength(1);
  expect(clock.timers).toBe(0);
});

const WATCH_RESPONSE = [{ name: "version" }, { name: "reset" }] as const;

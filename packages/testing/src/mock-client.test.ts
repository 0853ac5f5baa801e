import { KeyNotFoundError, type KvChange, SynapClient } from "@hivellm/synap-client";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { createMockClient } from "./index.ts";

const START_MS = 1_700_000_000_000;
const mock = createMockClient({ startMs: START_MS });
afterEach(() => mock.reset());

/** Code under test: it asks for a client and knows of no mock. */
async function greet(client: SynapClient, key: string): Promise<string> {
  const user = await client.kv.get<{ name: string }>(key);
  return user.found ? `Hello, ${user.value.name}!` : "Who are you?";
}

describe("the real thing", () => {
  test("what is set can be read", async () => {
    const set = await mock.kv.set("user:1", { name: "Alice" }, 60);
    expect(set).toEqual({ key: "user:1", success: true, version: expect.any(Number) });
    expect(await mock.kv.get("user:1")).toEqual({
      found: true,
      value: { name: "Alice" },
      ttl: 60,
      version: set.version,
    });
    expect(await greet(mock, "user:1")).toBe("Hello, Alice!");
    expect(await greet(mock, "user:2")).toBe("Who are you?");
  });

  test("values travel through the codec", async () => {
    const bytes = new Uint8Array([0, 255]);
    await mock.kv.set("k", { bytes, at: new Date(0), none: undefined });
    const { value } = await mock.kv.get("k");
    expect(value).toEqual({ bytes, at: "1970-01-01T00:00:00.000Z" });
    await expect(mock.kv.set("k", { n: 10n })).rejects.toMatchObject({
      name: "ValidationError",
      details: { path: "value.n" },
    });
  });

  test("errors have their classes", async () => {
    await expect(mock.kv.ttl("missing")).rejects.toBeInstanceOf(KeyNotFoundError);
  });

  test("a batch, a scan, an iteration", async () => {
    await mock.kv.mset({ "a:1": 1, "a:2": 2, b: 3 });
    const [get] = await mock.batch([{ command: "kv.get", payload: { key: "a:2" } }]);
    expect(get).toMatchObject({ status: "success", payload: { value: 2 } });
    expect(await mock.kv.scan({ prefix: "a:" })).toMatchObject({ keys: ["a:1", "a:2"] });
    const keys: string[] = [];
    for await (const key of mock.kv.keys()) keys.push(key);
    expect(keys).toEqual(["a:1", "a:2", "b"]);
  });

  test("in JSON too", async () => {
    const json = createMockClient({ format: "json" });
    const bytes = new Uint8Array([1]);
    await json.kv.set("k", { bytes, $bytes: 1 });
    expect((await json.kv.get("k")).value).toEqual({ bytes, $bytes: 1 });
    await json.close();
  });

  test("bounds of the engine can be set", async () => {
    const small = createMockClient({ limits: { maxValueBytes: 10 } });
    await expect(small.kv.set("k", "x".repeat(20))).rejects.toMatchObject({
      code: "PAYLOAD_TOO_LARGE",
    });
    await small.close();
  });
});

describe("time", () => {
  test("stands still until it is advanced", async () => {
    expect(mock.clock.now()).toBe(START_MS);
    await mock.kv.set("k", 1, 60);
    await mock.clock.advance(59_999);
    expect(await mock.kv.exists("k")).toBe(1);
    await mock.clock.advance(1);
    expect(await mock.kv.exists("k")).toBe(0);
    expect(mock.clock.now()).toBe(START_MS + 60_000);
  });

  test("what became due has been delivered when advance resolves", async () => {
    const changes: KvChange[] = [];
    await mock.kv.watch("k", (change) => changes.push(change));
    await mock.kv.set("k:1", 1, { ttlMs: 500 });
    await mock.clock.advance(1_000);
    expect(changes.map(({ op }) => op)).toEqual(["put", "expire"]);
  });

  test("also when nothing was awaited before", async () => {
    const ops: string[] = [];
    const fresh = createMockClient();
    const watching = fresh.kv.watch("", ({ op }) => ops.push(op));
    const setting = fresh.kv.set("k", 1, { ttlMs: 500 });
    await fresh.clock.advance(1_000);
    expect(ops).toEqual(["put", "expire"]);
    await Promise.all([watching, setting]);
    await fresh.close();
  });

  test("a test's fake timers do not stop it", async () => {
    vi.useFakeTimers();
    try {
      await mock.kv.set("k", 1, 1);
      await mock.clock.advance(1_000);
      expect(await mock.kv.exists("k")).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("watches", () => {
  test("hear of what another client does", async () => {
    const other = mock.connect();
    const told: unknown[] = [];
    await mock.kv.set("p:0", "before");
    const watch = await mock.kv.watch("p:", (change) => told.push([change.op, change.key]), {
      onSynced: () => told.push("synced"),
    });
    await other.kv.set("p:1", 1);
    await other.kv.del("p:1");
    await mock.clock.advance(0);
    expect(told).toEqual([["put", "p:0"], "synced", ["put", "p:1"], ["delete", "p:1"]]);
    await watch.unsubscribe();
    await other.kv.set("p:2", 1);
    await mock.clock.advance(0);
    expect(told).toHaveLength(4);
  });

  test("one that comes late sees the same, and nobody misses a delete", async () => {
    const first = new Map<string, unknown>();
    const second = new Map<string, unknown>();
    const apply = (map: Map<string, unknown>) => (change: KvChange) =>
      change.op === "put" ? map.set(change.key, change.value) : map.delete(change.key);
    const entries = Array.from({ length: 1_200 }, (_, i) => ({ key: `p:${i}`, value: i }));
    await mock.kv.mset(entries);
    await mock.kv.watch("p:", apply(first));
    await mock.clock.advance(0);
    expect(first.size).toBe(1_200);
    const late = mock.kv.watch("p:", apply(second));
    const writes = entries
      .slice(0, 600)
      .map(({ key }, i) => (i % 2 === 0 ? mock.kv.del(key) : mock.kv.set(key, "new")));
    await Promise.all([late, ...writes]);
    await mock.clock.advance(0);
    const { keys } = await mock.kv.scan({ prefix: "p:", count: 10_000 });
    const values = await mock.kv.mget(keys);
    const truth = Object.fromEntries(keys.map((key, i) => [key, values[i]?.value]));
    expect(Object.fromEntries(first)).toEqual(truth);
    expect(Object.fromEntries(second)).toEqual(truth);
    expect(keys).toHaveLength(900);
  });
});

describe("spies", () => {
  test("see every call, as Vitest's expect understands it", async () => {
    await greet(mock, "user:1");
    expect(mock.kv.get).toHaveBeenCalledTimes(1);
    expect(mock.kv.get).toHaveBeenCalledWith("user:1");
    expect(mock.kv.get).toHaveResolvedWith(expect.objectContaining({ found: false }));
    expect(mock.kv.get.mock.lastCall).toEqual(["user:1"]);
    expect(vi.isMockFunction(mock.kv.get)).toBe(true);
    expect(mock.kv.set).not.toHaveBeenCalled();
  });

  test("each method is one", () => {
    const { dead, ...queue } = mock.queue;
    const parts = { kv: mock.kv, queue, dead, stream: mock.stream, pubsub: mock.pubsub };
    const named = Object.entries(parts).map(([name, part]) => [name, Object.keys(part).sort()]);
    const words = (text: string) => text.split(" ").sort();
    expect(Object.fromEntries(named)).toEqual({
      kv: words(
        "set get del delete exists incr decr expire persist ttl mset mget scan keys watch stats",
      ),
      queue: words(
        "create delete list all stats purge publish publishMany consume consumeMany ack nack release extend peek bind unbind bindings subscribe messages process",
      ),
      dead: words("list redrive purge"),
      stream: words("create delete rooms all stats publish history subscribe events"),
      pubsub: words("publish subscribe messages topics stats"),
    });
    const methods = Object.values(parts).flatMap((part) => Object.values(part) as unknown[]);
    for (const spy of [...methods, mock.batch, mock.on, mock.off, mock.close]) {
      expect(vi.isMockFunction(spy)).toBe(true);
    }
  });

  test("can be told to answer, with a part of the result", async () => {
    mock.kv.get.mockResolvedValue({ found: true, value: { name: "Bob" } });
    expect(await greet(mock, "user:1")).toBe("Hello, Bob!");
    expect(await mock.kv.get("user:1")).toEqual({
      found: true,
      value: { name: "Bob" },
      ttl: null,
      version: 1,
    });
  });

  test("once", async () => {
    mock.kv.get.mockResolvedValueOnce({ value: 1 });
    expect(await mock.kv.get("k")).toMatchObject({ found: true, value: 1 });
    expect(await mock.kv.get("k")).toMatchObject({ found: false });
  });

  test("to fail", async () => {
    mock.kv.set.mockRejectedValueOnce(new KeyNotFoundError("KEY_NOT_FOUND", "gone"));
    await expect(mock.kv.set("k", 1)).rejects.toBeInstanceOf(KeyNotFoundError);
    await expect(mock.kv.set("k", 1)).resolves.toMatchObject({ success: true });
  });

  test("to do something else", async () => {
    mock.kv.get.mockImplementation((key) => ({ value: `value of ${key}` }));
    expect(await mock.kv.get("k")).toMatchObject({ found: true, value: "value of k" });
    mock.kv.get.mockImplementationOnce(async () => ({ found: false }));
    expect(await mock.kv.get("k")).toMatchObject({ found: false, value: null, version: 0 });
  });

  test("to do the real thing again", async () => {
    await mock.kv.set("k", "real");
    mock.kv.get.mockResolvedValue({ value: "fake" });
    mock.kv.get.mockReset();
    expect(await mock.kv.get("k")).toMatchObject({ value: "real" });
  });
});

describe("reset", () => {
  test("starts anew: no keys, no watches, no listeners, no calls, no replacements", async () => {
    const told: unknown[] = [];
    await mock.kv.set("k", 1);
    await mock.kv.watch("", (change) => told.push(change));
    mock.on("connected", () => told.push("connected"));
    await mock.clock.advance(1_000);
    mock.kv.get.mockResolvedValue({ value: "fake" });
    told.length = 0;
    const reset = mock.reset();
    expect(await mock.kv.get("k")).toMatchObject({ found: false });
    await reset;
    await mock.kv.set("k", 2);
    await mock.clock.advance(0);
    expect(told).toEqual([]);
    expect(mock.kv.get).toHaveBeenCalledTimes(1);
    expect(mock.clock.now()).toBe(START_MS);
  });
});

describe("the mock is a client", () => {
  test("by instanceof and by type, without a cast", () => {
    expect(mock).toBeInstanceOf(SynapClient);
    expectTypeOf(mock).toExtend<SynapClient>();
  });

  test("listeners are chained on the mock", () => {
    expect(mock.on("error", () => {})).toBe(mock);
  });

  test("its events are those of a client", async () => {
    const heard: string[] = [];
    mock.on("connected", () => heard.push("connected"));
    mock.on("error", ({ message }) => heard.push(message));
    await mock.kv.watch("", () => {
      throw new KeyNotFoundError("KEY_NOT_FOUND", "boom");
    });
    await mock.kv.set("k", 1);
    await mock.clock.advance(0);
    expect(heard).toEqual(["connected", "boom"]);
  });

  test("closed, it is closed", async () => {
    const own = createMockClient();
    const other = own.connect();
    await own.kv.set("k", 1);
    await own.close();
    expect(own.close).toHaveBeenCalledOnce();
    await expect(own.kv.get("k")).rejects.toMatchObject({ name: "ConnectionError" });
    await expect(other.kv.get("k")).rejects.toMatchObject({ name: "ConnectionError" });
  });

  test("await using", async () => {
    let own = createMockClient();
    {
      await using inner = createMockClient();
      own = inner;
    }
    await expect(own.kv.get("k")).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });
});

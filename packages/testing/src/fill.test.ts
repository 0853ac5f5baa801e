import { describe, expect, test } from "vitest";
import { createMockClient } from "./index.ts";

const MISS = { found: false, value: null, ttl: null, version: 0 };
const mock = createMockClient();

describe("what is left out of a result is filled in", () => {
  test("set", async () => {
    mock.kv.set.mockResolvedValueOnce({ success: false });
    expect(await mock.kv.set("k", 1)).toEqual({ key: "k", success: false, version: 1 });
  });

  test("get: a part without a value is a miss", async () => {
    mock.kv.get.mockResolvedValueOnce({});
    expect(await mock.kv.get("k")).toEqual(MISS);
  });

  test("ttl: seconds from milliseconds and the reverse", async () => {
    mock.kv.ttl.mockResolvedValueOnce({ ttlMs: 1_500 }).mockResolvedValueOnce({ ttl: 2 });
    expect(await mock.kv.ttl("k")).toEqual({ ttl: 2, ttlMs: 1_500 });
    expect(await mock.kv.ttl("k")).toEqual({ ttl: 2, ttlMs: 2_000 });
    mock.kv.ttl.mockResolvedValueOnce({});
    expect(await mock.kv.ttl("k")).toEqual({ ttl: null, ttlMs: null });
  });

  test("mget: one entry for each key", async () => {
    mock.kv.mget.mockResolvedValueOnce([{ value: 1 }]);
    expect(await mock.kv.mget(["a", "b"])).toEqual([
      { found: true, value: 1, ttl: null, version: 1 },
      MISS,
    ]);
  });

  test("scan", async () => {
    mock.kv.scan.mockResolvedValueOnce({ keys: ["a"] }).mockResolvedValueOnce({ cursor: "c" });
    expect(await mock.kv.scan()).toEqual({ keys: ["a"], cursor: null, hasMore: false });
    expect(await mock.kv.scan()).toEqual({ keys: [], cursor: "c", hasMore: true });
  });

  test("mset, stats and numbers", async () => {
    mock.kv.mset.mockResolvedValueOnce({});
    mock.kv.stats.mockResolvedValueOnce({ keys: 3 });
    mock.kv.incr.mockResolvedValueOnce(7);
    expect(await mock.kv.mset({ a: 1 })).toEqual({ version: 1 });
    expect(await mock.kv.stats()).toMatchObject({ keys: 3, keysWithTtl: 0 });
    expect(await mock.kv.incr("k")).toBe(7);
  });

  test("a subscription can be ended", async () => {
    mock.kv.watch.mockResolvedValueOnce({});
    const watch = await mock.kv.watch("p:", () => {});
    expect(watch.prefix).toBe("p:");
    await expect(watch.unsubscribe()).resolves.toBeUndefined();
  });

  test("batch", async () => {
    mock.batch.mockResolvedValueOnce([{}, { error: { code: "KEY_NOT_FOUND" } }]);
    expect(await mock.batch([{ command: "kv.stats", payload: {} }])).toEqual([
      { status: "success", payload: {} },
      { status: "error", error: { code: "KEY_NOT_FOUND", message: "" } },
    ]);
  });
});

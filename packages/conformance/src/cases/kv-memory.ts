import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import type { ConformanceCase, Party } from "../types.ts";

const LIMIT = 40_000;
const fill = async (call: Party["call"], from: number, to: number, ttl?: number): Promise<void> => {
  for (let i = from; i < to; i++) {
    await call("kv.set", {
      key: `k:${i}`,
      value: "x".repeat(900),
      ...(ttl === undefined ? {} : { ttl: ttl + i }),
    });
  }
};

export const kvMemory: readonly ConformanceCase[] = [
  {
    name: "max_memory, noeviction: new data is OUT_OF_MEMORY, reads and deletes go on",
    limits: { maxMemoryBytes: LIMIT },
    async run({ call }) {
      await fill(call, 0, 30);
      await refusal(fill(call, 30, 60), "OUT_OF_MEMORY", { max_memory_bytes: LIMIT });
      has(await call("kv.get", { key: "k:0" }), { found: true });
      assert(((await call("kv.stats")).bytes as number) <= LIMIT);
      await call("kv.set", { key: "k:0", value: "less" });
      await call("kv.del", { keys: ["k:1", "k:2", "k:3"] });
      await call("kv.set", { key: "again", value: "fits" });
      has(await call("kv.stats"), { evicted: 0, eviction_policy: "noeviction" });
    },
  },
  {
    name: "max_memory, allkeys-lru: room is made, keys in use stay",
    limits: { maxMemoryBytes: LIMIT, evictionPolicy: "allkeys-lru", evictionSamples: 32 },
    async run({ call }) {
      for (let i = 0; i < 100; i++) {
        await fill(call, i, i + 1);
        has(await call("kv.get", { key: "k:0" }), { found: true });
      }
      const stats = await call("kv.stats");
      assert((stats.bytes as number) <= LIMIT && (stats.evicted as number) > 50);
      has(await call("kv.get", { key: "k:99" }), { found: true });
    },
  },
  {
    name: "max_memory, allkeys-lru: a large value makes many small ones go",
    limits: { maxMemoryBytes: 400_000, evictionPolicy: "allkeys-lru" },
    async run({ call }) {
      const entries = Array.from({ length: 1_000 }, (_, i) => ({
        key: `small:${i}`,
        value: "x".repeat(100),
      }));
      await call("kv.mset", { entries });
      has(await call("kv.set", { key: "large", value: "x".repeat(300_000) }), { success: true });
      const stats = await call("kv.stats");
      assert((stats.bytes as number) <= 400_000 && (stats.evicted as number) > 500);
    },
  },
  {
    name: "max_memory, volatile-ttl: only keys with a ttl go, the nearest first",
    limits: { maxMemoryBytes: LIMIT, evictionPolicy: "volatile-ttl", evictionSamples: 64 },
    async run({ call }) {
      await call("kv.set", { key: "keep", value: "x".repeat(900) });
      await fill(call, 0, 60, 100);
      has(await call("kv.exists", { keys: ["keep", "k:59"] }), { count: 2 });
      has(await call("kv.exists", { keys: ["k:0"] }), { count: 0 });
    },
  },
  {
    name: "max_memory: a value that can never fit is OUT_OF_MEMORY under every policy",
    limits: { maxMemoryBytes: LIMIT, evictionPolicy: "volatile-ttl" },
    async run({ call }) {
      await call("kv.set", { key: "keep", value: "x".repeat(900) });
      await refusal(call("kv.set", { key: "big", value: "x".repeat(LIMIT) }), "OUT_OF_MEMORY");
      has(await call("kv.get", { key: "keep" }), { found: true });
    },
  },
];

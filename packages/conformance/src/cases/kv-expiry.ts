import { has, refusal, version } from "../expectations.ts";
import type { ConformanceCase } from "../types.ts";

export const kvExpiry: readonly ConformanceCase[] = [
  {
    name: "ttl: a key is there until its last millisecond and gone after it",
    async run({ call, world }) {
      await call("kv.set", { key: "a", value: 1, ttl: 2 });
      await world.advance(1_999);
      has(await call("kv.get", { key: "a" }), { found: true, ttl: 1 });
      await world.advance(1);
      has(await call("kv.get", { key: "a" }), { found: false });
      has(await call("kv.exists", { keys: ["a"] }), { count: 0 });
      has(await call("kv.stats"), { keys: 0, expired: 1 });
    },
  },
  {
    name: "ttl: whole seconds, rounded up; ttl_ms is exact",
    async run({ call, world }) {
      await call("kv.set", { key: "a", value: 1, ttl_ms: 1_500 });
      has(await call("kv.ttl", { key: "a" }), { ttl: 2, ttl_ms: 1_500 });
      await world.advance(501);
      has(await call("kv.ttl", { key: "a" }), { ttl: 1, ttl_ms: 999 });
    },
  },
  {
    name: "ttl: may be a fraction of a second",
    async run({ call }) {
      await call("kv.set", { key: "a", value: 1, ttl: 0.25 });
      has(await call("kv.ttl", { key: "a" }), { ttl: 1, ttl_ms: 250 });
    },
  },
  {
    name: "kv.set: without a ttl the old one is gone; keep_ttl keeps it",
    async run({ call }) {
      await call("kv.set", { key: "a", value: 1, ttl: 10 });
      await call("kv.set", { key: "a", value: 2, keep_ttl: true });
      has(await call("kv.ttl", { key: "a" }), { ttl: 10 });
      await call("kv.set", { key: "a", value: 3 });
      has(await call("kv.ttl", { key: "a" }), { ttl: null, ttl_ms: null });
    },
  },
  {
    name: "kv.expire and kv.persist: change the ttl, not the version",
    async run({ call, world }) {
      const made = version(await call("kv.set", { key: "a", value: 1 }));
      has(await call("kv.expire", { key: "a", ttl: 5 }), { success: true });
      has(await call("kv.get", { key: "a" }), { ttl: 5, version: made });
      has(await call("kv.expire", { key: "a", ttl_ms: 700 }), { success: true });
      has(await call("kv.ttl", { key: "a" }), { ttl_ms: 700 });
      has(await call("kv.persist", { key: "a" }), { success: true });
      has(await call("kv.persist", { key: "a" }), { success: false });
      await world.advance(60_000);
      has(await call("kv.get", { key: "a" }), { found: true, ttl: null, version: made });
    },
  },
  {
    name: "kv.ttl, kv.expire and kv.persist of a missing key are KEY_NOT_FOUND",
    async run({ call }) {
      await refusal(call("kv.ttl", { key: "no" }), "KEY_NOT_FOUND", { key: "no" });
      await refusal(call("kv.expire", { key: "no", ttl: 1 }), "KEY_NOT_FOUND", { key: "no" });
      await refusal(call("kv.persist", { key: "no" }), "KEY_NOT_FOUND", { key: "no" });
    },
  },
  {
    name: "an expired key is missing for every command, before it is swept too",
    async run({ call, world }) {
      await call("kv.set", { key: "a", value: 1, ttl_ms: 10 });
      await world.advance(10);
      has(await call("kv.del", { keys: ["a"] }), { deleted: 0 });
      has(await call("kv.set", { key: "a", value: 2, xx: true }), { success: false });
      has(await call("kv.set", { key: "a", value: 2, nx: true }), { success: true });
      has(await call("kv.ttl", { key: "a" }), { ttl: null });
    },
  },
  {
    name: "kv.mset: each entry has a ttl of its own",
    async run({ call, world }) {
      const entries = [
        { key: "a", value: 1, ttl: 1 },
        { key: "b", value: 2, ttl_ms: 2_000 },
        { key: "c", value: 3 },
      ];
      await call("kv.mset", { entries });
      await world.advance(1_000);
      has(await call("kv.exists", { keys: ["a", "b", "c"] }), { count: 2 });
      await world.advance(1_000);
      has(await call("kv.exists", { keys: ["a", "b", "c"] }), { count: 1 });
    },
  },
];

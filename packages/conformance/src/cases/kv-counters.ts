import assert from "node:assert/strict";
import { has, refusal, version } from "../expectations.ts";
import type { ConformanceCase } from "../types.ts";

export const kvCounters: readonly ConformanceCase[] = [
  {
    name: "kv.incr and kv.decr: a missing key counts as 0",
    async run({ call }) {
      has(await call("kv.incr", { key: "n" }), { value: 1 });
      has(await call("kv.incr", { key: "n", amount: 41 }), { value: 42 });
      has(await call("kv.decr", { key: "n", amount: 2 }), { value: 40 });
      has(await call("kv.decr", { key: "n" }), { value: 39 });
      has(await call("kv.get", { key: "n" }), { value: 39 });
    },
  },
  {
    name: "kv.incr: a string that holds an integer stays a string",
    async run({ call }) {
      await call("kv.set", { key: "n", value: "41" });
      has(await call("kv.incr", { key: "n" }), { value: 42 });
      has(await call("kv.get", { key: "n" }), { value: "42" });
    },
  },
  {
    name: "kv.incr: counts on from a number of either format, and from an incr of its own",
    async run({ call }) {
      await call("kv.set", { key: "n", value: -5 });
      has(await call("kv.incr", { key: "n", amount: 10 }), { value: 5 });
      has(await call("kv.incr", { key: "n", amount: -10 }), { value: -5 });
    },
  },
  {
    name: "kv.incr: what is no integer is NOT_A_NUMBER and stays as it is",
    async run({ call }) {
      for (const value of ["12a", "", "1.5", 1.5, null, true, [1], { n: 1 }, "9".repeat(17)]) {
        await call("kv.set", { key: "n", value });
        await refusal(call("kv.incr", { key: "n" }), "NOT_A_NUMBER", { key: "n" });
        has(await call("kv.get", { key: "n" }), { value });
      }
    },
  },
  {
    name: "kv.incr: a result beyond 2^53 is OUT_OF_RANGE and nothing changes",
    async run({ call }) {
      await call("kv.set", { key: "n", value: Number.MAX_SAFE_INTEGER });
      await refusal(call("kv.incr", { key: "n" }), "OUT_OF_RANGE", { key: "n" });
      has(await call("kv.get", { key: "n" }), { value: Number.MAX_SAFE_INTEGER });
    },
  },
  {
    name: "kv.incr: ttl is for a key it creates; an existing key keeps its own",
    async run({ call, world }) {
      await call("kv.incr", { key: "n", ttl: 10 });
      await world.advance(4_000);
      await call("kv.incr", { key: "n", ttl: 100 });
      has(await call("kv.ttl", { key: "n" }), { ttl: 6 });
      await world.advance(6_000);
      has(await call("kv.incr", { key: "n", ttl_ms: 5 }), { value: 1 });
      has(await call("kv.ttl", { key: "n" }), { ttl_ms: 5 });
    },
  },
  {
    name: "kv.incr: gives the key a new version, and takes conditions",
    async run({ call }) {
      await call("kv.incr", { key: "n" });
      const first = version(await call("kv.get", { key: "n" }));
      await call("kv.incr", { key: "n", if: [{ key: "n", version: first }] });
      assert(version(await call("kv.get", { key: "n" })) > first);
      await refusal(
        call("kv.incr", { key: "n", if: [{ key: "n", version: first }] }),
        "VERSION_MISMATCH",
      );
    },
  },
];

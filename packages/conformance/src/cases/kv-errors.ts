import { has, refusal } from "../expectations.ts";
import type { ConformanceCase, Fields } from "../types.ts";

/** A request, the field that its error must name, and what else its details must say. */
const invalid: readonly (readonly [command: string, payload: Fields, details: Fields])[] = [
  ["kv.set", { value: 1 }, { path: "key" }],
  ["kv.set", { key: "", value: 1 }, { path: "key" }],
  ["kv.set", { key: "k".repeat(4097), value: 1 }, { path: "key" }],
  ["kv.set", { key: "é".repeat(2049), value: 1 }, { path: "key" }],
  ["kv.set", { key: 1, value: 1 }, { path: "key" }],
  ["kv.set", { key: "a" }, { path: "value" }],
  ["kv.set", { key: "a", value: 1, ttl: 0 }, { path: "ttl" }],
  ["kv.set", { key: "a", value: 1, ttl: -1 }, { path: "ttl" }],
  ["kv.set", { key: "a", value: 1, ttl: "60" }, { path: "ttl" }],
  ["kv.set", { key: "a", value: 1, ttl_ms: 1.5 }, { path: "ttl_ms" }],
  ["kv.set", { key: "a", value: 1, ttl: 1, ttl_ms: 1 }, { path: "ttl_ms" }],
  ["kv.set", { key: "a", value: 1, ttl: 1, keep_ttl: true }, { path: "keep_ttl" }],
  ["kv.set", { key: "a", value: 1, nx: true, xx: true }, { path: "xx" }],
  ["kv.set", { key: "a", value: 1, nx: "yes" }, { path: "nx" }],
  ["kv.set", { key: "a", value: 1, if_version: -1 }, { path: "if_version" }],
  ["kv.set", { key: "a", value: 1, if: [{ key: "b" }] }, { path: "if[0].version" }],
  ["kv.del", { keys: [] }, { path: "keys" }],
  ["kv.del", { keys: ["a", ""] }, { path: "keys[1]" }],
  ["kv.incr", { key: "a", amount: 1.5 }, { path: "amount" }],
  ["kv.expire", { key: "a" }, { path: "ttl" }],
  ["kv.mset", { entries: [{ key: "a", value: 1 }, { value: 1 }] }, { path: "entries[1].key" }],
  [
    "kv.mset",
    { entries: [{ key: "a", value: 1, ttl: 1, ttl_ms: 1 }] },
    { path: "entries[0].ttl_ms" },
  ],
  ["kv.mset", { entries: [] }, { path: "entries" }],
];

export const kvErrors: readonly ConformanceCase[] = [
  ...invalid.map(
    ([command, payload, details]): ConformanceCase => ({
      name: `${command} ${JSON.stringify(payload).slice(0, 60)}: the error names ${String(details.path)}`,
      async run({ call }) {
        const error = await refusal(call(command, payload), "INVALID_REQUEST", details);
        has({ ...error.details }, { path: details.path });
        has(await call("kv.stats"), { keys: 0 });
      },
    }),
  ),
];

import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import type { ConformanceCase, Fields, Party } from "../types.ts";

/** Reads all pages; between them `meanwhile` runs. */
async function allPages(
  call: Party["call"],
  request: Fields,
  meanwhile: (lastKey: string) => Promise<unknown> = async () => undefined,
): Promise<string[]> {
  const keys: string[] = [];
  let cursor: unknown = null;
  for (;;) {
    const answer = await call("kv.scan", cursor === null ? request : { ...request, cursor });
    keys.push(...(answer.keys as string[]));
    assert.equal(answer.has_more, answer.cursor !== null);
    if (answer.cursor === null) return keys;
    cursor = answer.cursor;
    await meanwhile(keys.at(-1) as string);
  }
}

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `k:${String(i).padStart(4, "0")}`);

const entriesOf = (keys: readonly string[]): Fields => ({
  entries: keys.map((key) => ({ key, value: 1 })),
});

export const kvScan: readonly ConformanceCase[] = [
  {
    name: "kv.scan: all keys in order, page by page",
    async run({ call }) {
      const keys = names(1_000);
      await call("kv.mset", entriesOf([...keys].reverse()));
      assert.deepEqual(await allPages(call, { count: 37 }), keys);
      has(await call("kv.scan", {}), { keys: keys.slice(0, 100), has_more: true });
    },
  },
  {
    name: "kv.scan: only keys that start with the prefix",
    async run({ call }) {
      await call("kv.mset", entriesOf(["a", "b", "b:1", "b:2", "b;", "c"]));
      assert.deepEqual(await allPages(call, { prefix: "b:", count: 1 }), ["b:1", "b:2"]);
      assert.deepEqual(await allPages(call, { prefix: "zz" }), []);
      assert.deepEqual(await allPages(call, { prefix: "" }), ["a", "b", "b:1", "b:2", "b;", "c"]);
    },
  },
  {
    name: "kv.scan: orders by UTF-8 bytes",
    async run({ call }) {
      const keys = ["", "A", "a", "é", "中", "\ue000", "\uffee", "😀", "🫠"].slice(1);
      await call("kv.mset", entriesOf([...keys].reverse()));
      assert.deepEqual(await allPages(call, { count: 2 }), keys);
    },
  },
  {
    name: "kv.scan: a key that exists throughout is never missed nor doubled, whatever is written",
    async run({ call }) {
      const keys = names(300);
      await call("kv.mset", entriesOf(keys));
      const seen = await allPages(call, { count: 10 }, async (lastKey) => {
        await call("kv.del", { keys: [lastKey] }); // the key that the cursor stands on
        await call("kv.mset", entriesOf([`${lastKey}!`, `a${lastKey}`, `z${lastKey}`]));
      });
      assert.equal(new Set(seen).size, seen.length, "no key twice");
      assert.deepEqual(
        seen.filter((key) => /^k:\d+$/.test(key)),
        keys,
      );
    },
  },
  {
    name: "kv.scan: passes over keys that have expired",
    async run({ call, world }) {
      await call("kv.mset", { entries: names(50).map((key) => ({ key, value: 1, ttl_ms: 5 })) });
      await call("kv.set", { key: "k:z", value: 1 });
      await world.advance(5);
      assert.deepEqual(await allPages(call, { count: 10 }), ["k:z"]);
    },
  },
  {
    name: "kv.scan: a cursor that no page returned is refused by name",
    async run({ call }) {
      for (const cursor of ["", "nonsense", "k1.%%%", "k1.gICA"]) {
        await refusal(call("kv.scan", { cursor }), "INVALID_REQUEST", { path: "cursor" });
      }
      await refusal(call("kv.scan", { count: 0 }), "INVALID_REQUEST", { path: "count" });
      await refusal(call("kv.scan", { count: 10_001 }), "INVALID_REQUEST", { path: "count" });
    },
  },
];

import assert from "node:assert/strict";
import { has, refusal, version } from "../expectations.ts";
import type { ConformanceCase } from "../types.ts";

export const kvBasics: readonly ConformanceCase[] = [
  {
    name: "kv.set and kv.get: what was stored comes back, with its version",
    async run({ call }) {
      const stored = await call("kv.set", { key: "user:1", value: { name: "Ada" } });
      has(stored, { success: true, key: "user:1" });
      const read = await call("kv.get", { key: "user:1" });
      has(read, { found: true, value: { name: "Ada" }, ttl: null, version: version(stored) });
    },
  },
  {
    name: "kv.get: a missing key is an answer, not an error",
    async run({ call }) {
      has(await call("kv.get", { key: "nobody" }), {
        found: false,
        value: null,
        ttl: null,
        version: 0,
      });
    },
  },
  {
    name: "kv.set: every write has a newer version",
    async run({ call }) {
      const first = version(await call("kv.set", { key: "a", value: 1 }));
      const other = version(await call("kv.set", { key: "b", value: 1 }));
      const second = version(await call("kv.set", { key: "a", value: 1 }));
      assert(first < other && other < second);
    },
  },
  {
    name: "kv.set nx: only the first one wins, and learns the version of the other",
    async run({ call }) {
      const won = await call("kv.set", { key: "lock", value: "me", nx: true });
      has(won, { success: true });
      const lost = await call("kv.set", { key: "lock", value: "you", nx: true });
      has(lost, { success: false, key: "lock", version: version(won) });
      has(await call("kv.get", { key: "lock" }), { value: "me" });
    },
  },
  {
    name: "kv.set xx: only an existing key is replaced",
    async run({ call }) {
      has(await call("kv.set", { key: "a", value: 1, xx: true }), { success: false, version: 0 });
      has(await call("kv.get", { key: "a" }), { found: false });
      await call("kv.set", { key: "a", value: 1 });
      has(await call("kv.set", { key: "a", value: 2, xx: true }), { success: true });
    },
  },
  {
    name: "kv.set get: answers the value before, and nothing where there was none",
    async run({ call }) {
      const first = await call("kv.set", { key: "a", value: null, get: true });
      assert.equal("previous" in first && first.previous !== undefined, false);
      has(await call("kv.set", { key: "a", value: "two", get: true }), { previous: null });
      has(await call("kv.set", { key: "a", value: 3, get: true }), { previous: "two" });
      has(await call("kv.set", { key: "a", value: 4, get: true, nx: true }), {
        success: false,
        previous: 3,
      });
    },
  },
  {
    name: "kv.set if_version: compare and set",
    async run({ call }) {
      const first = version(await call("kv.set", { key: "a", value: 1 }));
      const second = version(await call("kv.set", { key: "a", value: 2, if_version: first }));
      await refusal(call("kv.set", { key: "a", value: 3, if_version: first }), "VERSION_MISMATCH", {
        key: "a",
        expected: first,
        actual: second,
      });
      has(await call("kv.get", { key: "a" }), { value: 2, version: second });
    },
  },
  {
    name: "kv.set if_version 0: must not exist; on a missing key another version is KEY_NOT_FOUND",
    async run({ call }) {
      await refusal(call("kv.set", { key: "a", value: 1, if_version: 7 }), "KEY_NOT_FOUND");
      const made = version(await call("kv.set", { key: "a", value: 1, if_version: 0 }));
      await refusal(call("kv.set", { key: "a", value: 2, if_version: 0 }), "VERSION_MISMATCH", {
        actual: made,
      });
    },
  },
  {
    name: "kv.set if: conditions on other keys; a missing one is VERSION_MISMATCH with actual 0",
    async run({ call }) {
      const lease = version(await call("kv.set", { key: "lease", value: "me" }));
      const held = [{ key: "lease", version: lease }];
      has(await call("kv.set", { key: "job", value: 1, if: held }), { success: true });
      await call("kv.del", { keys: ["lease"] });
      await refusal(call("kv.set", { key: "job", value: 2, if: held }), "VERSION_MISMATCH", {
        key: "lease",
        expected: lease,
        actual: 0,
      });
      has(await call("kv.set", { key: "job", value: 3, if: [{ key: "lease", version: 0 }] }), {
        success: true,
      });
    },
  },
  {
    name: "kv.del: counts what existed; a key named twice counts once",
    async run({ call }) {
      await call("kv.mset", {
        entries: [
          { key: "a", value: 1 },
          { key: "b", value: 2 },
        ],
      });
      has(await call("kv.del", { keys: ["a", "a", "b", "c"] }), { deleted: 2 });
      has(await call("kv.del", { keys: ["a"] }), { deleted: 0 });
    },
  },
  {
    name: "kv.del if: deletes only while the condition holds",
    async run({ call }) {
      const mine = version(await call("kv.set", { key: "lock", value: "me" }));
      const condition = { key: "lock", version: mine + 1 };
      await refusal(call("kv.del", { keys: ["lock"], if: [condition] }), "VERSION_MISMATCH");
      has(await call("kv.del", { keys: ["lock"], if: [{ key: "lock", version: mine }] }), {
        deleted: 1,
      });
    },
  },
  {
    name: "kv.exists: counts, twice where a key is named twice",
    async run({ call }) {
      await call("kv.set", { key: "a", value: null });
      has(await call("kv.exists", { keys: ["a", "b"] }), { count: 1 });
      has(await call("kv.exists", { keys: ["a", "a"] }), { count: 2 });
    },
  },
  {
    name: "kv.mset: all or none, with one version; the last of a key wins",
    async run({ call }) {
      const entries = [
        { key: "a", value: 1 },
        { key: "b", value: { x: [1] } },
        { key: "a", value: 3 },
      ];
      const made = version(await call("kv.mset", { entries }));
      has(await call("kv.get", { key: "a" }), { value: 3, version: made });
      has(await call("kv.get", { key: "b" }), { value: { x: [1] }, version: made });
      const condition = { key: "a", version: 1 };
      await refusal(
        call("kv.mset", { entries: [{ key: "c", value: 1 }], if: [condition] }),
        "VERSION_MISMATCH",
      );
      has(await call("kv.exists", { keys: ["c"] }), { count: 0 });
    },
  },
  {
    name: "kv.mget: in the order asked, misses in their place",
    async run({ call }) {
      await call("kv.set", { key: "a", value: "x" });
      const { values } = await call("kv.mget", { keys: ["b", "a", "a"] });
      const found = (values as { found: boolean; value: unknown }[]).map((v) => [v.found, v.value]);
      assert.deepEqual(found, [
        [false, null],
        [true, "x"],
        [true, "x"],
      ]);
    },
  },
  {
    name: "kv.stats: counts keys, hits and misses",
    async run({ call }) {
      await call("kv.set", { key: "a", value: "x".repeat(100), ttl: 100 });
      await call("kv.get", { key: "a" });
      await call("kv.get", { key: "b" });
      const stats = await call("kv.stats");
      has(stats, { keys: 1, keys_with_ttl: 1, hits: 1, misses: 1, expired: 0, evicted: 0 });
      assert((stats.bytes as number) > 100);
    },
  },
];

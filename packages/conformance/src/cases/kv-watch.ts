import assert from "node:assert/strict";
import { changes, has, pushed, refusal, until, version } from "../expectations.ts";
import { aSession, noSession, pushes } from "../needs.ts";
import type { ConformanceCase } from "../types.ts";

export const kvWatch: readonly ConformanceCase[] = [
  {
    name: "kv.watch: the current values, synced, then each change with its version",
    needs: pushes,
    async run({ call, party }) {
      const first = version(await call("kv.set", { key: "u:1", value: { n: 1 } }));
      await call("kv.set", { key: "other", value: 0 });
      await call("kv.watch", { prefix: "u:" });
      await pushed(party, "synced", 1);
      const second = version(await call("kv.set", { key: "u:2", value: "two" }));
      await call("kv.set", { key: "other", value: 1 });
      await call("kv.incr", { key: "u:3" });
      await call("kv.del", { keys: ["u:1"] });
      await until(() => changes(party).length === 4, "four changes");
      assert.deepEqual(changes(party), ["put u:1", "put u:2", "put u:3", "delete u:1"]);
      const [one, two, three] = party.pushes.filter((push) => push.type === "watch");
      has(one?.fields ?? {}, { prefix: "u:", value: { n: 1 }, version: first });
      has(two?.fields ?? {}, { value: "two", version: second });
      has(three?.fields ?? {}, { value: 1 });
    },
  },
  {
    name: "kv.watch: hears an expiry as it happens, exactly once",
    needs: pushes,
    async run({ call, party, world }) {
      await call("kv.watch", { prefix: "" });
      await call("kv.set", { key: "a", value: 1, ttl_ms: 100 });
      await world.advance(99);
      assert.deepEqual(changes(party), ["put a"]);
      await world.advance(51);
      await until(() => changes(party).length === 2, "the expiry");
      await call("kv.get", { key: "a" });
      assert.deepEqual(changes(party), ["put a", "expire a"]);
    },
  },
  {
    name: "kv.watch: many keys arrive once each before synced, in order",
    needs: pushes,
    async run({ call, party }) {
      const keys = Array.from({ length: 1_500 }, (_, i) => `k:${String(i).padStart(4, "0")}`);
      await call("kv.mset", { entries: keys.map((key) => ({ key, value: key })) });
      await call("kv.watch", { prefix: "k:" });
      await pushed(party, "synced", 1);
      assert.deepEqual(
        changes(party),
        keys.map((key) => `put ${key}`),
      );
    },
  },
  {
    name: "kv.watch: every change of one turn arrives, also of one key",
    needs: pushes,
    async run({ call, party }) {
      await call("kv.watch", { prefix: "a" });
      await pushed(party, "synced", 1);
      await Promise.all([1, 2, 3].map((value) => call("kv.set", { key: "a", value })));
      await until(() => changes(party).length === 3, "three changes");
      const values = party.pushes.filter((p) => p.type === "watch").map((p) => p.fields.value);
      assert.deepEqual(values, [1, 2, 3]);
    },
  },
  {
    name: "kv.unwatch: ends it; other parties go on",
    needs: pushes,
    async run({ call, party, world }) {
      const other = await world.join();
      await call("kv.watch", { prefix: "a" });
      await other.call("kv.watch", { prefix: "a" });
      await pushed(party, "synced", 1);
      await pushed(other, "synced", 1);
      has(await call("kv.unwatch", { prefix: "a" }), { success: true });
      await call("kv.set", { key: "a", value: 1 });
      await until(() => changes(other).length === 1, "the other's change");
      await call("kv.get", { key: "a" });
      assert.deepEqual(changes(party), []);
      has(await call("kv.stats"), { watchers: 1 });
      await other.close();
      await until(() => true, "a turn");
    },
  },
  {
    name: "session keys: there for all, gone with their session",
    needs: aSession,
    async run({ call, party, world }) {
      const owner = await world.join();
      await call("kv.watch", { prefix: "online:" });
      await owner.call("kv.set", { key: "online:ada", value: 1, session: true });
      await owner.call("kv.set", { key: "stays", value: 1 });
      has(await call("kv.get", { key: "online:ada" }), { found: true, value: 1 });
      has(await call("kv.stats"), { session_keys: 1 });
      await owner.close();
      await world.advance(1_000);
      await until(() => changes(party).length === 2, "the delete");
      assert.deepEqual(changes(party), ["put online:ada", "delete online:ada"]);
      has(await call("kv.exists", { keys: ["online:ada", "stays"] }), { count: 1 });
    },
  },
  {
    name: "session keys: a plain set takes the key away from the session",
    needs: aSession,
    async run({ call, world }) {
      const owner = await world.join();
      await owner.call("kv.set", { key: "a", value: 1, session: true });
      await call("kv.set", { key: "a", value: 2 });
      await owner.close();
      await world.advance(1_000);
      has(await call("kv.get", { key: "a" }), { found: true, value: 2 });
    },
  },
  {
    name: "session keys: one that replaces a durable key leaves nothing behind",
    needs: aSession,
    async run({ call, world }) {
      await call("kv.set", { key: "a", value: "durable" });
      const owner = await world.join();
      await owner.call("kv.set", { key: "a", value: "mine", session: true });
      await owner.close();
      await world.advance(1_000);
      has(await call("kv.get", { key: "a" }), { found: false });
    },
  },
  {
    name: "what binds to a session is refused where there is none, with the reason",
    needs: noSession,
    async run({ call }) {
      await refusal(call("kv.watch", { prefix: "a" }), "INVALID_REQUEST");
      await refusal(call("kv.unwatch", { prefix: "a" }), "INVALID_REQUEST");
      await refusal(call("kv.set", { key: "a", value: 1, session: true }), "INVALID_REQUEST", {
        path: "session",
      });
      has(await call("kv.get", { key: "a" }), { found: false });
    },
  },
];

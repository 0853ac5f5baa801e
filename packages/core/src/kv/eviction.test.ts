import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refusal, refusalCode, run } from "../../test/calls.ts";
import { openLab } from "../../test/lab.ts";
import { turns } from "../../test/turns.ts";
import type { Limits, Session } from "../index.ts";
import { entryBytes } from "./kv-table.ts";

const VALUE = "x".repeat(100);
/** A tag byte and the value; keys are five characters. */
const KEY_BYTES = entryBytes("k0000", VALUE.length + 1);

function lab(keys: number, policy: Limits["evictionPolicy"], more: Partial<Limits> = {}) {
  return openLab({ maxMemoryBytes: keys * KEY_BYTES, evictionPolicy: policy, ...more });
}

function key(i: number): string {
  return `k${String(i).padStart(4, "0")}`;
}

async function fill(session: Session, from: number, to: number, ttl?: number): Promise<void> {
  for (let i = from; i < to; i++) {
    await run(session, "kv.set", { key: key(i), value: VALUE, ttl });
  }
}

async function keysOf(session: Session): Promise<string[]> {
  return (await run(session, "kv.scan", { count: 10_000 })).keys;
}

describe("noeviction", () => {
  test("refuses new data when memory is full, says what to do, and changes nothing", async () => {
    const { caller } = lab(10, "noeviction");
    const session = caller();
    await fill(session, 0, 10);
    const error = await refusal(run(session, "kv.set", { key: key(10), value: VALUE }));
    expect(error.code).toBe("OUT_OF_MEMORY");
    expect(error.retryable).toBe(true);
    expect(error.details).toEqual({ max_memory_bytes: 10 * KEY_BYTES });
    expect(await keysOf(session)).toHaveLength(10);
    expect((await run(session, "kv.stats", {})).evicted).toBe(0);
  });

  test("goes on with reads, deletes, ttls and writes that do not grow", async () => {
    const { caller } = lab(10, "noeviction");
    const session = caller();
    await fill(session, 0, 10);
    expect(await run(session, "kv.get", { key: key(1) })).toMatchObject({ found: true });
    expect(await run(session, "kv.set", { key: key(1), value: "small" })).toMatchObject({
      success: true,
    });
    expect(await run(session, "kv.expire", { key: key(2), ttl: 10 })).toEqual({ success: true });
    const entries = [{ key: key(20), value: VALUE }];
    expect(await refusalCode(run(session, "kv.mset", { entries }))).toBe("OUT_OF_MEMORY");
    expect(await refusalCode(run(session, "kv.incr", { key: "count" }))).toBe("OUT_OF_MEMORY");
    expect(await run(session, "kv.del", { keys: [key(3)] })).toEqual({ deleted: 1 });
    expect(await run(session, "kv.set", { key: key(20), value: VALUE })).toMatchObject({
      success: true,
    });
  });
});

describe("allkeys-lru", () => {
  test("evicts to make room, and never holds more than the limit", async () => {
    const { engine, caller } = lab(50, "allkeys-lru");
    const session = caller();
    for (let i = 0; i < 300; i++) {
      await fill(session, i, i + 1);
      expect(engine.state.kv.table.bytes).toBeLessThanOrEqual(50 * KEY_BYTES);
    }
    expect(await keysOf(session)).toHaveLength(50);
    expect((await run(session, "kv.stats", {})).evicted).toBe(250);
    expect(await run(session, "kv.get", { key: key(299) })).toMatchObject({ found: true });
  });

  test("spares what is used: the least recently used of the sample goes", async () => {
    const { caller } = lab(40, "allkeys-lru", { evictionSamples: 200 });
    const session = caller();
    await fill(session, 0, 40);
    for (let i = 0; i < 40; i += 2) await run(session, "kv.get", { key: key(i) });
    await fill(session, 40, 60);
    const kept = await keysOf(session);
    expect(kept).toEqual([
      ...Array.from({ length: 20 }, (_, i) => key(i * 2)),
      ...Array.from({ length: 20 }, (_, i) => key(40 + i)),
    ]);
  });

  test("journals the victims in the record of the command that needed the room", async () => {
    const { caller, journal } = lab(5, "allkeys-lru");
    const session = caller();
    await fill(session, 0, 6);
    const { effects } = journal.blocks.at(-1)?.records[0] ?? { effects: [] };
    expect(effects).toMatchObject([
      { type: "kv.delete", reason: "evicted" },
      { type: "kv.put", key: key(5) },
    ]);
  });

  test("a watcher hears of a victim as of a delete", async () => {
    const { party, caller } = lab(12, "allkeys-lru", { watchHistoryEvents: 2 });
    const socket = party();
    socket.request("kv.watch", { prefix: "" });
    await fill(caller(), 0, 14);
    await turns(2);
    const ops = socket.pushes("watch").map(({ op }) => op);
    expect(ops.filter((op) => op === "delete").length).toBeGreaterThan(0);
  });

  test("never evicts what the command itself writes", async () => {
    const { caller } = lab(4, "allkeys-lru");
    const session = caller();
    await fill(session, 0, 4);
    const entries = [key(0), key(1), "new"].map((name) => ({ key: name, value: VALUE }));
    await run(session, "kv.mset", { entries });
    const kept = await keysOf(session);
    expect(kept).toEqual(expect.arrayContaining([key(0), key(1), "new"]));
    expect(kept.length).toBeLessThanOrEqual(4);
  });

  test("keys that are bound to a session are never victims", async () => {
    const { party, caller } = lab(10, "allkeys-lru");
    const { session } = party();
    for (let i = 0; i < 10; i++) {
      await run(session, "kv.set", { key: key(i), value: VALUE, session: true });
    }
    const refused = run(caller(), "kv.set", { key: "other", value: VALUE });
    expect(await refusalCode(refused)).toBe("OUT_OF_MEMORY");
    expect(await keysOf(session)).toHaveLength(10);
    await run(session, "kv.set", { key: key(0), value: VALUE }); // no longer bound
    await run(caller(), "kv.set", { key: "other", value: VALUE });
    expect(await keysOf(session)).toEqual([
      ...Array.from({ length: 9 }, (_, i) => key(i + 1)),
      "other",
    ]);
  });

  test("a command evicts at most as many as the limit says, and then nothing", async () => {
    const { caller } = lab(40, "allkeys-lru", { maxEvictionsPerCommand: 5 });
    const session = caller();
    await fill(session, 0, 40);
    const large = { key: "large", value: "x".repeat(20 * KEY_BYTES) };
    expect(await refusalCode(run(session, "kv.set", large))).toBe("OUT_OF_MEMORY");
    expect(await keysOf(session)).toHaveLength(40);
    await run(session, "kv.set", { key: "fits", value: "x".repeat(4 * KEY_BYTES) });
    expect(await keysOf(session)).toHaveLength(36);
  });
});

describe("volatile-ttl", () => {
  test("takes the key that expires next, and only keys that expire", async () => {
    const { caller } = lab(10, "volatile-ttl", { evictionSamples: 200 });
    const session = caller();
    await fill(session, 0, 5);
    for (let i = 5; i < 10; i++) await fill(session, i, i + 1, 1_000 - i);
    await fill(session, 10, 13);
    expect(await keysOf(session)).toEqual([0, 1, 2, 3, 4, 5, 6, 10, 11, 12].map(key));
  });

  test("refuses when nothing expires", async () => {
    const { caller } = lab(3, "volatile-ttl");
    const session = caller();
    await fill(session, 0, 3);
    const refused = run(session, "kv.set", { key: "more", value: VALUE });
    expect(await refusalCode(refused)).toBe("OUT_OF_MEMORY");
  });

  test("session keys are no victims here either", async () => {
    const { party, caller } = lab(2, "volatile-ttl");
    const { session } = party();
    for (const i of [0, 1]) {
      await run(session, "kv.set", { key: key(i), value: VALUE, session: true, ttl: 100 });
    }
    const refused = run(caller(), "kv.set", { key: "more", value: VALUE });
    expect(await refusalCode(refused)).toBe("OUT_OF_MEMORY");
  });
});

describe("the account of memory", () => {
  test("counts what sockets hold: above the second mark those that do not drain are cut", async () => {
    const { party, caller } = lab(10, "noeviction");
    const [slow, busy, idle] = [party(), party(), party()];
    slow.writable = false;
    slow.session.buffered(9 * KEY_BYTES);
    busy.session.buffered(KEY_BYTES);
    await run(caller(), "kv.get", { key: "a" });
    expect(slow.ended).toBeNull();
    slow.session.buffered(11 * KEY_BYTES);
    await run(caller(), "kv.get", { key: "a" });
    expect([slow.ended, busy.ended, idle.ended]).toEqual(["too slow, memory is short", null, null]);
    await run(caller(), "kv.get", { key: "a" });
    expect(await run(caller(), "kv.set", { key: key(0), value: VALUE })).toMatchObject({
      success: true,
    });
  });

  test("new data is refused while sockets hold the memory, reads are not", async () => {
    const { party, caller } = lab(10, "noeviction");
    const socket = party();
    socket.session.buffered(10 * KEY_BYTES);
    const session = caller();
    await run(session, "kv.get", { key: "a" });
    const write = (): Promise<unknown> => run(session, "kv.set", { key: key(0), value: VALUE });
    expect(await refusalCode(write())).toBe("OUT_OF_MEMORY");
    socket.session.buffered(0);
    await run(session, "kv.get", { key: "a" });
    await write();
  });

  test("bytes are what is there: whatever is written and deleted, nothing is left of it", async () => {
    const steps = fc.array(
      fc.record({ i: fc.nat(5), length: fc.nat(40_000), deletes: fc.boolean() }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { engine, caller } = openLab();
        const session = caller();
        const sizes = new Map<string, number>();
        for (const { i, length, deletes } of all) {
          if (deletes) {
            await run(session, "kv.del", { keys: [key(i)] });
            sizes.delete(key(i));
          } else {
            await run(session, "kv.set", { key: key(i), value: "x".repeat(length) });
            sizes.set(key(i), entryBytes(key(i), length + 1));
          }
          const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
          expect(engine.state.kv.table.bytes).toBe(bytes);
        }
      }),
      { numRuns: 50 },
    );
  });
});

import { describe, expect, test } from "vitest";
import { refusalCode, run } from "../../test/calls.ts";
import { openLab } from "../../test/lab.ts";
import { StallingClock } from "../../test/stalling-clock.ts";
import { turns } from "../../test/turns.ts";
import { MAX_TIMER_MS, manualClock } from "../clock.ts";

const LONG_MS = 3 * MAX_TIMER_MS;

describe("active expiry", () => {
  test("K2: a key goes when its time comes, and its watchers hear of it", async () => {
    const { engine, party, caller, advance } = openLab();
    const socket = party();
    socket.request("kv.watch", { prefix: "" });
    await run(caller(), "kv.set", { key: "a", value: 1, ttl_ms: 100 });
    await advance(99);
    expect(engine.state.kv.table.size).toBe(1);
    await advance(1);
    expect(engine.state.kv.table.size).toBe(0);
    expect(socket.pushes("watch").map(({ op }) => op)).toEqual(["put", "expire"]);
    expect((await run(caller(), "kv.stats", {})).expired).toBe(1);
  });

  test("10 000 keys that are due at once all go, a bounded number a turn", async () => {
    const { engine, caller, journal, advance } = openLab({ maxExpiriesPerTurn: 500 });
    const entries = Array.from({ length: 10_000 }, (_, i) => ({
      key: `k${i}`,
      value: i,
      ttl_ms: 100,
    }));
    await run(caller(), "kv.mset", { entries });
    await advance(100);
    expect(engine.state.kv.table.size).toBe(0);
    const records = journal.blocks.slice(1).flatMap((block) => block.records);
    expect(records.map(({ effects }) => effects.length)).toEqual(Array(20).fill(500));
  });

  test("between its turns others are served", async () => {
    const clock = new StallingClock();
    const { engine, caller } = openLab({ maxExpiriesPerTurn: 10 }, clock);
    const session = caller();
    const entries = Array.from({ length: 100 }, (_, i) => ({ key: `k${i}`, value: i, ttl_ms: 10 }));
    await run(session, "kv.mset", { entries });
    await clock.stall(10);
    expect(engine.state.kv.table.size).toBe(90);
    expect(await run(session, "kv.exists", { keys: entries.map(({ key }) => key) })).toEqual({
      count: 0,
    });
    for (let i = 0; i < 9; i++) await clock.stall(0);
    expect(engine.state.kv.table.size).toBe(0);
    expect(clock.timers).toBe(0);
  });

  test("a timer that was set for a later key gives way to an earlier one", async () => {
    const lab = openLab();
    const { engine, advance } = lab;
    const session = lab.caller();
    await run(session, "kv.set", { key: "late", value: 1, ttl_ms: 1_000 });
    await run(session, "kv.set", { key: "soon", value: 1, ttl_ms: 10 });
    expect(lab.timers).toBe(1);
    await advance(10);
    expect(engine.state.kv.table.find("soon")).toBeLessThan(0);
    expect(engine.state.kv.table.find("late")).toBeGreaterThanOrEqual(0);
    await advance(990);
    expect(engine.state.kv.table.size).toBe(0);
  });

  test("a ttl longer than the longest timer is kept to", async () => {
    const { engine, caller, advance } = openLab();
    await run(caller(), "kv.set", { key: "a", value: 1, ttl_ms: LONG_MS });
    await advance(LONG_MS - 1);
    expect(engine.state.kv.table.size).toBe(1);
    await advance(1);
    expect(engine.state.kv.table.size).toBe(0);
  });

  test("a key whose ttl was taken away or lengthened stays", async () => {
    const { caller, advance } = openLab();
    const session = caller();
    for (const key of ["kept", "longer"]) {
      await run(session, "kv.set", { key, value: 1, ttl_ms: 100 });
    }
    await run(session, "kv.persist", { key: "kept" });
    await run(session, "kv.expire", { key: "longer", ttl_ms: 200 });
    await advance(199);
    expect(await run(session, "kv.exists", { keys: ["kept", "longer"] })).toEqual({ count: 2 });
    await advance(1);
    expect(await run(session, "kv.exists", { keys: ["kept", "longer"] })).toEqual({ count: 1 });
  });
});

describe("a key that has expired and was not removed yet", () => {
  /** Time passes without a timer: the wall clock is set forward. */
  async function withExpired() {
    let jumped = 0;
    const manual = manualClock();
    const lab = openLab({}, { ...manual, wallMs: () => manual.wallMs() + jumped });
    const session = lab.caller();
    await run(session, "kv.set", { key: "gone", value: 7, ttl_ms: 1_000 });
    await run(session, "kv.set", { key: "here", value: 1 });
    const { version } = await run(session, "kv.get", { key: "gone" });
    jumped = 1_000;
    expect(lab.engine.state.kv.table.find("gone")).toBeGreaterThanOrEqual(0);
    return { ...lab, session, version };
  }

  test("is not there for any command", async () => {
    const { session, version } = await withExpired();
    const key = "gone";
    expect(await run(session, "kv.get", { key })).toEqual({
      found: false,
      value: null,
      ttl: null,
      version: 0,
    });
    expect(await run(session, "kv.exists", { keys: [key] })).toEqual({ count: 0 });
    expect((await run(session, "kv.mget", { keys: [key] })).values[0]?.found).toBe(false);
    expect((await run(session, "kv.scan", {})).keys).toEqual(["here"]);
    expect(await run(session, "kv.del", { keys: [key] })).toEqual({ deleted: 0 });
    expect(await refusalCode(run(session, "kv.ttl", { key }))).toBe("KEY_NOT_FOUND");
    expect(await refusalCode(run(session, "kv.expire", { key, ttl: 9 }))).toBe("KEY_NOT_FOUND");
    expect(await refusalCode(run(session, "kv.persist", { key }))).toBe("KEY_NOT_FOUND");
    const set = run(session, "kv.set", { key, value: 1, if_version: version });
    expect(await refusalCode(set)).toBe("KEY_NOT_FOUND");
    expect(await run(session, "kv.set", { key, value: 1, xx: true })).toMatchObject({
      success: false,
      version: 0,
    });
  });

  test("is made anew by a write: no old value, no old ttl", async () => {
    const { session } = await withExpired();
    expect(await run(session, "kv.incr", { key: "gone" })).toEqual({ value: 1 });
    expect(await run(session, "kv.ttl", { key: "gone" })).toEqual({ ttl: null, ttl_ms: null });
  });

  test("is made anew by nx, and keep_ttl keeps nothing of it", async () => {
    const { session } = await withExpired();
    const set = { key: "gone", value: 2, nx: true, keep_ttl: true, get: true };
    const answer = await run(session, "kv.set", set);
    expect(answer.success).toBe(true);
    expect(answer).not.toHaveProperty("previous");
    expect(await run(session, "kv.ttl", { key: "gone" })).toEqual({ ttl: null, ttl_ms: null });
  });

  test("is not among the values that a watch begins with", async () => {
    const { party } = await withExpired();
    const socket = party();
    socket.request("kv.watch", { prefix: "" });
    await turns(3);
    expect(socket.pushes("watch").map(({ key }) => key)).toEqual(["here"]);
  });
});

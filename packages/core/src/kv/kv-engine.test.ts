import { describe, expect, test } from "vitest";
import { refusal, run } from "../../test/calls.ts";
import { openLab } from "../../test/lab.ts";
import { turns } from "../../test/turns.ts";
import { foldRecords, imageOf, keysImage } from "../internal.ts";

describe("refusals say what is wrong", () => {
  test("a version that does not hold: key, expected and actual", async () => {
    const session = openLab().caller();
    const { version } = await run(session, "kv.set", { key: "a", value: 1 });
    const expected = version + 1;
    const cases = [
      run(session, "kv.set", { key: "a", value: 2, if_version: expected }),
      run(session, "kv.set", { key: "b", value: 2, if: [{ key: "a", version: expected }] }),
      run(session, "kv.del", { keys: ["b"], if: [{ key: "a", version: expected }] }),
      run(session, "kv.mset", {
        entries: [{ key: "b", value: 1 }],
        if: [{ key: "a", version: expected }],
      }),
      run(session, "kv.incr", { key: "b", if: [{ key: "a", version: expected }] }),
    ];
    for (const refused of cases) {
      const { code, details } = await refusal(refused);
      expect([code, details]).toEqual([
        "VERSION_MISMATCH",
        { key: "a", expected, actual: version },
      ]);
    }
  });

  test("a key that does not exist: KEY_NOT_FOUND for if_version, VERSION_MISMATCH for if", async () => {
    const session = openLab().caller();
    const own = await refusal(run(session, "kv.set", { key: "a", value: 1, if_version: 7 }));
    expect([own.code, own.details]).toEqual(["KEY_NOT_FOUND", { key: "a" }]);
    const conditions = [{ key: "other", version: 7 }];
    const other = await refusal(run(session, "kv.set", { key: "a", value: 1, if: conditions }));
    expect([other.code, other.details]).toEqual([
      "VERSION_MISMATCH",
      { key: "other", expected: 7, actual: 0 },
    ]);
  });

  test("version 0 means: must not exist", async () => {
    const session = openLab().caller();
    const set = { key: "a", value: 1, if_version: 0, if: [{ key: "b", version: 0 }] };
    const { version } = await run(session, "kv.set", set);
    expect((await refusal(run(session, "kv.set", set))).details).toEqual({
      key: "a",
      expected: 0,
      actual: version,
    });
  });

  test("a value that is too large: its path, its size and the limit", async () => {
    const session = openLab({ maxValueBytes: 100 }).caller();
    const fits = "x".repeat(100);
    expect(await run(session, "kv.set", { key: "a", value: fits })).toMatchObject({
      success: true,
    });
    const single = await refusal(run(session, "kv.set", { key: "a", value: `${fits}x` }));
    expect([single.code, single.details]).toEqual([
      "PAYLOAD_TOO_LARGE",
      { path: "value", limit: 100, actual: 101 },
    ]);
    const entries = [
      { key: "b", value: 1 },
      { key: "c", value: new Uint8Array(101) },
    ];
    const many = await refusal(run(session, "kv.mset", { entries }));
    expect(many.details).toEqual({ path: "entries[1].value", limit: 100, actual: 101 });
    expect(await run(session, "kv.exists", { keys: ["b"] })).toEqual({ count: 0 });
  });

  test("an answer that is too large: mget over the frame's limit", async () => {
    const session = openLab({ maxFrameBytes: 1_000 }).caller();
    await run(session, "kv.set", { key: "a", value: "x".repeat(400) });
    expect((await run(session, "kv.mget", { keys: ["a", "a"] })).values).toHaveLength(2);
    const error = await refusal(run(session, "kv.mget", { keys: ["a", "a", "a"] }));
    expect([error.code, error.details.limit]).toEqual(["PAYLOAD_TOO_LARGE", 1_000]);
  });

  test("a value that cannot be counted, and a count that leaves 2^53", async () => {
    const session = openLab().caller();
    await run(session, "kv.set", { key: "word", value: "seven" });
    await run(session, "kv.set", { key: "most", value: Number.MAX_SAFE_INTEGER });
    expect((await refusal(run(session, "kv.incr", { key: "word" }))).code).toBe("NOT_A_NUMBER");
    expect((await refusal(run(session, "kv.incr", { key: "most" }))).code).toBe("OUT_OF_RANGE");
    expect(await run(session, "kv.decr", { key: "most" })).toEqual({
      value: Number.MAX_SAFE_INTEGER - 1,
    });
  });

  test("an entry with two ttls, by its index", async () => {
    const session = openLab().caller();
    const entries = [
      { key: "a", value: 1 },
      { key: "b", value: 1, ttl: 1, ttl_ms: 1 },
    ];
    expect(await refusal(run(session, "kv.mset", { entries }))).toMatchObject({
      code: "INVALID_REQUEST",
      details: { path: "entries[1].ttl_ms" },
    });
    expect(await run(session, "kv.exists", { keys: ["a"] })).toEqual({ count: 0 });
  });

  test("a session key without a session that lasts", async () => {
    const session = openLab().caller();
    const error = await refusal(run(session, "kv.set", { key: "a", value: 1, session: true }));
    expect([error.code, error.details.path]).toEqual(["INVALID_REQUEST", "session"]);
  });

  test("a long key is not repeated whole", async () => {
    const session = openLab().caller();
    const error = await refusal(run(session, "kv.ttl", { key: "x".repeat(4_000) }));
    expect(error.message.length).toBeLessThan(200);
  });
});

describe("times to live", () => {
  test.each([
    [{ ttl: 2 }, { ttl: 2, ttl_ms: 2_000 }],
    [{ ttl: 1.5 }, { ttl: 2, ttl_ms: 1_500 }],
    [{ ttl: 0.0001 }, { ttl: 1, ttl_ms: 1 }],
    [{ ttl_ms: 1 }, { ttl: 1, ttl_ms: 1 }],
    [{ ttl_ms: 1_001 }, { ttl: 2, ttl_ms: 1_001 }],
    [{ ttl: 1e10 }, { ttl: 1e10, ttl_ms: 1e13 }],
    [{}, { ttl: null, ttl_ms: null }],
  ])("%j reads back as %j", async (given, read) => {
    const session = openLab().caller();
    await run(session, "kv.set", { key: "a", value: 1, ...given });
    expect(await run(session, "kv.ttl", { key: "a" })).toEqual(read);
    expect((await run(session, "kv.get", { key: "a" })).ttl).toBe(read.ttl);
  });
});

describe("answers", () => {
  test("outlive what later commands of the same turn write in their place", async () => {
    const session = openLab().caller();
    await run(session, "kv.set", { key: "a", value: "before" });
    const read = run(session, "kv.get", { key: "a" });
    const swapped = run(session, "kv.set", { key: "a", value: "middle", get: true });
    await run(session, "kv.set", { key: "a", value: "after!" });
    expect(await read).toMatchObject({ value: "before" });
    expect(await swapped).toMatchObject({ previous: "before" });
  });

  test("stats count keys, hits and misses", async () => {
    const { party } = openLab();
    const { session } = party();
    await run(session, "kv.set", { key: "a", value: 1, ttl: 10 });
    await run(session, "kv.set", { key: "b", value: 1, session: true });
    await run(session, "kv.mget", { keys: ["a", "b", "c"] });
    await run(session, "kv.get", { key: "d" });
    expect(await run(session, "kv.stats", {})).toMatchObject({
      keys: 2,
      keys_with_ttl: 1,
      session_keys: 1,
      hits: 2,
      misses: 2,
      max_memory_bytes: null,
      eviction_policy: "noeviction",
    });
  });
});

describe("K3: a key that is bound to a session", () => {
  test("goes with it, and leaves nothing in the journal", async () => {
    const { party, caller, journal } = openLab();
    const socket = party();
    await run(socket.session, "kv.set", { key: "mine", value: 1, session: true, ttl: 100 });
    await run(socket.session, "kv.incr", { key: "mine" });
    await run(socket.session, "kv.expire", { key: "mine", ttl: 50 });
    await run(socket.session, "kv.persist", { key: "mine" });
    socket.session.close("done");
    expect(await run(caller(), "kv.exists", { keys: ["mine"] })).toEqual({ count: 0 });
    expect(journal.blocks).toEqual([]);
  });

  test("that replaces a durable one journals that one's end", async () => {
    const { party, caller, journal, engine } = openLab();
    await run(caller(), "kv.set", { key: "a", value: "durable" });
    const socket = party();
    await run(socket.session, "kv.set", { key: "a", value: "bound", session: true });
    const records = journal.blocks.flatMap((block) => block.records);
    expect(records.at(-1)?.effects).toEqual([
      { type: "kv.delete", key: "a", reason: "rebound", volatile: false },
    ]);
    expect(keysImage(foldRecords(records).kv)).toEqual([]);
    expect(keysImage(engine.state.kv)).toEqual([]);
    await run(socket.session, "kv.set", { key: "a", value: "bound again", session: true });
    expect(journal.blocks.flatMap((block) => block.records)).toHaveLength(records.length);
    socket.session.close("done");
    expect(await run(caller(), "kv.get", { key: "a" })).toMatchObject({ found: false });
  });

  test("that is written without binding is durable again, and stays", async () => {
    const { party, caller, journal, engine } = openLab();
    const socket = party();
    await run(socket.session, "kv.set", { key: "a", value: 1, session: true });
    await run(caller(), "kv.set", { key: "a", value: 2 });
    socket.session.close("done");
    expect(await run(caller(), "kv.get", { key: "a" })).toMatchObject({ value: 2 });
    const records = journal.blocks.flatMap((block) => block.records);
    expect(imageOf(foldRecords(records))).toEqual(imageOf(engine.state));
  });

  test("belongs to the session that bound it last", async () => {
    const { party, caller } = openLab();
    const [one, two] = [party(), party()];
    await run(one.session, "kv.set", { key: "a", value: 1, session: true });
    await run(two.session, "kv.set", { key: "a", value: 2, session: true });
    one.session.close("done");
    expect(await run(caller(), "kv.get", { key: "a" })).toMatchObject({ value: 2 });
    two.session.close("done");
    await turns(1);
    expect(await run(caller(), "kv.get", { key: "a" })).toMatchObject({ found: false });
  });
});

import { describe, expect, test } from "vitest";
import { run } from "../../test/calls.ts";
import { openLab } from "../../test/lab.ts";
import type { Party } from "../../test/party.ts";
import { StallingClock } from "../../test/stalling-clock.ts";
import { turns } from "../../test/turns.ts";

const CLIENT = { client_id: "one" };

/** A party that has said hello, watches everything under "a" and has a key of its own. */
async function settled(lab: ReturnType<typeof openLab>): Promise<{ old: Party; token: unknown }> {
  const old = lab.party();
  const { resume } = await old.hello(CLIENT);
  old.request("kv.watch", { prefix: "a" });
  old.request("kv.set", { key: "a:mine", value: 1, session: true });
  await turns(3);
  return { old, token: resume };
}

async function keysOf(lab: ReturnType<typeof openLab>): Promise<string[]> {
  return (await run(lab.caller(), "kv.scan", {})).keys;
}

function watched(party: Party): unknown[] {
  return party.pushes("watch").map(({ op, key }) => `${String(op)} ${String(key)}`);
}

describe("hello", () => {
  test("states what the server is", async () => {
    const lab = openLab({ maxFrameBytes: 5_000, maxValueBytes: 4_000 });
    const fields = await lab.party().hello(CLIENT);
    expect(fields).toEqual({
      session: expect.any(String),
      resume: expect.any(String),
      resumed: false,
      boot_id: lab.engine.bootId,
      version: "1.2.3",
      protocol: 1,
      features: ["kv", "queue", "stream", "pubsub", "batch"],
      limits: { max_frame_bytes: 5_000, max_value_bytes: 4_000 },
      durability: "memory",
    });
    expect(fields.resume).not.toBe(fields.session);
  });

  test("a token that nobody knows takes up nothing", async () => {
    const { party } = openLab();
    expect(await party().hello({ ...CLIENT, resume: "guessed" })).toMatchObject({ resumed: false });
  });
});

describe("a lost session", () => {
  test("is taken up with its token: watch and session keys go on", async () => {
    const lab = openLab();
    const { old, token } = await settled(lab);
    old.session.lose();
    await lab.advance(499);
    await run(lab.caller(), "kv.set", { key: "a:missed", value: 2 });
    const party = lab.party();
    expect(await party.hello({ ...CLIENT, resume: token })).toMatchObject({ resumed: true });
    expect(old.ended).toBe("taken up by a new connection");
    await lab.advance(10_000);
    expect(await keysOf(lab)).toEqual(["a:mine", "a:missed"]);
    await run(lab.caller(), "kv.set", { key: "a:later", value: 3 });
    expect(watched(party)).toEqual(["put a:missed", "put a:later"]);
    party.session.close("done");
    expect(await keysOf(lab)).toEqual(["a:later", "a:missed"]);
  });

  test("F3: a change of the very turn in which it is taken up is not missed", async () => {
    const lab = openLab();
    const { old, token } = await settled(lab);
    old.session.lose();
    const caller = lab.caller();
    const party = lab.party();
    const change = run(caller, "kv.set", { key: "a:now", value: 1 });
    await party.hello({ ...CLIENT, resume: token });
    await change;
    expect(watched(party)).toEqual(["put a:now"]);
  });

  test("F1: a watch that was still sending its values goes on where it was", async () => {
    const lab = openLab();
    const entries = Array.from({ length: 600 }, (_, i) => ({ key: `a${1_000 + i}`, value: i }));
    await run(lab.caller(), "kv.mset", { entries });
    const old = lab.party();
    const { resume } = await old.hello(CLIENT);
    old.request("kv.watch", { prefix: "a" });
    await turns(1);
    old.session.lose();
    const before = watched(old);
    expect(before).toHaveLength(256);
    await run(lab.caller(), "kv.del", { keys: ["a1000", "a1599"] });
    const party = lab.party();
    await party.hello({ ...CLIENT, resume });
    await turns(5);
    const keys = new Set(before);
    for (const change of watched(party)) {
      if (change !== "delete a1000") expect(keys.has(change)).toBe(false);
      keys.add(change);
    }
    expect(watched(party)).toContain("delete a1000");
    expect(keys.has("put a1599")).toBe(false);
    expect(keys.size).toBe(600);
    expect(party.pushes("synced")).toHaveLength(1);
  });

  test("F2: a watch that is behind goes on where it was", async () => {
    const lab = openLab();
    const { old, token } = await settled(lab);
    old.writable = false;
    await run(lab.caller(), "kv.set", { key: "a:1", value: 1 });
    old.session.lose();
    await run(lab.caller(), "kv.set", { key: "a:2", value: 1 });
    const party = lab.party();
    await party.hello({ ...CLIENT, resume: token });
    await turns(3);
    expect(watched(party)).toEqual(["put a:1", "put a:2"]);
  });

  test("ends with its grace: its keys go, its watches end, its token is worth nothing", async () => {
    const lab = openLab();
    const { old, token } = await settled(lab);
    old.session.lose();
    await lab.advance(500);
    expect(await keysOf(lab)).toEqual([]);
    expect((await run(lab.caller(), "kv.stats", {})).watchers).toBe(0);
    const party = lab.party();
    expect(await party.hello({ ...CLIENT, resume: token })).toMatchObject({ resumed: false });
    expect(lab.timers).toBe(0);
  });

  test("is not taken up by another client, nor by one that does not say who it is", async () => {
    const lab = openLab();
    const { old, token } = await settled(lab);
    old.session.lose();
    for (const fields of [{ client_id: "two" }, {}]) {
      const thief = lab.party();
      expect(await thief.hello({ ...fields, resume: token })).toMatchObject({ resumed: false });
      thief.session.close("caught");
    }
    expect(await keysOf(lab)).toEqual(["a:mine"]);
    const party = lab.party();
    expect(await party.hello({ ...CLIENT, resume: token })).toMatchObject({ resumed: true });
  });

  test("is taken up once, and its successor in turn", async () => {
    const lab = openLab();
    const { old, token } = await settled(lab);
    old.session.lose();
    const second = lab.party();
    const { resume } = await second.hello({ ...CLIENT, resume: token });
    const late = lab.party();
    expect(await late.hello({ ...CLIENT, resume: token })).toMatchObject({ resumed: false });
    second.session.lose();
    const third = lab.party();
    expect(await third.hello({ ...CLIENT, resume })).toMatchObject({ resumed: true });
    await lab.advance(1_000);
    expect(await keysOf(lab)).toEqual(["a:mine"]);
    await run(lab.caller(), "kv.set", { key: "a:x", value: 1 });
    expect(watched(third)).toEqual(["put a:x"]);
    third.session.close("done");
    expect(await keysOf(lab)).toEqual(["a:x"]);
  });

  test("is not taken up by a session that has keys of its own", async () => {
    const lab = openLab();
    const { old, token } = await settled(lab);
    old.session.lose();
    const party = lab.party();
    party.request("kv.set", { key: "own", value: 1, session: true });
    expect(await party.hello({ ...CLIENT, resume: token })).toMatchObject({ resumed: false });
    await lab.advance(500);
    expect(await keysOf(lab)).toEqual(["own"]);
  });

  test("a watch that the new session has begun itself stays its own", async () => {
    const lab = openLab();
    const { old, token } = await settled(lab);
    old.session.lose();
    const party = lab.party();
    party.request("kv.watch", { prefix: "a" });
    await party.hello({ ...CLIENT, resume: token });
    await turns(3);
    await run(lab.caller(), "kv.set", { key: "a:x", value: 1 });
    expect(watched(party)).toEqual(["put a:mine", "put a:x"]);
    expect((await run(lab.caller(), "kv.stats", {})).watchers).toBe(1);
  });

  test("what it takes up does not lift the limit on watches", async () => {
    const lab = openLab({ maxWatchesPerSession: 2 });
    const { old, token } = await settled(lab);
    old.session.lose();
    const party = lab.party();
    for (const prefix of ["b", "c"]) party.request("kv.watch", { prefix });
    await party.hello({ ...CLIENT, resume: token });
    expect((await run(lab.caller(), "kv.stats", {})).watchers).toBe(2);
  });

  test("one that has not been missed yet is taken up and ended", async () => {
    const lab = openLab();
    const { old, token } = await settled(lab);
    const party = lab.party();
    expect(await party.hello({ ...CLIENT, resume: token })).toMatchObject({ resumed: true });
    expect(old.ended).not.toBeNull();
    expect(await keysOf(lab)).toEqual(["a:mine"]);
  });

  test("C2: one whose hello waited in the socket during a stall is taken up", async () => {
    const clock = new StallingClock();
    const lab = openLab({}, clock);
    const { old, token } = await settled(lab);
    old.session.lose();
    await clock.pass(100);
    const stalled = clock.stall(900);
    const party = lab.party(); // read in the poll that follows the stall
    const { resumed } = await party.hello({ ...CLIENT, resume: token });
    await stalled;
    expect(resumed).toBe(true);
    expect(await keysOf(lab)).toEqual(["a:mine"]);
  });

  test("C1: a stall in the middle of the grace does not shorten what is left for others", async () => {
    const clock = new StallingClock();
    const lab = openLab({}, clock);
    const parties = await Promise.all([settled(lab), settled(lab)]);
    const [first, second] = parties as [(typeof parties)[0], (typeof parties)[0]];
    first.old.session.lose();
    await clock.pass(300);
    second.old.session.lose();
    await clock.stall(5_000);
    const party = lab.party();
    expect(await party.hello({ ...CLIENT, resume: second.token })).toMatchObject({ resumed: true });
  });
});

describe("a close frame", () => {
  test("ends a session at once: no grace, nothing to take up", async () => {
    const lab = openLab();
    const { old, token } = await settled(lab);
    old.session.close("the peer closed");
    expect(await keysOf(lab)).toEqual([]);
    expect(lab.timers).toBe(0);
    const party = lab.party();
    expect(await party.hello({ ...CLIENT, resume: token })).toMatchObject({ resumed: false });
  });

  test("ends a lost session before its grace is over", async () => {
    const lab = openLab();
    const { old } = await settled(lab);
    old.session.lose();
    expect(lab.timers).toBe(1);
    old.session.close("gave up");
    expect(lab.timers).toBe(0);
    expect(await keysOf(lab)).toEqual([]);
  });
});

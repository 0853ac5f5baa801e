import { describe, expect, test } from "vitest";
import { refusalCode, run } from "../test/calls.ts";
import { openLab } from "../test/lab.ts";
import { turns, waitFor } from "../test/turns.ts";
import { manualClock, openEngine } from "./index.ts";
import { recordingJournal } from "./internal.ts";

/** Whether a promise has settled after a few turns, and how. */
async function stateOf(promise: Promise<unknown>): Promise<"pending" | "kept" | "broken"> {
  const settled = promise.then(
    () => "kept" as const,
    () => "broken" as const,
  );
  return Promise.race([settled, turns(5).then(() => "pending" as const)]);
}

describe("one sequence", () => {
  test("E1: every write takes the next seq, and it is the version it answers", async () => {
    const { caller, journal } = openLab();
    const session = caller();
    const versions = await Promise.all(
      ["a", "b", "a", "c"].map((key) => run(session, "kv.set", { key, value: 0 })),
    );
    const seqs = versions.map(({ version }) => version);
    expect(seqs).toEqual([...seqs.keys()].map((i) => (seqs[0] as number) + i));
    expect(journal.blocks.flatMap(({ records }) => records.map(({ seq }) => seq))).toEqual(seqs);
  });

  test("E1: the effects of one command share its seq", async () => {
    const { caller, journal } = openLab();
    const entries = ["a", "b", "c"].map((key) => ({ key, value: 0 }));
    const { version } = await run(caller(), "kv.mset", { entries });
    expect(journal.blocks.flatMap(({ records }) => records)).toMatchObject([
      { seq: version, effects: [{ key: "a" }, { key: "b" }, { key: "c" }] },
    ]);
  });

  test("E1: a command that changes nothing takes no seq", async () => {
    const { caller, journal } = openLab();
    const session = caller();
    await run(session, "kv.del", { keys: ["a"] });
    await run(session, "kv.set", { key: "a", value: 1, xx: true });
    await run(session, "kv.get", { key: "a" });
    expect(journal.blocks).toEqual([]);
  });

  test("E3: what ran in one turn is one block, and blocks follow each other", async () => {
    const { caller, journal } = openLab();
    const session = caller();
    for (const count of [3, 1, 2]) {
      await Promise.all(
        Array.from({ length: count }, (_, i) => run(session, "kv.set", { key: `k${i}`, value: i })),
      );
    }
    expect(journal.blocks.map(({ records }) => records.length)).toEqual([3, 1, 2]);
    for (const block of journal.blocks) {
      expect(block.firstSeq).toBe(block.records[0]?.seq);
      expect(block.lastSeq).toBe(block.records.at(-1)?.seq);
    }
  });

  test("E4: time never goes back, also if the wall clock does", async () => {
    let wallMs = 1_000_000;
    const clock = { ...manualClock(), wallMs: () => wallMs };
    const journal = recordingJournal();
    const engine = await openEngine({ clock, journal });
    const session = engine.open();
    await run(session, "kv.set", { key: "a", value: 1, ttl_ms: 1_000 });
    wallMs = 500_000;
    expect(await run(session, "kv.ttl", { key: "a" })).toEqual({ ttl: 1, ttl_ms: 1_000 });
    await run(session, "kv.set", { key: "b", value: 1, ttl_ms: 1_000 });
    wallMs = 1_001_000;
    expect(await run(session, "kv.exists", { keys: ["a", "b"] })).toEqual({ count: 0 });
    expect(journal.blocks.map(({ timeMs }) => timeMs)).toEqual([1_000_000, 1_000_000]);
    await engine.close();
  });

  test("in memory, versions start above those of an earlier start", async () => {
    const clock = manualClock();
    const version = async (): Promise<number> => {
      const engine = await openEngine({ clock });
      const answer = await run(engine.open(), "kv.set", { key: "a", value: 1 });
      await engine.close();
      return answer.version;
    };
    const first = await version();
    await clock.advance(1);
    expect(await version()).toBeGreaterThan(first);
  });
});

describe("a journal that is busy", () => {
  test("X1: answers wait for it, reads of what it has not taken too", async () => {
    const { caller, party, journal } = openLab();
    const session = caller();
    const socket = party();
    journal.hold();
    const written = run(session, "kv.set", { key: "a", value: 1 });
    const read = run(session, "kv.get", { key: "a" });
    const id = socket.request("kv.get", { key: "a" });
    expect(await stateOf(written)).toBe("pending");
    expect(await stateOf(read)).toBe("pending");
    expect(socket.messages).toEqual([]);
    journal.release();
    expect(await written).toMatchObject({ success: true });
    expect(await read).toMatchObject({ value: 1 });
    expect(socket.answerTo(id)).toMatchObject({ value: 1 });
  });

  test("X1: a refusal waits for what it may have seen, a watcher for the change", async () => {
    const { caller, party, journal } = openLab();
    const session = caller();
    const socket = party();
    socket.request("kv.watch", { prefix: "" });
    await turns(3);
    journal.hold();
    const written = run(session, "kv.set", { key: "a", value: 1 });
    const refused = refusalCode(run(session, "kv.set", { key: "a", value: 2, if_version: 7 }));
    expect(await stateOf(refused)).toBe("pending");
    expect(socket.pushes("watch")).toEqual([]);
    journal.release();
    expect(await refused).toBe("VERSION_MISMATCH");
    await written;
    expect(socket.pushes("watch")).toHaveLength(1);
  });

  test("E3: the turns that pass meanwhile gather in the next block", async () => {
    const { caller, journal } = openLab();
    const session = caller();
    journal.hold();
    const answers: Promise<unknown>[] = [];
    for (let i = 0; i < 4; i++) {
      answers.push(run(session, "kv.set", { key: `k${i}`, value: i }));
      await turns(2);
    }
    expect(journal.waiting).toBe(1);
    journal.release();
    await Promise.all(answers);
    expect(journal.blocks.map(({ records }) => records.length)).toEqual([1, 3]);
  });

  test("X1: what waits for the next block is not let go by this one", async () => {
    const { caller, journal } = openLab();
    const session = caller();
    journal.hold();
    const first = run(session, "kv.set", { key: "a", value: 1 });
    await turns(2);
    const second = run(session, "kv.set", { key: "b", value: 1 });
    await turns(2);
    journal.releaseOne();
    expect(await stateOf(first)).toBe("kept");
    expect(await stateOf(second)).toBe("pending");
    journal.releaseOne();
    expect(await stateOf(second)).toBe("kept");
  });

  test("what needs no journal leaves again as soon as it is idle", async () => {
    const { party, caller, journal } = openLab();
    const socket = party();
    socket.request("kv.set", { key: "mine", value: 1, session: true });
    await turns(3);
    expect(socket.messages).toHaveLength(1);
    expect(await run(caller(), "kv.get", { key: "mine" })).toMatchObject({ value: 1 });
    expect(journal.blocks).toEqual([]);
  });
});

describe("a journal that fails", () => {
  const failure = new Error("no space left");

  test("stops everything: nothing leaves from there on", async () => {
    const { caller, party, journal, faults } = openLab();
    const session = caller();
    const socket = party();
    const before = await run(session, "kv.set", { key: "a", value: "before" });
    expect(before.success).toBe(true);
    journal.hold();
    const lost = run(session, "kv.set", { key: "a", value: "lost" });
    await turns(2);
    journal.fail(failure);
    await turns(2);
    expect(faults).toEqual([failure]);
    const read = run(session, "kv.get", { key: "a" });
    expect(await stateOf(read)).toBe("pending");
    const write = run(caller(), "kv.set", { key: "b", value: 1 });
    socket.request("kv.get", { key: "a" });
    socket.session.receive([{ kind: "notice", type: "ping", fields: {} }]);
    expect(await stateOf(write)).toBe("pending");
    expect(await stateOf(lost)).toBe("pending");
    expect(socket.messages).toEqual([]);
  });

  test("is told once and asked no more", async () => {
    const { caller, journal, faults } = openLab();
    journal.fail(failure);
    for (let i = 0; i < 3; i++) {
      run(caller(), "kv.set", { key: "a", value: i }).catch(() => expect.fail("nothing leaves"));
      await turns(2);
    }
    expect(faults).toEqual([failure]);
    expect(journal.blocks).toEqual([]);
  });

  test("does not keep the engine from closing", async () => {
    const { engine, caller, journal } = openLab();
    journal.fail(failure);
    run(caller(), "kv.set", { key: "a", value: 1 }).catch(() => expect.fail("nothing leaves"));
    await turns(2);
    await engine.close();
    expect(journal.closed).toBe(true);
  });
});

describe("an engine that is closed", () => {
  test("ends its sessions, settles what is under way and leaves no timer", async () => {
    const lab = openLab();
    const { engine, journal } = lab;
    const [open, lost] = [lab.party(), lab.party()];
    open.request("kv.watch", { prefix: "" });
    lost.session.lose();
    await run(lab.caller(), "kv.set", { key: "a", value: 1, ttl: 100 });
    journal.hold();
    const written = run(lab.caller(), "kv.set", { key: "b", value: 1 });
    await turns(2);
    const closed = engine.close();
    expect(open.ended).toBe("the server stops");
    expect(await stateOf(closed)).toBe("pending");
    journal.release();
    await closed;
    expect(await written).toMatchObject({ success: true });
    expect(journal.closed).toBe(true);
    expect(lab.timers).toBe(0);
  });

  test("leaves no timer either where a session has more keys than one turn removes", async () => {
    const lab = openLab({ maxExpiriesPerTurn: 2 });
    const party = lab.party();
    await run(lab.caller(), "kv.set", { key: "durable", value: 1, ttl: 100 });
    for (let i = 0; i < 10; i++) {
      await run(party.session, "kv.set", { key: `mine${i}`, value: 1, session: true });
    }
    await lab.engine.close();
    await turns(20);
    expect(lab.timers).toBe(0);
    expect(lab.faults).toEqual([]);
  });

  test("takes nothing more", async () => {
    const { engine, caller } = openLab();
    const session = caller();
    await engine.close();
    await engine.close();
    expect(() => engine.open()).toThrow(expect.objectContaining({ code: "CONNECTION_LOST" }));
    expect(await refusalCode(run(session, "kv.get", { key: "a" }))).toBe("CONNECTION_LOST");
  });

  test("writes what was not written yet", async () => {
    const { engine, caller, journal } = openLab();
    const written = run(caller(), "kv.set", { key: "a", value: 1 });
    await engine.close();
    expect(journal.blocks).toHaveLength(1);
    expect(await written).toMatchObject({ success: true });
  });
});

describe("a session's keys when it ends", () => {
  test("go a bounded number a turn, and all of them", async () => {
    const lab = openLab({ maxExpiriesPerTurn: 10 });
    const party = lab.party();
    for (let i = 0; i < 95; i++) {
      party.request("kv.set", { key: `mine${i}`, value: i, session: true });
    }
    await turns(3);
    party.session.close("done");
    const kvState = lab.engine.state.kv;
    const left: number[] = [];
    await waitFor(() => {
      left.push(kvState.table.size);
      return kvState.table.size === 0;
    }, "all are gone");
    for (let i = 1; i < left.length; i++) {
      expect((left[i - 1] as number) - (left[i] as number)).toBeLessThanOrEqual(10);
    }
    expect(lab.journal.blocks).toEqual([]);
  });
});

test("two engines in one process know nothing of each other", async () => {
  const [one, other] = [openLab(), openLab()];
  await run(one.caller(), "kv.set", { key: "a", value: 1 });
  expect(await run(other.caller(), "kv.get", { key: "a" })).toMatchObject({ found: false });
});

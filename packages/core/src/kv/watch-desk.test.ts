import type { MessageFields } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { run } from "../../test/calls.ts";
import { openLab } from "../../test/lab.ts";
import type { Party } from "../../test/party.ts";
import { turns } from "../../test/turns.ts";

function told(party: Party): string[] {
  return party.messages.flatMap((message) => {
    if (message.kind !== "push") return [];
    const { op, key } = message.fields;
    return [message.type === "watch" ? `${String(op)} ${String(key)}` : message.type];
  });
}

async function watching(lab: ReturnType<typeof openLab>, prefix = ""): Promise<Party> {
  const party = lab.party();
  party.request("kv.watch", { prefix });
  await turns(3);
  return party;
}

const set = (key: string, value: number) => ["kv.set", { key, value }] as const;

describe("a watch", () => {
  test("gets the values there are, synced, then each change with its version and ttl", async () => {
    const lab = openLab();
    const session = lab.caller();
    const old = await run(session, "kv.set", { key: "a1", value: { deep: [1] }, ttl: 10 });
    await run(session, "kv.set", { key: "b1", value: 1 });
    const party = await watching(lab, "a");
    const put = await run(session, "kv.set", { key: "a2", value: "two" });
    await run(session, "kv.set", { key: "b2", value: 1 });
    await run(session, "kv.del", { keys: ["a1", "b1"] });
    expect(told(party)).toEqual(["put a1", "synced", "put a2", "delete a1"]);
    const [first, second, third] = party.pushes("watch") as [
      MessageFields,
      MessageFields,
      MessageFields,
    ];
    expect(first).toMatchObject({ prefix: "a", version: old.version, ttl: 10 });
    expect(second).toMatchObject({ version: put.version });
    expect(third.version).toBeGreaterThan(put.version);
    expect(third.value).toBeUndefined();
    expect(party.pushes("synced")[0]?.version).toBeLessThan(put.version);
  });

  test("answers the newest version, and whether values come anew", async () => {
    const lab = openLab();
    await run(lab.caller(), "kv.set", { key: "a", value: 1 });
    const party = lab.party();
    const ids = [
      party.request("kv.watch", { prefix: "" }),
      party.request("kv.watch", { prefix: "", from_version: 5 }),
    ];
    await turns(3);
    const { version } = await run(lab.caller(), "kv.get", { key: "a" });
    expect(ids.map((id) => party.answerTo(id))).toEqual([
      { version, reset: true },
      { version, reset: true },
    ]);
    const on = party.request("kv.watch", { prefix: "", from_version: version });
    const ahead = party.request("kv.watch", { prefix: "a", from_version: version + 1 });
    await turns(3);
    expect(party.answerTo(on)).toEqual({ version, reset: false });
    expect(party.answerTo(ahead)).toEqual({ version, reset: true });
  });

  test("with from_version goes on after it, in order, without the values", async () => {
    const lab = openLab();
    const session = lab.caller();
    const first = await watching(lab);
    const { version } = await run(session, ...set("a", 1));
    first.request("kv.unwatch", { prefix: "" });
    await run(session, ...set("b", 2));
    await run(session, "kv.del", { keys: ["a"] });
    const party = lab.party();
    party.request("kv.watch", { prefix: "", from_version: version });
    await run(session, ...set("c", 3));
    await turns(2);
    expect(told(party)).toEqual(["put b", "delete a", "put c"]);
  });

  test("on the same prefix again replaces the first: nothing comes twice", async () => {
    const lab = openLab();
    const party = await watching(lab);
    party.request("kv.watch", { prefix: "" });
    await turns(3);
    await run(lab.caller(), ...set("a", 1));
    expect(told(party)).toEqual(["synced", "synced", "put a"]);
    expect((await run(lab.caller(), "kv.stats", {})).watchers).toBe(1);
  });

  test("ends with unwatch, and with its session", async () => {
    const lab = openLab();
    const [one, two] = [await watching(lab, "a"), await watching(lab, "a")];
    const [known, unknown] = [
      one.request("kv.unwatch", { prefix: "a" }),
      one.request("kv.unwatch", { prefix: "b" }),
    ];
    await run(lab.caller(), ...set("a", 1));
    expect(one.answerTo(known)).toEqual({ success: true });
    expect(one.answerTo(unknown)).toEqual({ success: false });
    expect(told(one)).toEqual(["synced"]);
    expect(told(two)).toEqual(["synced", "put a"]);
    two.session.close("done");
    expect((await run(lab.caller(), "kv.stats", {})).watchers).toBe(0);
  });

  test("ends alone: another on a prefix of the same length goes on", async () => {
    const lab = openLab();
    const party = await watching(lab, "a");
    party.request("kv.watch", { prefix: "b" });
    await turns(3);
    party.request("kv.unwatch", { prefix: "a" });
    await run(lab.caller(), ...set("b1", 1));
    expect(told(party)).toEqual(["synced", "synced", "put b1"]);
  });

  test("two that overlap are each told, under their own prefix", async () => {
    const lab = openLab();
    const party = await watching(lab, "a");
    party.request("kv.watch", { prefix: "ab" });
    await run(lab.caller(), ...set("abc", 1));
    await turns(2);
    const prefixes = party.pushes("watch").map(({ prefix }) => prefix);
    expect(prefixes.sort()).toEqual(["a", "ab"]);
  });

  test("followers at the same place share one push", async () => {
    const lab = openLab();
    const parties = [await watching(lab), await watching(lab)];
    await run(lab.caller(), ...set("a", 1));
    const [one, two] = parties.map((party) => party.messages.at(-1));
    expect(one).toMatchObject({ kind: "push", type: "watch" });
    expect(one).toBe(two);
  });

  test("hears nothing of a new ttl, and of a rebound key only the put", async () => {
    const lab = openLab();
    const session = lab.caller();
    await run(session, ...set("a", 1));
    const party = await watching(lab);
    await run(session, "kv.expire", { key: "a", ttl: 10 });
    await run(session, "kv.persist", { key: "a" });
    await run(party.session, "kv.set", { key: "a", value: 2, session: true });
    expect(told(party)).toEqual(["put a", "synced", "put a"]);
  });

  test("more than a session may have are SUBSCRIBER_LIMIT; one that is replaced is no more", async () => {
    const lab = openLab({ maxWatchesPerSession: 2 });
    const party = lab.party();
    for (const prefix of ["a", "b", "c", "a"]) party.request("kv.watch", { prefix });
    await turns(3);
    expect(party.failures.map(({ id, error }) => [id, error.code])).toEqual([
      [3, "SUBSCRIBER_LIMIT"],
    ]);
  });

  test("values that take more than a page come in several turns, all of them once", async () => {
    const lab = openLab({ maxPageBytes: 1_000 });
    const value = "x".repeat(400);
    const entries = Array.from({ length: 20 }, (_, i) => ({ key: `k${10 + i}`, value }));
    await run(lab.caller(), "kv.mset", { entries });
    const party = lab.party();
    party.request("kv.watch", { prefix: "k" });
    await turns(20);
    expect(told(party)).toEqual([...entries.map(({ key }) => `put ${key}`), "synced"]);
    expect(party.frames.length).toBeGreaterThan(5);
    for (const frame of party.frames) expect(frame.length).toBeLessThanOrEqual(5);
  });
});

describe("a watcher whose socket is full", () => {
  test("F2: costs nothing but its place, and gets every change when it drains", async () => {
    const lab = openLab();
    const party = await watching(lab);
    party.writable = false;
    for (let i = 0; i < 10; i++) await run(lab.caller(), ...set("a", i));
    expect(told(party)).toEqual(["synced"]);
    party.drain();
    await turns(3);
    expect(told(party)).toEqual(["synced", ...Array(10).fill("put a")]);
    await run(lab.caller(), ...set("b", 1));
    expect(told(party).at(-1)).toBe("put b");
  });

  test("W1: is told of a gap once, then gets the values as they are", async () => {
    const lab = openLab({ watchHistoryEvents: 5 });
    const session = lab.caller();
    await run(session, ...set("gone", 1));
    const party = await watching(lab);
    const before = (await run(session, "kv.get", { key: "gone" })).version;
    party.writable = false;
    await run(session, "kv.del", { keys: ["gone"] });
    for (let i = 0; i < 10; i++) await run(session, ...set(`k${i}`, i));
    const { version: last } = await run(session, "kv.get", { key: "k9" });
    party.drain();
    await turns(5);
    expect(told(party)).toEqual([
      ...["put gone", "synced", "gap"],
      ...Array.from({ length: 10 }, (_, i) => `put k${i}`),
      "synced",
    ]);
    expect(party.pushes("gap")).toEqual([
      { kind: "watch", prefix: "", reason: "slow", from: before, to: last },
    ]);
    await run(session, ...set("after", 1));
    expect(told(party).at(-1)).toBe("put after");
  });

  test("is not asked again before it has drained", async () => {
    const lab = openLab();
    const party = lab.party();
    party.request("kv.watch", { prefix: "" });
    party.writable = false;
    await run(lab.caller(), ...set("a", 1));
    party.writable = true; // the engine learns of it by `drained`
    await turns(5);
    expect(told(party)).toEqual([]);
    party.drain();
    await turns(3);
    expect(told(party)).toEqual(["put a", "synced"]);
  });

  test("does not hold up the others of its prefix", async () => {
    const lab = openLab();
    const [slow, quick] = [await watching(lab), await watching(lab)];
    slow.writable = false;
    await run(lab.caller(), ...set("a", 1));
    expect(told(quick)).toEqual(["synced", "put a"]);
    slow.drain();
    await turns(3);
    expect(told(slow)).toEqual(["synced", "put a"]);
  });
});

describe("after the last watch has ended", () => {
  async function comesBackAfter(ms: number): Promise<unknown> {
    const lab = openLab();
    const session = lab.caller();
    const first = await watching(lab);
    const { version } = await run(session, ...set("a", 1));
    first.session.close("done");
    await lab.advance(ms);
    await run(session, ...set("b", 1));
    const party = lab.party();
    const id = party.request("kv.watch", { prefix: "", from_version: version });
    await turns(3);
    return [party.answerTo(id)?.reset, ...told(party)];
  }

  test("changes are kept for one that comes back", async () => {
    expect(await comesBackAfter(60_000)).toEqual([false, "put b"]);
  });

  test("they are no longer kept after a minute: a watch begins with the values", async () => {
    expect(await comesBackAfter(60_001)).toEqual([true, "put a", "put b", "synced"]);
  });
});

describe("without a session that lasts", () => {
  test.each(["kv.watch", "kv.unwatch"] as const)("%s is refused with the reason", async (name) => {
    const lab = openLab();
    await expect(run(lab.caller(), name, { prefix: "" })).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      message: expect.stringContaining("WebSocket"),
    });
  });
});

describe("a watch beside others' work", () => {
  test("is synced although every turn changes more elsewhere than one look takes", async () => {
    const lab = openLab();
    const importer = lab.party();
    const entries = Array.from({ length: 1_000 }, (_, i) => ({ key: `other:${i}`, value: i }));
    await run(lab.caller(), "kv.mset", {
      entries: Array.from({ length: 2_000 }, (_, i) => ({ key: `cfg:${i}`, value: i })),
    });
    const party = lab.party();
    party.request("kv.watch", { prefix: "cfg:" });
    for (let turn = 0; turn < 30; turn++) {
      importer.request("kv.mset", { entries });
      await turns(1);
    }
    expect(party.pushes("synced")).toHaveLength(1);
    expect(party.pushes("gap")).toHaveLength(0);
    expect(party.pushes("watch")).toHaveLength(2_000);
  });

  test("takes no room of the keys once it has ended, and little before", async () => {
    const maxMemoryBytes = 400_000;
    const lab = openLab({ maxMemoryBytes });
    const caller = lab.caller();
    const party = await watching(lab, "nothing");
    const overwrite = async (): Promise<void> => {
      for (let i = 0; i < 1_000; i++)
        await run(caller, "kv.set", { key: "hot", value: "x".repeat(900) });
    };
    await overwrite(); // 900 kB went through the history
    await run(caller, "kv.set", { key: "fits", value: "x".repeat(100_000) });
    party.request("kv.unwatch", { prefix: "nothing" });
    await lab.advance(60_001);
    await overwrite();
    await run(caller, "kv.set", { key: "fits too", value: "x".repeat(250_000) });
  });
});

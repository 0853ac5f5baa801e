import { describe, expect, test } from "vitest";
import { RoomLab, RoomPeer } from "../../test/room-lab.ts";
import { roomsImage } from "./room-image.ts";

const room = "chat";

function kept(lab: RoomLab, name = room): number[] | null {
  const log = lab.state.find(name)?.log;
  return log === undefined ? null : [log.oldest, log.newest];
}

describe("retention by age", () => {
  test("an event goes when it is as old as it may get", async () => {
    const lab = new RoomLab();
    lab.run("stream.create", { room, max_age_secs: 1 });
    lab.publish(room, 2);
    await lab.advance(400);
    lab.publish(room);
    await lab.advance(599);
    expect(kept(lab)).toEqual([1, 3]);
    await lab.advance(1);
    expect(kept(lab)).toEqual([3, 3]);
    expect(lab.records.at(-1)?.effects).toEqual([
      { type: "stream.trim", room, keepFrom: 3, reason: "age" },
    ]);
    await lab.advance(400);
    expect(kept(lab)).toEqual([4, 3]);
  });

  test("holds by default for rooms that were told nothing, and by their own for others", async () => {
    const lab = new RoomLab({ roomMaxAgeMs: 100 });
    lab.publish("a");
    lab.run("stream.create", { room: "b", max_age_secs: 0.05 });
    lab.publish("b");
    await lab.advance(50);
    expect([kept(lab, "a"), kept(lab, "b")]).toEqual([
      [1, 1],
      [2, 1],
    ]);
    await lab.advance(50);
    expect(kept(lab, "a")).toEqual([2, 1]);
  });

  test("is at least a millisecond, however small a part of a second was asked for", async () => {
    const lab = new RoomLab();
    lab.run("stream.create", { room, max_age_secs: 0.0001 });
    lab.publish(room);
    await lab.advance(0);
    expect(kept(lab)).toEqual([1, 1]);
    await lab.advance(1);
    expect(kept(lab)).toEqual([2, 1]);
  });

  test("begins when a room adopts it", async () => {
    const lab = new RoomLab();
    lab.publish(room);
    await lab.advance(100);
    lab.publish(room);
    lab.run("stream.create", { room, max_age_secs: 0.1 });
    expect(kept(lab)).toEqual([2, 2]);
    await lab.advance(100);
    expect(kept(lab)).toEqual([3, 2]);
  });

  test("of many events at once costs no turn: their rows are freed bit by bit", async () => {
    const lab = new RoomLab();
    const event = { eventType: "tick", data: new Uint8Array([2, 49]), metadata: null };
    lab.run("stream.create", { room, max_age_secs: 1, max_events: 1_000_000 });
    for (let offset = 1; offset <= 100_000; offset++) {
      const append = { type: "stream.append", room, offset, keepFrom: 1 } as const;
      lab.part.apply({ ...append, ...event, timeMs: lab.nowMs }, lab.seq);
    }
    await lab.advance(1_000);
    expect(kept(lab)).toEqual([100_001, 100_000]);
    const full = lab.part.bytes();
    lab.turn();
    expect(lab.part.bytes()).toBeLessThan(full);
    expect(lab.part.bytes()).toBeGreaterThan(full * 0.9);
    expect(lab.woken).toBe(true);
    expect(lab.settle()).toBeGreaterThan(10);
    expect(lab.part.bytes()).toBeLessThan(1_000);
  });

  test("takes a bounded number of rooms a turn, and all of them in the end", async () => {
    const lab = new RoomLab({ maxExpiriesPerTurn: 10, roomMaxAgeMs: 100 });
    for (let i = 0; i < 35; i++) lab.publish(`room-${i}`);
    const before = lab.records.length;
    await lab.advance(100);
    expect(lab.records.slice(before).map(({ effects }) => effects.length)).toEqual([10, 10, 10, 5]);
    for (let i = 0; i < 35; i++) expect(kept(lab, `room-${i}`)).toEqual([2, 1]);
  });

  test("a behind follower is told what age took from it", async () => {
    const lab = new RoomLab({ roomMaxAgeMs: 100 });
    const peer = new RoomPeer();
    lab.run("stream.subscribe", { room }, peer);
    lab.settle();
    peer.writable = false;
    lab.publish(room, 2);
    lab.settle();
    await lab.advance(100);
    lab.publish(room);
    lab.drain(peer);
    lab.settle();
    expect(peer.told()).toEqual(["gap retention 1-2 (2)", "3"]);
  });
});

describe("an idle room", () => {
  const limits = { emptyRoomIdleTtlMs: 1_000 };

  test("without events goes when it has not been used for idle_ttl", async () => {
    const lab = new RoomLab(limits);
    lab.run("stream.create", { room: "own", idle_ttl_secs: 0.5 });
    lab.run("stream.create", { room });
    await lab.advance(500);
    expect([kept(lab, "own"), kept(lab)]).toEqual([null, [1, 0]]);
    await lab.advance(499);
    expect(kept(lab)).toEqual([1, 0]);
    await lab.advance(1);
    expect(lab.state.size).toBe(0);
    expect(lab.records.at(-1)?.effects).toEqual([{ type: "stream.remove", room, reason: "idle" }]);
  });

  test("with events stays, unless the server says otherwise", async () => {
    const [lab, strict] = [new RoomLab(limits), new RoomLab({ ...limits, roomIdleTtlMs: 5_000 })];
    for (const each of [lab, strict]) {
      each.publish(room);
      await each.advance(4_000);
      each.publish(room);
      await each.advance(4_999);
      expect(kept(each)).toEqual([1, 2]);
      await each.advance(100_000);
    }
    expect([kept(lab), kept(strict)]).toEqual([[1, 2], null]);
  });

  test("that age has emptied goes when its last publish is long enough ago", async () => {
    const lab = new RoomLab({ ...limits, roomMaxAgeMs: 700 });
    lab.publish(room);
    await lab.advance(700);
    expect(kept(lab)).toEqual([2, 1]);
    await lab.advance(299);
    expect(kept(lab)).toEqual([2, 1]);
    await lab.advance(1);
    expect(kept(lab)).toBeNull();
  });

  test("N2: stays while somebody follows it, and idles from when the last one left", async () => {
    const lab = new RoomLab(limits);
    const peers = [new RoomPeer(), new RoomPeer()];
    for (const peer of peers) lab.run("stream.subscribe", { room }, peer);
    await lab.advance(5_000);
    lab.part.forget(peers[0] as RoomPeer);
    await lab.advance(5_000);
    expect(kept(lab)).toEqual([1, 0]);
    lab.run("stream.unsubscribe", { room }, peers[1] as RoomPeer);
    await lab.advance(999);
    expect(kept(lab)).toEqual([1, 0]);
    await lab.advance(1);
    expect(kept(lab)).toBeNull();
  });

  test("a publish, and one that follows again, begin the time anew", async () => {
    const lab = new RoomLab({ ...limits, roomMaxEvents: 10, roomMaxAgeMs: 1 });
    lab.run("stream.create", { room });
    await lab.advance(900);
    lab.publish(room);
    await lab.advance(900);
    const peer = new RoomPeer();
    lab.run("stream.subscribe", { room }, peer);
    lab.part.forget(peer);
    await lab.advance(999);
    expect(kept(lab)).toEqual([2, 1]);
    await lab.advance(1);
    expect(kept(lab)).toBeNull();
  });

  test("many go in bounded steps", async () => {
    const lab = new RoomLab({ ...limits, maxExpiriesPerTurn: 100 });
    for (let i = 0; i < 1_000; i++) lab.run("stream.create", { room: `room-${i}` });
    await lab.advance(1_000);
    expect(lab.state.size).toBe(0);
    expect(lab.records.slice(1_000).map(({ effects }) => effects.length)).toEqual(
      Array(10).fill(100),
    );
  });

  test("N1: after a restart its time counts from there, and its events keep their age", async () => {
    const lab = new RoomLab({ ...limits, roomMaxAgeMs: 5_000 });
    lab.publish(room);
    lab.run("stream.create", { room: "empty" });
    await lab.advance(900);
    const before = roomsImage(lab.state);
    lab.restart();
    expect(roomsImage(lab.state)).toEqual(before);
    await lab.advance(999);
    expect(kept(lab, "empty")).toEqual([1, 0]);
    await lab.advance(1);
    expect([kept(lab, "empty"), kept(lab)]).toEqual([null, [1, 1]]);
    await lab.advance(3_099);
    expect(kept(lab)).toEqual([1, 1]);
    await lab.advance(1);
    expect(kept(lab)).toBeNull(); // emptied, and idle long since
  });

  test("nothing fires any more once the part is closed", async () => {
    const lab = new RoomLab(limits);
    lab.run("stream.create", { room });
    lab.part.close();
    await lab.advance(10_000);
    expect(lab.state.size).toBe(1);
  });
});

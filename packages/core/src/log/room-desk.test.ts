import { encodeValue, type ServerPush } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { RoomLab, RoomPeer } from "../../test/room-lab.ts";

const room = "chat";

function follow(lab: RoomLab, request: object = {}, peer = new RoomPeer()): RoomPeer {
  lab.run("stream.subscribe", { room, ...request }, peer);
  return peer;
}

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
}

/** Runs with no page larger than so many events of `publish`. */
function pagesOf(events: number): { maxPageBytes: number } {
  return { maxPageBytes: events * (64 + 4 + 2) };
}

describe("a follower", () => {
  test("gets new events at the end of their turn", () => {
    const lab = new RoomLab();
    lab.publish(room, 2);
    const peer = follow(lab);
    lab.settle();
    lab.publish(room, 2);
    expect(peer.told()).toEqual([]);
    lab.turn();
    expect(peer.told()).toEqual(["3", "4"]);
    expect(peer.handed).toHaveLength(1);
    expect(peer.seqs).toEqual([lab.seq]);
  });

  test("gets an event with everything that was published, under the room's name", () => {
    const lab = new RoomLab();
    const peer = follow(lab);
    lab.settle();
    const data = { a: [1, "ü"] };
    lab.run("stream.publish", { room, event: "message", data, metadata: { b: "c" } });
    lab.turn();
    const late = follow(lab, { from_offset: 1 });
    lab.turn();
    const event = {
      ...{ room, offset: 1, event_type: "message", data, timestamp: lab.nowMs },
      ...{ event_id: "1001-1", metadata: { b: "c" } },
    };
    expect(peer.fields()).toEqual([event]);
    expect(late.fields()).toEqual([event]);
  });

  test("D1: what was published in its turn before it came is not new; what came after it is", () => {
    const lab = new RoomLab();
    follow(lab);
    lab.settle();
    lab.publish(room, 2);
    const peer = follow(lab);
    lab.publish(room);
    lab.settle();
    expect(peer.told()).toEqual(["3"]);
  });

  test("D1: replays and then follows, without a gap and without a double at the seam", () => {
    const lab = new RoomLab(pagesOf(3));
    lab.publish(room, 10);
    const peer = follow(lab, { from_offset: 2 });
    for (let i = 0; i < 8; i++) {
      lab.publish(room);
      lab.turn();
    }
    expect(peer.told()).toEqual(range(2, 18));
  });

  test("begins where it asks to", () => {
    const lab = new RoomLab({ roomMaxEvents: 6 });
    lab.publish(room, 10); // 5 to 10 are kept
    const cases: [object, string[]][] = [
      [{}, []],
      [{ replay: true }, range(5, 10)],
      [{ replay: false }, []],
      [{ from_offset: 0 }, range(5, 10)],
      [{ from_offset: 1 }, range(5, 10)],
      [{ from_offset: 8 }, range(8, 10)],
      [{ from_offset: 8, replay: true }, range(8, 10)],
      [{ from_offset: 8, replay: false }, []],
      [{ from_offset: -2 }, ["9", "10"]],
      [{ from_offset: -50, replay: true }, range(5, 10)],
    ];
    for (const [request, offsets] of cases) {
      const peer = follow(lab, request);
      lab.settle();
      expect(peer.told(), JSON.stringify(request)).toEqual(offsets);
    }
  });

  test("that asks for what is yet to come gets nothing before it", () => {
    const lab = new RoomLab();
    lab.publish(room, 2);
    const peer = follow(lab, { from_offset: 5 });
    for (let i = 0; i < 2; i++) {
      lab.publish(room, 3);
      lab.settle();
    }
    expect(peer.told()).toEqual(["5", "6", "7", "8"]);
    const slow = follow(lab, { from_offset: 11 });
    lab.settle();
    slow.writable = false;
    lab.publish(room, 4);
    lab.settle();
    lab.drain(slow);
    lab.settle();
    expect(slow.told()).toEqual(["11", "12"]);
    const early = follow(lab, { room: "unborn", from_offset: 2 });
    lab.publish("unborn", 3);
    lab.settle();
    expect(early.told()).toEqual(["2", "3"]);
  });

  test("R1: that subscribes again moves back to the earlier position, never forward", () => {
    const lab = new RoomLab();
    lab.publish(room, 5);
    const peer = follow(lab, { from_offset: 4 });
    lab.settle();
    expect(peer.told()).toEqual(["4", "5"]);
    follow(lab, {}, peer);
    follow(lab, { from_offset: 9 }, peer);
    lab.publish(room);
    expect(lab.run("stream.subscribe", { room }, peer).next_offset).toBe(6);
    lab.settle();
    expect(peer.told()).toEqual(["6"]);
    expect(lab.run("stream.subscribe", { room, from_offset: 3 }, peer).next_offset).toBe(3);
    lab.publish(room);
    lab.settle();
    expect(peer.told()).toEqual(range(3, 7));
    expect(lab.part.desk.counts).toMatchObject({ rooms: 1, parties: 1, followers: 1 });
  });

  test("of several rooms gets each in order", () => {
    const lab = new RoomLab();
    const peer = follow(lab);
    follow(lab, { room: "other" }, peer);
    lab.settle();
    lab.publish(room);
    lab.publish("other", 2);
    lab.publish(room);
    lab.turn();
    const seen = peer.received.map(({ fields }) => `${String(fields.room)} ${fields.offset}`);
    expect(seen.filter((what) => what.startsWith(room))).toEqual(["chat 1", "chat 2"]);
    expect(seen.filter((what) => what.startsWith("other"))).toEqual(["other 1", "other 2"]);
  });
});

describe("what followers share", () => {
  test("D2: live ones get the same pushes", () => {
    const lab = new RoomLab();
    const peers = [follow(lab), follow(lab), follow(lab)];
    lab.settle();
    lab.publish(room, 3);
    lab.turn();
    const [first, ...others] = peers.map((peer) => peer.handed[0]);
    for (const other of others) expect(other).toBe(first);
  });

  test("those that replay from the same place in the same turn do too", () => {
    const lab = new RoomLab();
    lab.publish(room, 3);
    const [one, two] = [follow(lab, { replay: true }), follow(lab, { from_offset: 1 })];
    lab.turn();
    expect(one.handed[0]).toBe(two.handed[0]);
    expect(one.told()).toEqual(["1", "2", "3"]);
  });

  test("what they got stays as it was, whatever is written after it", () => {
    const lab = new RoomLab({ roomMaxEvents: 1 });
    const live = follow(lab);
    lab.settle();
    const data = encodeValue("before", "json");
    const context = { seq: lab.seq + 1, nowMs: lab.nowMs, peer: null, mayWait: true };
    const published = lab.part.engine.publish({ room, event: "a", data }, context);
    lab.commit("effects" in published ? published.effects : []);
    data.fill(0); // a frame's buffer is used again
    const replaying = follow(lab, { replay: true });
    lab.turn();
    for (let i = 0; i < 2; i++) lab.run("stream.publish", { room, event: "a", data: "behind" });
    for (const peer of [live, replaying]) expect(peer.fields()[0]?.data).toBe("before");
  });
});

describe("a slow follower", () => {
  test("D3: waits at its cursor and gets everything once it drains", () => {
    const lab = new RoomLab(pagesOf(4));
    const [slow, quick] = [follow(lab), follow(lab)];
    lab.settle();
    slow.writable = false;
    lab.publish(room, 6);
    lab.settle();
    lab.publish(room, 4);
    lab.settle();
    expect(quick.told()).toEqual(range(1, 10));
    expect(slow.told()).toEqual([]);
    lab.drain(slow);
    lab.publish(room);
    lab.turn();
    expect(slow.told()).toEqual(range(1, 4)); // one step a turn
    lab.settle();
    expect(slow.told()).toEqual(range(5, 11));
  });

  test("D3: that fills up in the middle of its replay goes on from there", () => {
    const lab = new RoomLab(pagesOf(2));
    lab.publish(room, 7);
    const peer = follow(lab, { replay: true });
    lab.turn();
    peer.writable = false;
    lab.settle();
    expect(peer.told()).toEqual(["1", "2"]);
    lab.drain(peer);
    lab.settle();
    expect(peer.told()).toEqual(range(3, 7));
  });

  test("D4: is told one gap where retention has passed it, and goes on at the oldest kept", () => {
    const lab = new RoomLab({ roomMaxEvents: 3 });
    const peer = follow(lab);
    lab.settle();
    lab.publish(room, 2);
    lab.turn();
    peer.writable = false;
    lab.publish(room, 8);
    lab.settle();
    lab.publish(room, 2);
    lab.settle();
    lab.drain(peer);
    lab.settle();
    const gap = peer.received.find(({ type }) => type === "gap") as ServerPush;
    expect(gap.fields).toEqual({
      ...{ kind: "stream", room, reason: "retention", incarnation: 1_001 },
      ...{ from: 3, to: 9, lost: 7 },
    });
    expect(peer.told()).toEqual(["1", "2", "gap retention 3-9 (7)", "10", "11", "12"]);
  });

  test("D4: that loses nothing is told of no gap", () => {
    const lab = new RoomLab({ roomMaxEvents: 3 });
    const peer = follow(lab);
    lab.settle();
    peer.writable = false;
    lab.publish(room, 3);
    lab.settle();
    lab.drain(peer);
    lab.settle();
    expect(peer.told()).toEqual(["1", "2", "3"]);
  });

  test("D4: a new gap is a new episode", () => {
    const lab = new RoomLab({ roomMaxEvents: 2 });
    const peer = follow(lab);
    lab.settle();
    for (let i = 0; i < 2; i++) {
      peer.writable = false;
      lab.publish(room, 4);
      lab.settle();
      lab.drain(peer);
      lab.settle();
    }
    expect(peer.told()).toEqual([
      ...["gap retention 1-2 (2)", "3", "4"],
      ...["gap retention 5-6 (2)", "7", "8"],
    ]);
  });

  test("a live one gets also what its own turn has trimmed", () => {
    const lab = new RoomLab({ roomMaxEvents: 1 });
    const peer = follow(lab);
    lab.settle();
    lab.publish(room, 5);
    lab.turn();
    expect(peer.told()).toEqual(range(1, 5));
  });

  test("costs nothing while it is frozen: nobody asks for another turn", () => {
    const lab = new RoomLab();
    const peer = follow(lab);
    lab.settle();
    peer.writable = false;
    lab.publish(room, 100);
    expect(lab.settle()).toBe(1);
    expect(lab.part.desk.counts).toMatchObject({ pumping: 0, fresh: 0 });
  });

  test("gets a bounded number of events a turn, and so do all of them together", () => {
    const lab = new RoomLab();
    lab.publish(room, 2_000);
    const peers = Array.from({ length: 10 }, (_, i) => follow(lab, { from_offset: i + 1 }));
    lab.turn();
    expect(peers.map(({ received }) => received.length)).toEqual([...Array(8).fill(1_024), 0, 0]);
    lab.settle();
    for (const [i, peer] of peers.entries()) expect(peer.told()).toEqual(range(i + 1, 2_000));
  });

  test("many that catch up share a turn's bytes, each has its turn", () => {
    const lab = new RoomLab(pagesOf(10));
    lab.publish(room, 100);
    const peers = Array.from({ length: 20 }, (_, i) => follow(lab, { from_offset: i + 1 }));
    lab.turn();
    const begun = peers.filter(({ handed }) => handed.length > 0).length;
    expect(begun).toBeGreaterThan(0);
    expect(begun).toBeLessThan(20);
    for (let i = 0; i < 6; i++) lab.turn();
    expect(peers.every(({ handed }) => handed.length > 0)).toBe(true);
    lab.settle();
    for (const [i, peer] of peers.entries()) expect(peer.told()).toEqual(range(i + 1, 100));
  });
});

import { describe, expect, test } from "vitest";
import { RoomLab, RoomPeer } from "../../test/room-lab.ts";

const room = "chat";
const NOBODY = { rooms: 0, parties: 0, followers: 0, pumping: 0, fresh: 0 };

function follow(lab: RoomLab, request: object = {}, peer = new RoomPeer()): RoomPeer {
  lab.run("stream.subscribe", { room, ...request }, peer);
  return peer;
}

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
}

/** Runs with no page larger than so many events of `publish`. */
describe("a room that goes", () => {
  test("D5: its followers are told, stay, and follow the next one from its first event", () => {
    const lab = new RoomLab();
    const peer = follow(lab);
    lab.settle();
    lab.publish(room, 2);
    lab.run("stream.delete", { room });
    lab.settle();
    expect(peer.received.at(-1)?.fields).toEqual({ kind: "stream", room, reason: "deleted" });
    expect(peer.told()).toEqual(["1", "2", "gap deleted"]);
    const { subscribers_notified } = lab.run("stream.publish", { room, event: "a", data: 1 });
    expect(subscribers_notified).toBe(1);
    lab.settle();
    expect(peer.fields()).toMatchObject([{ offset: 1, event_id: `${lab.seq}-1` }]);
  });

  test("D5: one that is behind is told what it missed, once, when it drains", () => {
    const lab = new RoomLab();
    const [gone, back] = [follow(lab), follow(lab)];
    lab.settle();
    lab.publish(room, 2);
    lab.settle();
    gone.writable = back.writable = false;
    lab.publish(room, 3);
    lab.settle();
    lab.run("stream.delete", { room });
    lab.drain(gone);
    lab.settle();
    expect(gone.told()).toEqual(["1", "2", "gap deleted 3-5 (3)"]);
    lab.publish(room, 4);
    lab.run("stream.delete", { room });
    lab.publish(room);
    lab.settle();
    expect(gone.told()).toEqual([...range(1, 4), "gap deleted", "1"]);
    lab.drain(back);
    lab.settle();
    expect(back.fields().slice(2)).toMatchObject([
      { reason: "recreated", from: 3, to: 5, lost: 7, incarnation: lab.seq },
      { offset: 1 },
    ]);
  });

  test("D5: a live one whose socket is full when the room goes is told too", () => {
    const lab = new RoomLab();
    const peer = follow(lab);
    lab.settle();
    peer.writable = false;
    lab.run("stream.delete", { room });
    lab.settle();
    expect(peer.told()).toEqual([]);
    lab.drain(peer);
    lab.settle();
    expect(peer.told()).toEqual(["gap deleted"]);
    lab.publish(room, 2);
    lab.settle();
    expect(peer.told()).toEqual(["1", "2"]);
  });

  test("one that waits for an offset to come begins anew with the next room", () => {
    const lab = new RoomLab();
    const peer = follow(lab, { from_offset: 9 });
    lab.settle();
    lab.run("stream.delete", { room });
    lab.publish(room, 2);
    lab.settle();
    expect(peer.told()).toEqual(["gap deleted", "1", "2"]);
  });
});

describe("resuming by incarnation", () => {
  test("goes on where it was", () => {
    const lab = new RoomLab();
    lab.publish(room, 4);
    const peer = follow(lab, { from_offset: 3, incarnation: 1_001 });
    lab.settle();
    expect(peer.told()).toEqual(["3", "4"]);
  });

  test("tells what retention took meanwhile", () => {
    const lab = new RoomLab({ roomMaxEvents: 3 });
    lab.publish(room, 10);
    const resume = { room, from_offset: 3, incarnation: 1_001 };
    const peer = new RoomPeer();
    expect(lab.run("stream.subscribe", resume, peer).next_offset).toBe(8);
    lab.settle();
    expect(peer.told()).toEqual(["gap retention 3-7 (5)", "8", "9", "10"]);
    const fromTheStart = follow(lab, { from_offset: 0, incarnation: 1_001 });
    lab.settle();
    expect(fromTheStart.told()).toEqual(["8", "9", "10"]);
  });

  test("another incarnation is told as a gap and read from its beginning", () => {
    const lab = new RoomLab({ roomMaxEvents: 3 });
    lab.publish(room, 5);
    for (const request of [{ from_offset: 5 }, {}, { from_offset: -1 }, { replay: true }]) {
      const peer = follow(lab, { ...request, incarnation: 7 });
      lab.settle();
      expect(peer.received[0]?.fields).toEqual({
        ...{ kind: "stream", room, reason: "recreated", incarnation: 1_001 },
      });
      expect(peer.told()).toEqual(["gap recreated", "3", "4", "5"]);
    }
    const onlyNew = follow(lab, { replay: false, incarnation: 7 });
    lab.settle();
    expect(onlyNew.told()).toEqual(["gap recreated"]);
  });

  test("a room that is gone is created, and told as another one", () => {
    const lab = new RoomLab();
    const peer = follow(lab, { from_offset: 5, incarnation: 7 });
    lab.settle();
    expect(peer.fields()).toEqual([
      { kind: "stream", room, reason: "recreated", incarnation: 1_001 },
    ]);
    lab.publish(room);
    lab.settle();
    expect(peer.told()).toEqual(["1"]);
  });

  test("one that follows already is told too, and moves back", () => {
    const lab = new RoomLab();
    const peer = follow(lab);
    lab.publish(room, 2);
    lab.settle();
    expect(peer.told()).toEqual(["1", "2"]);
    follow(lab, { from_offset: 9, incarnation: 7 }, peer);
    lab.settle();
    expect(peer.told()).toEqual(["gap recreated", "1", "2"]);
  });
});

describe("parties", () => {
  test("unsubscribing ends it at once, this turn's events included", () => {
    const lab = new RoomLab();
    const peer = follow(lab);
    lab.settle();
    lab.publish(room);
    lab.run("stream.unsubscribe", { room }, peer);
    lab.publish(room);
    lab.settle();
    expect(peer.told()).toEqual([]);
  });

  test("R3: unsubscribing and ending leave nothing behind", () => {
    const lab = new RoomLab();
    const peers = [follow(lab), follow(lab, { replay: true }), follow(lab)];
    for (const peer of peers) follow(lab, { room: "other" }, peer);
    lab.settle();
    (peers[1] as RoomPeer).writable = false;
    lab.publish(room, 3);
    lab.settle();
    lab.publish(room, 3);
    lab.drain(peers[1] as RoomPeer);
    expect(lab.part.desk.counts).toEqual({
      ...{ rooms: 2, parties: 3, followers: 6, pumping: 1, fresh: 1 },
    });
    for (const name of [room, "other"]) {
      lab.run("stream.unsubscribe", { room: name }, peers[0] as RoomPeer);
    }
    for (const peer of peers) lab.part.forget(peer);
    expect(lab.part.desk.counts).toEqual(NOBODY);
    lab.settle();
    expect(lab.run("stream.stats", { room }).subscribers).toBe(0);
  });

  test("R3: followers of a deleted room leave nothing behind either", () => {
    const lab = new RoomLab();
    const peer = follow(lab);
    lab.run("stream.delete", { room });
    lab.part.forget(peer);
    expect(lab.part.desk.counts).toEqual(NOBODY);
  });

  test("another party takes up where one was", () => {
    const lab = new RoomLab();
    const lost = follow(lab);
    const live = follow(lab, { room: "live" }, lost);
    lab.settle();
    lost.writable = false;
    lab.publish(room, 3);
    lab.settle();
    const peer = new RoomPeer();
    lab.part.takeUp(live, peer);
    lab.publish(room);
    lab.publish("live");
    lab.settle();
    expect(peer.told()).toEqual(["1", "1", "2", "3", "4"]);
    expect(lost.told()).toEqual([]);
    expect(lab.part.desk.counts).toMatchObject({ parties: 1, followers: 2 });
  });

  test("taking up a room that one follows goes on at the earlier place", () => {
    const lab = new RoomLab();
    const lost = follow(lab);
    lab.settle();
    lost.writable = false;
    lab.publish(room, 3);
    lab.settle();
    const peer = follow(lab);
    lab.settle();
    lab.part.takeUp(lost, peer);
    lab.settle();
    expect(peer.told()).toEqual(["1", "2", "3"]);
    expect(lab.part.desk.counts).toMatchObject({ parties: 1, followers: 1 });
  });

  test("what is taken up does not pass the session's limit", () => {
    const lab = new RoomLab({ maxSubscriptionsPerSession: 1 });
    const [lost, peer] = [follow(lab), follow(lab, { room: "other" })];
    lab.part.takeUp(lost, peer);
    expect(lab.part.desk.counts).toMatchObject({ rooms: 1, parties: 1, followers: 1 });
  });

  test("more than a room, or a session, may have are SUBSCRIBER_LIMIT and create nothing", () => {
    const lab = new RoomLab({ maxSubscribersPerRoom: 2, maxSubscriptionsPerSession: 1 });
    const [first] = [follow(lab), follow(lab)];
    const perRoom = lab.refusal("stream.subscribe", { room }, new RoomPeer());
    expect([perRoom.code, perRoom.details]).toEqual(["SUBSCRIBER_LIMIT", { limit: 2 }]);
    const perSession = lab.refusal("stream.subscribe", { room: "other" }, first);
    expect([perSession.code, perSession.details]).toEqual(["SUBSCRIBER_LIMIT", { limit: 1 }]);
    expect(lab.state.size).toBe(1);
    follow(lab, { from_offset: 1 }, first); // again is no more
    lab.part.forget(first);
    follow(lab);
    expect(lab.part.desk.followersOf(room)).toBe(2);
  });
});

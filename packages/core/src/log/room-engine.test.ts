import { decodeValue } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { RoomLab, RoomPeer } from "../../test/room-lab.ts";

const room = "chat";

function historyOffsets(lab: RoomLab, request: object = {}): number[] {
  return lab.run("stream.history", { room, ...request }).events.map(({ offset }) => offset);
}

describe("stream.create", () => {
  test("creates once; the same settings again are no change", () => {
    const lab = new RoomLab();
    const request = { room, max_events: 5, max_age_secs: 1.5 };
    expect(lab.run("stream.create", request)).toEqual({ room, created: true });
    expect(lab.run("stream.create", request)).toEqual({ room, created: false });
    expect(lab.records).toHaveLength(1);
  });

  test("with other settings is ALREADY_EXISTS and names them", () => {
    const lab = new RoomLab();
    lab.run("stream.create", { room, max_events: 5, max_age_secs: 10 });
    const error = lab.refusal("stream.create", { room, max_events: 6, max_bytes: 9 });
    expect(error.code).toBe("ALREADY_EXISTS");
    expect(error.details).toEqual({
      room,
      differing: ["max_events", "max_bytes", "max_age_secs"],
    });
  });

  test("a setting that is spelt out as the default is none", () => {
    const lab = new RoomLab();
    lab.run("stream.create", { room });
    expect(lab.run("stream.create", { room, max_events: 10_000 }).created).toBe(false);
  });

  test("a room that came about by use adopts the settings, and what they do not keep goes", () => {
    const lab = new RoomLab();
    lab.publish(room, 10);
    expect(lab.run("stream.create", { room, max_events: 3 }).created).toBe(false);
    expect(historyOffsets(lab)).toEqual([8, 9, 10]);
    expect(lab.refusal("stream.create", { room }).code).toBe("ALREADY_EXISTS");
    lab.publish(room);
    expect(historyOffsets(lab)).toEqual([9, 10, 11]);
  });

  test("adopting settings that keep everything trims nothing", () => {
    const lab = new RoomLab();
    lab.publish(room, 2);
    lab.run("stream.create", { room, max_events: 3 });
    expect(lab.records.at(-1)?.effects.map(({ type }) => type)).toEqual(["stream.configure"]);
  });
});

describe("stream.delete and stream.stats", () => {
  test("are ROOM_NOT_FOUND where there is none", () => {
    const lab = new RoomLab();
    for (const name of ["stream.delete", "stream.stats"] as const) {
      const error = lab.refusal(name, { room });
      expect([error.code, error.details]).toEqual(["ROOM_NOT_FOUND", { room }]);
    }
  });

  test("stats count what is kept; a deleted room that comes back is another", () => {
    const lab = new RoomLab({ roomMaxEvents: 2 });
    lab.publish(room, 3);
    const peer = new RoomPeer();
    lab.run("stream.subscribe", { room }, peer);
    const { incarnation, ...counts } = lab.run("stream.stats", { room });
    expect(counts).toEqual({
      ...{ room, subscribers: 1, events: 2, oldest_offset: 2, newest_offset: 3 },
      bytes: 2 * (1 + 4 + 1 + 2),
    });
    expect(incarnation).toBe(1_001);
    expect(lab.run("stream.delete", { room })).toEqual({ success: true });
    expect(lab.refusal("stream.stats", { room }).code).toBe("ROOM_NOT_FOUND");
    lab.publish(room);
    const { oldest_offset, newest_offset, ...again } = lab.run("stream.stats", { room });
    expect([oldest_offset, newest_offset]).toEqual([1, 1]);
    expect(again.incarnation).toBe(1_005);
  });
});

describe("stream.rooms", () => {
  test("lists rooms by name, page by page, across changes between pages", () => {
    const lab = new RoomLab();
    for (const name of ["b2", "a", "b1", "b3", "c"]) lab.publish(name, 2);
    const first = lab.run("stream.rooms", { prefix: "b", limit: 2 });
    expect(first.items.map((item) => item.room)).toEqual(["b1", "b2"]);
    expect(first.items[0]).toEqual(lab.run("stream.stats", { room: "b1" }));
    lab.run("stream.delete", { room: "b2" });
    const cursor = first.cursor ?? undefined;
    const second = lab.run("stream.rooms", { prefix: "b", limit: 2, cursor });
    expect(second).toMatchObject({ items: [{ room: "b3" }], cursor: null, has_more: false });
  });

  test("a cursor that is none is refused", () => {
    const error = new RoomLab().refusal("stream.rooms", { cursor: "nonsense" });
    expect([error.code, error.details.path]).toEqual(["INVALID_REQUEST", "cursor"]);
  });
});

describe("stream.publish", () => {
  test("creates the room in the same record and counts from 1", () => {
    const lab = new RoomLab();
    const first = lab.run("stream.publish", { room, event: "message", data: { text: "hi" } });
    expect(first).toEqual({ event_id: "1001-1", offset: 1, subscribers_notified: 0 });
    expect(lab.records.map(({ effects }) => effects.map(({ type }) => type))).toEqual([
      ["stream.create", "stream.append"],
    ]);
    const second = lab.run("stream.publish", { room, event_type: "message", data: 2 });
    expect(second).toMatchObject({ event_id: "1001-2", offset: 2 });
  });

  test("needs a type, under one of its two names", () => {
    const lab = new RoomLab();
    const error = lab.refusal("stream.publish", { room, data: 1 });
    expect([error.code, error.details.path]).toEqual(["INVALID_REQUEST", "event"]);
    const both = lab.refusal("stream.publish", { room, event: "a", event_type: "a", data: 1 });
    expect(both.code).toBe("INVALID_REQUEST");
    expect(lab.state.size).toBe(0);
  });

  test("what is too large is PAYLOAD_TOO_LARGE and changes nothing", () => {
    const lab = new RoomLab({ maxValueBytes: 10 });
    lab.run("stream.publish", { room, event: "a", data: "x".repeat(10) });
    const error = lab.refusal("stream.publish", { room, event: "a", data: "x".repeat(11) });
    expect([error.code, error.details]).toEqual([
      "PAYLOAD_TOO_LARGE",
      { path: "data", limit: 10, actual: 11 },
    ]);
    expect(lab.run("stream.stats", { room }).events).toBe(1);
  });

  test("an event that its room could not keep is refused", () => {
    const lab = new RoomLab();
    lab.run("stream.create", { room, max_bytes: 20 });
    lab.run("stream.publish", { room, event: "a", data: "x".repeat(16) });
    const error = lab.refusal("stream.publish", { room, event: "a", data: "x".repeat(17) });
    expect([error.code, error.details.limit]).toEqual(["PAYLOAD_TOO_LARGE", 20]);
  });

  test("metadata travels beside the data; a name that is no text is refused", () => {
    const lab = new RoomLab();
    const metadata = { trace: "ü", empty: "" };
    lab.run("stream.publish", { room, event: "a", data: null, metadata });
    lab.run("stream.publish", { room, event: "a", data: null });
    const { events } = lab.run("stream.history", { room });
    expect(events.map((event) => event.metadata)).toEqual([metadata, undefined]);
    const bad = { room, event: "a", data: 1, metadata: { "\ud800": "x" } };
    expect(lab.refusal("stream.publish", bad).details.path).toBe("metadata");
  });

  test("says how many follow", () => {
    const lab = new RoomLab();
    const peers = [new RoomPeer(), new RoomPeer()];
    for (const peer of peers) lab.run("stream.subscribe", { room }, peer);
    (peers[0] as RoomPeer).writable = false;
    const { subscribers_notified } = lab.run("stream.publish", { room, event: "a", data: 1 });
    expect(subscribers_notified).toBe(2);
  });

  test("keeps max_events, and max_bytes, of the newest", () => {
    const lab = new RoomLab();
    lab.run("stream.create", { room, max_events: 3 });
    lab.publish(room, 5);
    expect(historyOffsets(lab)).toEqual([3, 4, 5]);
    lab.run("stream.create", { room: "small", max_bytes: 20 });
    lab.publish("small", 5); // 8 bytes each
    expect(lab.run("stream.stats", { room: "small" })).toMatchObject({ events: 2, bytes: 16 });
  });

  test("the server's defaults hold for rooms that were told nothing", () => {
    const lab = new RoomLab({ roomMaxEvents: 4, roomMaxBytes: 24 });
    lab.publish(room, 9);
    expect(historyOffsets(lab)).toEqual([7, 8, 9]);
  });

  test("beyond the second mark of memory is OUT_OF_MEMORY; reads and deletes go on", () => {
    const lab = new RoomLab({ maxMemoryBytes: 10_000 });
    const data = "x".repeat(1_000);
    const publish = { room, event: "a", data };
    let published = 0;
    for (; lab.memory.usedBytes + 1_200 < 11_000; published++) lab.run("stream.publish", publish);
    expect(lab.refusal("stream.publish", publish).code).toBe("OUT_OF_MEMORY");
    expect(published).toBeGreaterThan(5);
    lab.memory.bufferedBytes = 10_000;
    for (const name of ["stream.create", "stream.subscribe"] as const) {
      expect(lab.refusal(name, { room: "other" }, new RoomPeer()).code).toBe("OUT_OF_MEMORY");
    }
    expect(historyOffsets(lab)).toHaveLength(published);
    lab.run("stream.subscribe", { room }, new RoomPeer());
    lab.run("stream.delete", { room });
    expect(lab.state.size).toBe(0);
  });
});

describe("stream.history", () => {
  test("of an unknown room is empty and creates nothing", () => {
    const lab = new RoomLab();
    expect(lab.run("stream.history", { room, from_offset: 7 })).toEqual({
      ...{ events: [], next_offset: 1, oldest_offset: 1, newest_offset: 0, incarnation: null },
    });
    expect(lab.state.size).toBe(0);
  });

  test("gives events as they were published", () => {
    const lab = new RoomLab();
    lab.run("stream.publish", { room, event: "a", data: { b: [1] }, metadata: { c: "d" } });
    expect(lab.run("stream.history", { room })).toEqual({
      ...{ next_offset: 2, oldest_offset: 1, newest_offset: 1, incarnation: 1_001 },
      events: [
        {
          ...{ offset: 1, event_type: "a", data: { b: [1] }, event_id: "1001-1" },
          ...{ timestamp: lab.nowMs, metadata: { c: "d" } },
        },
      ],
    });
  });

  test("n is from n on or the earliest kept, −n the last n, both bounds count", () => {
    const lab = new RoomLab({ roomMaxEvents: 6 });
    lab.publish(room, 10); // 5 to 10 are kept
    expect(historyOffsets(lab)).toEqual([5, 6, 7, 8, 9, 10]);
    expect(historyOffsets(lab, { from_offset: 0 })).toEqual([5, 6, 7, 8, 9, 10]);
    expect(historyOffsets(lab, { from_offset: 3 })).toEqual([5, 6, 7, 8, 9, 10]);
    expect(historyOffsets(lab, { from_offset: 8 })).toEqual([8, 9, 10]);
    expect(historyOffsets(lab, { from_offset: -2 })).toEqual([9, 10]);
    expect(historyOffsets(lab, { from_offset: -99 })).toEqual([5, 6, 7, 8, 9, 10]);
    expect(historyOffsets(lab, { to_offset: 6 })).toEqual([5, 6]);
    expect(historyOffsets(lab, { from_offset: 6, to_offset: 8 })).toEqual([6, 7, 8]);
    expect(historyOffsets(lab, { from_offset: -3, to_offset: 9 })).toEqual([8, 9]);
    expect(historyOffsets(lab, { to_offset: 4 })).toEqual([]);
    expect(historyOffsets(lab, { from_offset: 6, limit: 2 })).toEqual([6, 7]);
    expect(historyOffsets(lab, { from_offset: Number.MIN_SAFE_INTEGER })).toHaveLength(6);
    expect(historyOffsets(lab, { from_offset: Number.MAX_SAFE_INTEGER })).toEqual([]);
  });

  test("says where reading goes on, so that pages meet", () => {
    const lab = new RoomLab();
    lab.publish(room, 250);
    const seen: number[] = [];
    for (let from = 0; ; ) {
      const page = lab.run("stream.history", { room, from_offset: from });
      if (page.events.length === 0) {
        expect(page.next_offset).toBe(251);
        break;
      }
      expect(page.events.length).toBeLessThanOrEqual(100);
      seen.push(...page.events.map(({ offset }) => offset));
      from = page.next_offset;
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, i) => i + 1));
  });

  test("a page ends behind the event that passes its bytes, and has at least one", () => {
    const lab = new RoomLab({ maxPageBytes: 3_000 });
    for (let i = 0; i < 5; i++) {
      lab.run("stream.publish", { room, event: "a", data: "x".repeat(1_400) });
    }
    expect(historyOffsets(lab)).toEqual([1, 2, 3]);
    lab.run("stream.publish", { room, event: "a", data: "x".repeat(9_000) });
    expect(historyOffsets(lab, { from_offset: 6 })).toEqual([6]);
  });

  test("of a room that time emptied tells where it was", async () => {
    const lab = new RoomLab();
    lab.run("stream.create", { room, max_age_secs: 1 });
    lab.publish(room, 3);
    await lab.advance(1_000);
    expect(lab.run("stream.history", { room })).toMatchObject({
      ...{ events: [], next_offset: 4, oldest_offset: 4, newest_offset: 3 },
    });
  });

  test("what it gave stays as it was, whatever is written after it", () => {
    const lab = new RoomLab({ roomMaxEvents: 1 });
    const [before, later] = ["before", "behind"];
    lab.run("stream.publish", { room, event: "a", data: before });
    const answer = lab.part.engine.history({ room });
    const events = "payload" in answer ? answer.payload.events : [];
    // The second takes the place of the first only after it came: the third is written over it.
    for (let i = 0; i < 2; i++) lab.run("stream.publish", { room, event: "a", data: later });
    expect(events.map(({ data }) => decodeValue(data))).toEqual([before]);
  });
});

describe("stream.subscribe and unsubscribe", () => {
  test("need a session", () => {
    const lab = new RoomLab();
    for (const name of ["stream.subscribe", "stream.unsubscribe"] as const) {
      expect(lab.refusal(name, { room }).details.path).toBe("command");
    }
    expect(lab.state.size).toBe(0);
  });

  test("subscribing creates the room, and answers where it begins", () => {
    const lab = new RoomLab();
    const peer = new RoomPeer();
    expect(lab.run("stream.subscribe", { room }, peer)).toEqual({
      ...{ room, next_offset: 1, oldest_offset: 1, newest_offset: 0, incarnation: 1_001 },
    });
    lab.publish(room, 3);
    expect(lab.run("stream.subscribe", { room: "chat", from_offset: 2 }, new RoomPeer())).toEqual({
      ...{ room, next_offset: 2, oldest_offset: 1, newest_offset: 3, incarnation: 1_001 },
    });
    expect(lab.run("stream.unsubscribe", { room }, peer)).toEqual({ success: true });
    expect(lab.run("stream.unsubscribe", { room }, peer)).toEqual({ success: false });
  });
});

import { describe, expect, test } from "vitest";
import type { RoomEffect } from "./room-effects.ts";
import { roomsImage } from "./room-image.ts";
import { RoomState } from "./room-state.ts";

const DATA = new Uint8Array([2, 49]);

function create(room: string, timeMs = 1): RoomEffect {
  return { type: "stream.create", room, settings: null, timeMs };
}

function append(room: string, offset: number, keepFrom = 1): RoomEffect {
  const event = { eventType: "tick", data: DATA, metadata: null, timeMs: offset * 10 };
  return { type: "stream.append", room, offset, keepFrom, ...event };
}

function remove(room: string): RoomEffect {
  return { type: "stream.remove", room, reason: "deleted" };
}

function stateOf(...effects: RoomEffect[]): RoomState {
  const state = new RoomState();
  for (const [i, effect] of effects.entries()) state.apply(effect, 100 + i);
  return state;
}

describe("the state of rooms", () => {
  test("a room's incarnation is the seq of its creation; a new one begins at offset 1", () => {
    const state = stateOf(create("a"), append("a", 1), remove("a"), create("a"));
    expect(state.find("a")).toMatchObject({ incarnation: 103, log: { oldest: 1, newest: 0 } });
    state.apply(append("a", 1), 104);
    expect(state.find("a")?.log.newest).toBe(1);
  });

  test("S1: offsets follow each other", () => {
    const state = stateOf(create("a"), append("a", 1));
    expect(() => state.apply(append("a", 3), 200)).toThrow("S1");
    expect(() => state.apply(append("a", 1), 200)).toThrow("S1");
  });

  test("S2: what is kept is what the effect says, and only moves on", () => {
    const state = stateOf(create("a"), append("a", 1), append("a", 2), append("a", 3, 2));
    expect(state.find("a")?.log.oldest).toBe(2);
    expect(() => state.apply(append("a", 4, 1), 200)).toThrow("L1");
  });

  test("S3: a name is at most one room's, and only rooms that exist change", () => {
    const state = stateOf(create("a"));
    expect(() => state.apply(create("a"), 200)).toThrow("S3");
    for (const effect of [append("b", 1), remove("b")]) {
      expect(() => state.apply(effect, 200)).toThrow("names a room that exists");
    }
  });

  test("tells what changed; a removed room still knows what it was", () => {
    const state = stateOf(create("a"), append("a", 1));
    const change = state.apply(remove("a"), 102);
    expect(change).toMatchObject({ op: "removed", room: { name: "a", log: { newest: 1 } } });
    expect(state.find("a")).toBeUndefined();
    expect(state.apply(create("b"), 103)).toMatchObject({ op: "created", room: { name: "b" } });
    const settings = { maxEvents: 1, maxBytes: null, maxAgeMs: null, idleTtlMs: null };
    expect(state.apply({ type: "stream.configure", room: "b", settings }, 104).op).toBe("kept");
    expect(state.find("b")?.settings).toEqual(settings);
  });

  test("lists names in order, also after rooms went and others took their rows", () => {
    const names = ["b", "a", "é", "c", "😀"];
    const state = stateOf(...names.map((name) => create(name)), remove("b"), create("\u{ffff}"));
    const seen: string[] = [];
    state.names.walk("", false, (handle) => seen.push(state.at(handle).name) > 0);
    expect(seen).toEqual(["a", "c", "é", "\u{ffff}", "😀"]);
    expect(state.size).toBe(5);
  });

  test("a room takes the row of one that is gone, and nothing else of it", () => {
    const settings = { maxEvents: 1, maxBytes: null, maxAgeMs: null, idleTtlMs: null };
    const state = stateOf({ type: "stream.create", room: "a", settings, timeMs: 1 });
    for (let offset = 1; offset <= 70; offset++) state.apply(append("a", offset), 101);
    const before = state.find("a");
    state.apply(remove("a"), 102);
    state.apply(create("b"), 103);
    const after = state.find("b");
    expect(after?.handle).toBe(before?.handle);
    expect(after).toMatchObject({ name: "b", incarnation: 103, settings: null, usedMs: 1 });
    expect([after?.log.oldest, after?.log.newest, after?.log.bytes]).toEqual([1, 0, 0]);
  });

  test("remembers when a room was last used", () => {
    const state = stateOf(create("a", 5));
    expect(state.find("a")?.usedMs).toBe(5);
    state.apply(append("a", 1), 101);
    expect(state.find("a")?.usedMs).toBe(10);
  });

  test("takes nothing any more when all rooms are gone", () => {
    const effects = Array.from({ length: 100 }, (_, i) => append("a", i + 1));
    const state = stateOf(create("a"), ...effects, create("b"), append("b", 1));
    expect(state.bytes).toBeGreaterThan(0);
    for (const room of ["a", "b"]) state.apply(remove(room), 300);
    expect(state.sweep(99)).toBe(true);
    expect(state.sweep(99)).toBe(false);
    expect([state.bytes, state.size]).toEqual([0, 0]);
  });

  test("its image has every room with everything that effects decide", () => {
    const state = stateOf(create("b"), append("b", 1), append("b", 2, 2), create("a", 3));
    expect(roomsImage(state)).toEqual([
      {
        ...{ room: "a", incarnation: 103, settings: null, usedMs: 3 },
        ...{ oldest: 1, newest: 0, bytes: 0, events: [] },
      },
      {
        ...{ room: "b", incarnation: 100, settings: null, usedMs: 20 },
        ...{ oldest: 2, newest: 2, bytes: 8 },
        events: [{ offset: 2, timeMs: 20, eventType: "tick", metadata: null, data: DATA }],
      },
    ]);
  });
});

import assert from "node:assert/strict";
import { has, refusal, until } from "../expectations.ts";
import { aFrozenSocket, pushes, theWire } from "../needs.ts";
import { hears, quiet, tell, tellAll, told } from "../steps.ts";
import type { ConformanceCase, Fields, Party } from "../types.ts";

const room = "chat";

async function kept(call: Party["call"]): Promise<unknown[]> {
  const { events } = await call("stream.history", { room, limit: 10_000 });
  return (events as Fields[]).map(({ data }) => data);
}

function gapsOf(party: Party): Fields[] {
  return party.pushes
    .filter(({ type }) => type === "gap")
    .map(({ fields: { room: of, reason, from, to, lost } }) => ({ of, reason, from, to, lost }));
}

export const streamRetention: readonly ConformanceCase[] = [
  {
    name: "max_events: only the newest are kept; offsets go on",
    async run({ call }) {
      await call("stream.create", { room, max_events: 3 });
      await tellAll(call, room, 1, 3);
      assert.deepEqual(await kept(call), [1, 2, 3]);
      await tellAll(call, room, 4, 5);
      assert.deepEqual(await kept(call), [3, 4, 5]);
      has(await call("stream.stats", { room }), { events: 3, oldest_offset: 3, newest_offset: 5 });
    },
  },
  {
    name: "max_bytes: only as much as fits is kept, however large the newest is",
    async run({ call }) {
      await call("stream.create", { room, max_bytes: 3_500 });
      for (let i = 0; i < 6; i++) await tell(call, room, "x".repeat(1_000));
      has(await call("stream.stats", { room }), { events: 3, oldest_offset: 4, newest_offset: 6 });
      await tell(call, room, "y".repeat(3_000));
      has(await call("stream.stats", { room }), { events: 1, oldest_offset: 7, newest_offset: 7 });
      const large = call("stream.publish", { room, event: "e", data: "z".repeat(4_000) });
      await refusal(large, "PAYLOAD_TOO_LARGE", { limit: 3_500 });
      has(await call("stream.stats", { room }), { events: 1, newest_offset: 7 });
    },
  },
  {
    name: "max_age_secs: an event is kept for its time, to the millisecond, then goes by itself",
    async run({ call, world }) {
      await call("stream.create", { room, max_age_secs: 10 });
      await tell(call, room, 1);
      await world.advance(4_000);
      await tell(call, room, 2);
      await world.advance(5_999);
      assert.deepEqual(await kept(call), [1, 2]);
      await world.advance(1);
      assert.deepEqual(await kept(call), [2]);
      await world.advance(4_000);
      assert.deepEqual(await kept(call), []);
      has(await call("stream.stats", { room }), { events: 0, oldest_offset: 3, newest_offset: 2 });
      has(await call("stream.history", { room }), { next_offset: 3, oldest_offset: 3 });
      assert.equal(await tell(call, room, 3), 3);
    },
  },
  {
    name: "the defaults hold for rooms that say nothing: events and age",
    limits: { roomMaxEvents: 3, roomMaxAgeMs: 5_000 },
    async run({ call, world }) {
      await tellAll(call, room, 1, 5);
      assert.deepEqual(await kept(call), [3, 4, 5]);
      await call("stream.create", { room: "own", max_events: 100, max_age_secs: 60 });
      await tellAll(call, "own", 1, 5);
      await world.advance(5_000);
      assert.deepEqual(await kept(call), []);
      has(await call("stream.stats", { room: "own" }), { events: 5 });
    },
  },
  {
    name: "the default of bytes holds for rooms that say nothing",
    limits: { roomMaxBytes: 3_500 },
    async run({ call }) {
      for (let i = 0; i < 6; i++) await tell(call, room, "x".repeat(1_000));
      has(await call("stream.stats", { room }), { events: 3, oldest_offset: 4 });
    },
  },
  {
    name: "10 000 events are kept unless told otherwise",
    async run({ call }) {
      await call("stream.create", { room, max_events: 10_000 });
      has(await call("stream.create", { room, max_events: 10_000 }), { created: false });
      has(await call("stream.create", { room }), { created: false });
    },
  },
  {
    name: "a subscription below what is kept begins at the oldest, without a gap: it missed nothing",
    needs: pushes,
    async run({ call, party, world }) {
      await call("stream.create", { room, max_events: 3 });
      await tellAll(call, room, 1, 10);
      await call("stream.subscribe", { room, from_offset: 2 });
      await hears(world, party, "event", "offset", [8, 9, 10]);
      assert.deepEqual(gapsOf(party), []);
    },
  },
  {
    name: "a subscription that goes on in an incarnation is told of what is no longer kept, once",
    needs: [pushes, theWire],
    async run({ call, party, world }) {
      await call("stream.create", { room, max_events: 3 });
      await tellAll(call, room, 1, 10);
      const { incarnation } = await call("stream.stats", { room });
      await call("stream.subscribe", { room, from_offset: 5, incarnation });
      await tell(call, room, 11);
      await hears(world, party, "event", "offset", [8, 9, 10, 11]);
      assert.deepEqual(gapsOf(party), [{ of: room, reason: "retention", from: 5, to: 7, lost: 3 }]);
      assert.equal(party.pushes[0]?.type, "gap");
      has(party.pushes[0]?.fields ?? {}, { kind: "stream", incarnation });
    },
  },
  {
    name: "a subscription that goes on where it was, with everything kept, misses nothing",
    needs: [pushes, theWire],
    async run({ call, party, world }) {
      await tellAll(call, room, 1, 10);
      const { incarnation } = await call("stream.stats", { room });
      await call("stream.subscribe", { room, from_offset: 11, incarnation });
      await tell(call, room, 11);
      await hears(world, party, "event", "offset", [11]);
      assert.deepEqual(gapsOf(party), []);
    },
  },
  {
    name: "a frozen follower that retention passes: one gap, then all that is left, in order",
    needs: aFrozenSocket,
    async run({ call, party, world }) {
      const other = await world.join();
      await call("stream.create", { room, max_events: 5 });
      await call("stream.subscribe", { room });
      await tellAll(call, room, 1, 2);
      await hears(world, party, "event", "offset", [1, 2]);
      party.freeze?.();
      await tellAll(other.call, room, 3, 20);
      await quiet(world, other);
      party.thaw?.();
      await until(() => party.pushes.length >= 8, "the gap and what is left");
      await tell(other.call, room, 21);
      await hears(world, party, "event", "offset", [1, 2, 16, 17, 18, 19, 20, 21]);
      assert.deepEqual(gapsOf(party), [
        { of: room, reason: "retention", from: 3, to: 15, lost: 13 },
      ]);
      assert.equal(party.pushes[2]?.type, "gap");
    },
  },
  {
    name: "a follower at the end of a room that empties by age misses nothing",
    needs: pushes,
    async run({ call, party, world }) {
      await call("stream.create", { room, max_age_secs: 1 });
      await call("stream.subscribe", { room });
      await tell(call, room, 1);
      await world.advance(5_000);
      await tell(call, room, 2);
      await hears(world, party, "event", "offset", [1, 2]);
      assert.deepEqual(told(party, "gap", "reason"), []);
    },
  },
];

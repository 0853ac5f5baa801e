import assert from "node:assert/strict";
import { has, refusal, until } from "../expectations.ts";
import { aFrozenSocket, pushes, theWire } from "../needs.ts";
import { eventually, hears, quiet, tell, tellAll, told } from "../steps.ts";
import type { ConformanceCase, Fields, Party } from "../types.ts";

const room = "chat";

const exists = async (call: Party["call"], name = room): Promise<boolean> =>
  ((await call("stream.rooms", { prefix: name })).items as Fields[]).length > 0;

/** Types and reasons or offsets, in the order in which they came. */
function heard(party: Party): unknown[] {
  return party.pushes.map(({ type, fields }) => (type === "gap" ? fields.reason : fields.offset));
}

export const streamRemoval: readonly ConformanceCase[] = [
  {
    name: "stream.delete: who follows is told, stays, and gets the next incarnation from 1 on",
    needs: pushes,
    async run({ call, party, world }) {
      await call("stream.subscribe", { room });
      await tellAll(call, room, 1, 2);
      await hears(world, party, "event", "offset", [1, 2]);
      await call("stream.delete", { room });
      await until(() => told(party, "gap", "reason").length === 1, "the gap");
      has(party.pushes[2]?.fields ?? {}, { kind: "stream", room, reason: "deleted" });
      has(await call("stream.publish", { room, event: "e", data: "new" }), {
        offset: 1,
        subscribers_notified: 1,
      });
      await tell(call, room, "newer");
      await hears(world, party, "event", "offset", [1, 2, 1, 2]);
      assert.deepEqual(heard(party), [1, 2, "deleted", 1, 2]);
      const ids = told(party, "event", "event_id");
      assert.equal(new Set(ids).size, 4, "event ids are never given out twice");
    },
  },
  {
    name: "stream.subscribe incarnation: a room that is another one is told, and read from 1 on",
    needs: [pushes, theWire],
    async run({ call, party, world }) {
      await tellAll(call, room, 1, 10);
      const { incarnation } = await call("stream.stats", { room });
      await call("stream.delete", { room });
      await tellAll(call, room, 1, 3);
      const now = await call("stream.stats", { room });
      const answer = await call("stream.subscribe", { room, from_offset: 11, incarnation });
      has(answer, { incarnation: now.incarnation, next_offset: 1 });
      await hears(world, party, "event", "offset", [1, 2, 3]);
      assert.deepEqual(heard(party), ["recreated", 1, 2, 3]);
      has(party.pushes[0]?.fields ?? {}, { kind: "stream", room, incarnation: now.incarnation });
    },
  },
  {
    name: "stream.history: its incarnation is the room's, and changes when the room comes back",
    async run({ call }) {
      await tell(call, room, 1);
      const before = await call("stream.history", { room });
      has(await call("stream.stats", { room }), { incarnation: before.incarnation });
      await tell(call, room, 2);
      has(await call("stream.history", { room }), { incarnation: before.incarnation });
      await call("stream.delete", { room });
      await tell(call, room, 1);
      const after = await call("stream.history", { room });
      assert((after.incarnation as number) > (before.incarnation as number));
    },
  },
  {
    name: "a frozen follower of a room that is deleted and comes back: one gap, then the new events",
    needs: aFrozenSocket,
    async run({ call, party, world }) {
      const other = await world.join();
      await call("stream.subscribe", { room });
      await tell(call, room, 1);
      await hears(world, party, "event", "offset", [1]);
      party.freeze?.();
      await tellAll(other.call, room, 2, 4);
      await other.call("stream.delete", { room });
      await tellAll(other.call, room, 1, 2);
      await quiet(world, other);
      party.thaw?.();
      await hears(world, party, "event", "offset", [1, 1, 2]);
      const [reason, ...more] = told(party, "gap", "reason");
      assert.equal(more.length, 0);
      assert(reason === "deleted" || reason === "recreated");
    },
  },
  {
    name: "an empty room that nobody uses goes after its time; one in use stays",
    limits: { emptyRoomIdleTtlMs: 60_000 },
    async run({ call, world }) {
      await call("stream.create", { room });
      await tell(call, "full", 1);
      await world.advance(59_999);
      assert.equal(await exists(call), true);
      await world.advance(1);
      await eventually(async () => !(await exists(call)), "the room to go");
      assert.equal(await exists(call, "full"), true);
      await world.advance(86_400_000);
      has(await call("stream.stats", { room: "full" }), { events: 1 });
    },
  },
  {
    name: "an empty room goes an hour after its last use unless told otherwise",
    async run({ call, world }) {
      await call("stream.create", { room });
      await call("stream.create", { room: "own", idle_ttl_secs: 10 });
      await world.advance(9_999);
      assert.equal(await exists(call, "own"), true);
      await world.advance(1);
      await eventually(async () => !(await exists(call, "own")), "the room with a time of its own");
      await world.advance(3_600_000 - 10_001);
      assert.equal(await exists(call), true);
      await world.advance(1);
      await eventually(async () => !(await exists(call)), "the room to go");
      await refusal(call("stream.stats", { room }), "ROOM_NOT_FOUND");
    },
  },
  {
    name: "a room that somebody follows stays, and goes when they are gone for its time",
    needs: pushes,
    limits: { emptyRoomIdleTtlMs: 60_000 },
    async run({ call, world }) {
      await call("stream.subscribe", { room });
      await world.advance(600_000);
      has(await call("stream.stats", { room }), { subscribers: 1 });
      await call("stream.unsubscribe", { room });
      await world.advance(59_999);
      assert.equal(await exists(call), true);
      await world.advance(1);
      await eventually(async () => !(await exists(call)), "the room to go");
    },
  },
  {
    name: "a room that retention has emptied goes too; a publish makes its time begin anew",
    limits: { emptyRoomIdleTtlMs: 60_000 },
    async run({ call, world }) {
      await call("stream.create", { room, max_age_secs: 10 });
      await tell(call, room, 1);
      const { incarnation } = await call("stream.stats", { room });
      await world.advance(40_000);
      assert.equal(await tell(call, room, 2), 2);
      await world.advance(59_999);
      has(await call("stream.stats", { room }), { events: 0, newest_offset: 2 });
      await world.advance(1);
      await eventually(async () => !(await exists(call)), "the room to go");
      assert.equal(await tell(call, room, "new"), 1);
      assert.notEqual((await call("stream.stats", { room })).incarnation, incarnation);
    },
  },
  {
    name: "rooms that hold events go only where that is set",
    limits: { roomIdleTtlMs: 120_000 },
    async run({ call, world }) {
      await tell(call, room, 1);
      await tell(call, "used", 1);
      await world.advance(100_000);
      await tell(call, "used", 2);
      await world.advance(19_999);
      assert.equal(await exists(call), true);
      await world.advance(1);
      await eventually(async () => !(await exists(call)), "the room to go");
      has(await call("stream.stats", { room: "used" }), { events: 2 });
    },
  },
];

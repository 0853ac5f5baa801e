import assert from "node:assert/strict";
import { has, refusal, until } from "../expectations.ts";
import { aFrozenSocket, aSession, noSession, pushes, theWire } from "../needs.ts";
import { eventually, hears, quiet, tell, tellAll, told } from "../steps.ts";
import type { ConformanceCase, Fields, Party, World } from "../types.ts";
import { awkward, plain } from "../values.ts";

const room = "chat";

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

async function hearsOffsets(world: World, party: Party, offsets: readonly number[]): Promise<void> {
  await hears(world, party, "event", "offset", offsets);
}

/** What a subscription to a room with ten events asks for, and where it begins. */
const starts: readonly (readonly [request: Fields, first: number])[] = [
  [{}, 11],
  [{ replay: false }, 11],
  [{ replay: true }, 1],
  [{ from_offset: 0 }, 1],
  [{ from_offset: 4 }, 4],
  [{ from_offset: 10 }, 10],
  [{ from_offset: 11 }, 11],
  [{ from_offset: 12 }, 12],
  [{ from_offset: -3 }, 8],
  [{ from_offset: -1_000 }, 1],
  [{ from_offset: 4, replay: true }, 4],
  [{ from_offset: -3, replay: true }, 8],
  [{ from_offset: 4, replay: false }, 11],
  [{ from_offset: -3, replay: false }, 11],
  [{ from_offset: null, replay: null }, 11],
  [{ from_offset: null, replay: true }, 1],
];

export const streamFollow: readonly ConformanceCase[] = [
  ...starts.map(
    ([request, first]): ConformanceCase => ({
      name: `stream.subscribe ${JSON.stringify(request)}: from ${first} on, of ten events`,
      needs: pushes,
      async run({ call, party, world }) {
        await tellAll(call, room, 1, 10);
        await call("stream.subscribe", { room, ...request });
        await tellAll(call, room, 11, 12);
        await hearsOffsets(world, party, range(first, 12));
        assert.deepEqual(told(party, "event", "data"), range(first, 12));
        assert.deepEqual(told(party, "gap", "reason"), []);
      },
    }),
  ),
  {
    name: "stream.subscribe: answers where it begins, and the room as it is",
    needs: [pushes, theWire],
    async run({ call }) {
      await call("stream.create", { room, max_events: 4 });
      await tellAll(call, room, 1, 10);
      const { incarnation } = await call("stream.stats", { room });
      const is = { room, oldest_offset: 7, newest_offset: 10, incarnation };
      has(await call("stream.subscribe", { room }), { ...is, next_offset: 11 });
      await call("stream.unsubscribe", { room });
      has(await call("stream.subscribe", { room, from_offset: 3 }), { ...is, next_offset: 7 });
      has(await call("stream.subscribe", { room: "new" }), { next_offset: 1, newest_offset: 0 });
    },
  },
  {
    name: "stream.subscribe: an event is pushed with everything that history tells of it",
    needs: pushes,
    async run({ call, party, world }) {
      await call("stream.subscribe", { room });
      const metadata = { user: "ada" };
      await call("stream.publish", { room, event: "said", data: { text: "hi" }, metadata });
      await tell(call, room, "bare");
      await hearsOffsets(world, party, [1, 2]);
      const { events } = await call("stream.history", { room });
      const pushed = party.pushes.map(({ fields: { room: of, ...event } }) => {
        assert.equal(of, room);
        return event;
      });
      assert.deepEqual(pushed.map(plain), (events as Fields[]).map(plain));
    },
  },
  {
    name: "stream.subscribe: data arrives as what it was",
    needs: pushes,
    async run({ call, party, world }) {
      const sent = [...awkward, Uint8Array.of(0, 255), { file: Uint8Array.of(1) }];
      await call("stream.subscribe", { room });
      for (const data of sent) await tell(call, room, data);
      await hearsOffsets(world, party, range(1, sent.length));
      assert.deepEqual(told(party, "event", "data").map(plain), sent.map(plain));
    },
  },
  {
    name: "the seam: kept events, then those published meanwhile, each once and in order",
    needs: pushes,
    async run({ call, party, world }) {
      await tellAll(call, room, 1, 300);
      const followed = call("stream.subscribe", { room, from_offset: 1 });
      const publishers = await Promise.all([world.join(), world.join()]);
      await Promise.all(publishers.map((one) => tellAll(one.call, room, 1, 100)));
      await followed;
      await hearsOffsets(world, party, range(1, 500));
    },
  },
  {
    name: "stream.subscribe: many kept events arrive, also more than one page of them",
    needs: pushes,
    async run({ call, party, world }) {
      for (let i = 0; i < 12; i++) await tell(call, room, "x".repeat(300_000));
      await tellAll(call, room, 1, 1_500);
      await call("stream.subscribe", { room, replay: true });
      await hearsOffsets(world, party, range(1, 1_512));
    },
  },
  {
    name: "stream.subscribe: all who follow get each event; a publish says how many they are",
    needs: pushes,
    async run({ call, party, world }) {
      const others = await Promise.all([world.join(), world.join()]);
      await call("stream.subscribe", { room });
      for (const other of others) await other.call("stream.subscribe", { room, replay: true });
      const answer = await call("stream.publish", { room, event: "e", data: 1 });
      has(answer, { offset: 1, subscribers_notified: 3 });
      has(await call("stream.stats", { room }), { subscribers: 3 });
      for (const one of [party, ...others]) await hearsOffsets(world, one, [1]);
      await tell(call, "other", 1);
      for (const one of [party, ...others]) await hearsOffsets(world, one, [1]);
    },
  },
  {
    name: "stream.unsubscribe: no more comes; the others go on",
    needs: pushes,
    async run({ call, party, world }) {
      const other = await world.join();
      await call("stream.subscribe", { room });
      await other.call("stream.subscribe", { room });
      await tell(call, room, 1);
      await hearsOffsets(world, party, [1]);
      has(await call("stream.unsubscribe", { room }), { success: true });
      await tell(call, room, 2);
      await hearsOffsets(world, other, [1, 2]);
      await hearsOffsets(world, party, [1]);
      has(await call("stream.unsubscribe", { room }), { success: false });
      has(await call("stream.stats", { room }), { subscribers: 1 });
    },
  },
  {
    name: "a party that has gone is no subscriber any more",
    needs: pushes,
    async run({ call, world }) {
      const other = await world.join();
      await other.call("stream.subscribe", { room });
      has(await call("stream.stats", { room }), { subscribers: 1 });
      await other.close();
      await eventually(
        async () => (await call("stream.stats", { room })).subscribers === 0,
        "no subscribers",
      );
      has(await call("stream.publish", { room, event: "e", data: 1 }), { subscribers_notified: 0 });
    },
  },
  {
    name: "stream.subscribe again: moves the follower back, never forward",
    needs: [pushes, theWire],
    async run({ call, party, world }) {
      await tellAll(call, room, 1, 5);
      await call("stream.subscribe", { room, from_offset: 3 });
      await hearsOffsets(world, party, [3, 4, 5]);
      has(await call("stream.subscribe", { room }), { next_offset: 6 });
      await quiet(world, party);
      has(await call("stream.subscribe", { room, from_offset: 2 }), { next_offset: 2 });
      await hearsOffsets(world, party, [3, 4, 5, 2, 3, 4, 5]);
      await call("stream.subscribe", { room, from_offset: 100 });
      await tell(call, room, 6);
      await hearsOffsets(world, party, [3, 4, 5, 2, 3, 4, 5, 6]);
      has(await call("stream.stats", { room }), { subscribers: 1 });
    },
  },
  {
    name: "max_subscribers_per_room: one more is SUBSCRIBER_LIMIT",
    needs: pushes,
    limits: { maxSubscribersPerRoom: 2 },
    async run({ call, world }) {
      const [second, third] = await Promise.all([world.join(), world.join()]);
      assert(second !== undefined && third !== undefined);
      await call("stream.subscribe", { room });
      await call("stream.subscribe", { room, replay: true });
      await second.call("stream.subscribe", { room });
      await refusal(third.call("stream.subscribe", { room }), "SUBSCRIBER_LIMIT", { limit: 2 });
      await third.call("stream.subscribe", { room: "other" });
      await second.call("stream.unsubscribe", { room });
      await third.call("stream.subscribe", { room });
    },
  },
  {
    name: "a session follows as many rooms as it may, then SUBSCRIBER_LIMIT",
    needs: aSession,
    limits: { maxSubscriptionsPerSession: 2 },
    async run({ call }) {
      await call("stream.subscribe", { room: "a" });
      await call("stream.subscribe", { room: "b" });
      await refusal(call("stream.subscribe", { room: "c" }), "SUBSCRIBER_LIMIT", { limit: 2 });
      await call("stream.unsubscribe", { room: "a" });
      await call("stream.subscribe", { room: "c" });
    },
  },
  {
    name: "stream.subscribe is refused where there is no session, with the reason",
    needs: noSession,
    async run({ call }) {
      await refusal(call("stream.subscribe", { room }), "INVALID_REQUEST");
      await refusal(call("stream.unsubscribe", { room }), "INVALID_REQUEST");
      await refusal(call("stream.stats", { room }), "ROOM_NOT_FOUND");
    },
  },
  {
    name: "a frozen follower costs the others nothing, and gets all that is kept when it wakes",
    needs: aFrozenSocket,
    async run({ call, party, world }) {
      const other = await world.join();
      await call("stream.subscribe", { room });
      await other.call("stream.subscribe", { room });
      party.freeze?.();
      await tellAll(other.call, room, 1, 2_000);
      await hearsOffsets(world, other, range(1, 2_000));
      assert.equal(party.pushes.length, 0);
      party.thaw?.();
      await until(() => party.pushes.length === 2_000, "everything that was kept");
      await tell(other.call, room, "live");
      await hearsOffsets(world, party, range(1, 2_001));
      assert.deepEqual(told(party, "gap", "reason"), []);
    },
  },
];

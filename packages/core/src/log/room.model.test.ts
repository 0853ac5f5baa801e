import type { Value } from "@hivellm/synap-protocol";
import fc from "fast-check";
import { describe, test } from "vitest";
import type { Keeping } from "../../test/room-model.ts";
import { RoomWorld, type Seat } from "../../test/room-world.ts";
import type { Limits } from "../limits.ts";

/*
 * Rooms against arrays. Parties follow, freeze, thaw, leave and come back; rooms are written to,
 * trimmed by count, bytes and age, deleted and made anew; the server starts anew from what was
 * committed. Each push is held against the model at the moment it comes. fast-check prints the seed of a failure.
 */

type Step = fc.AsyncCommand<RoomWorld, RoomWorld>;

function step(says: string, run: (world: RoomWorld) => Promise<void> | void): Step {
  return {
    check: () => true,
    run: async (_, world) => run(world),
    toString: () => says,
  };
}

const ROOMS = ["a", "b", "räume/😀"];
const rooms = fc.constantFrom(...ROOMS);
const seats = fc.nat(3);
const datas = fc.oneof(
  fc.nat(1_000),
  fc.constantFrom<Value>("", null, "x".repeat(60), "ü", { a: [1] }),
);
const metadatas = fc.constantFrom<Record<string, string> | null>(
  null,
  null,
  null,
  {},
  { trace: "é" },
);

const seatOf = (world: RoomWorld, at: number): Seat => world.seats[at] as Seat;

const publishSteps = fc
  .record({ room: rooms, datas: fc.array(datas, { minLength: 1, maxLength: 4 }), metadatas })
  .map(({ room, datas, metadatas }) =>
    step(`publish ${datas.length} to ${room}`, (world) => {
      for (const data of datas) world.publish(room, data, metadatas);
    }),
  );

/** More than a room keeps, and more than a step sends. */
const burstSteps = fc
  .record({ room: rooms, count: fc.integer({ min: 8, max: 40 }) })
  .map(({ room, count }) =>
    step(`publish ${count} to ${room}`, (world) => {
      for (let i = 0; i < count; i++) world.publish(room, i, null);
    }),
  );

const keepings: fc.Arbitrary<Keeping> = fc.record(
  {
    max_events: fc.constantFrom(1, 5, 12, 30),
    max_bytes: fc.constantFrom(200, 300),
    max_age_secs: fc.constantFrom(0.05, 0.3),
    idle_ttl_secs: fc.constantFrom(0.2, 2),
  },
  { requiredKeys: [] },
);

const createSteps = fc
  .record({ room: rooms, keeping: keepings })
  .map(({ room, keeping }) =>
    step(`create ${room} ${JSON.stringify(keeping)}`, (world) => world.create(room, keeping)),
  );

const removeSteps = rooms.map((room) => step(`delete ${room}`, (world) => world.remove(room)));

const positions = fc.record(
  { from_offset: fc.integer({ min: -15, max: 40 }), replay: fc.boolean() },
  { requiredKeys: [] },
);
const namings = fc.constantFrom("none", "none", "current", "current", "other");

const subscribeSteps = fc
  .record({ at: seats, room: rooms, position: positions, naming: namings })
  .map(({ at, room, position, naming }) =>
    step(`${at} follows ${room} ${JSON.stringify({ ...position, naming })}`, (world) =>
      world.subscribe(seatOf(world, at), room, { ...position, naming }),
    ),
  );

const unsubscribeSteps = fc
  .record({ at: seats, room: rooms })
  .map(({ at, room }) =>
    step(`${at} follows ${room} no more`, (world) => world.unsubscribe(seatOf(world, at), room)),
  );

const socketSteps = fc
  .record({ at: seats, does: fc.constantFrom("freezes", "thaws", "thaws", "leaves") })
  .map(({ at, does }) =>
    step(`${at} ${does}`, (world) => {
      if (does === "freezes") world.freeze(seatOf(world, at));
      else if (does === "thaws") world.drain(seatOf(world, at));
      else world.leave(seatOf(world, at));
    }),
  );

const returnSteps = fc
  .record({ at: seats, as: seats })
  .map(({ at, as }) =>
    step(`${at} comes back as ${as}`, (world) =>
      world.comeBack(seatOf(world, at), seatOf(world, as)),
    ),
  );

const bounds = fc.option(fc.integer({ min: -20, max: 60 }), { nil: undefined });

const historySteps = fc
  .record({ room: rooms, from: bounds, to: bounds, limit: fc.constantFrom(1, 3, 100) })
  .map(({ room, from, to, limit }) =>
    step(`history of ${room} from ${from} to ${to}, ${limit} a page`, (world) =>
      world.history(room, from, to === undefined ? undefined : Math.abs(to), limit),
    ),
  );

const timeSteps = fc
  .oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 100, max: 1_200 }))
  .map((ms) => step(`${ms} ms pass`, (world) => world.advance(ms)));

const turnSteps = fc.constantFrom(
  ...[1, 2, 3, 4].map(() => step("the turn ends", (world) => world.turn())),
  step("one looks", (world) => world.look()),
  step("the server starts anew", (world) => world.restart()),
);

const steps = fc.commands<RoomWorld, RoomWorld, false>(
  [
    ...[publishSteps, publishSteps, burstSteps, createSteps, removeSteps],
    ...[subscribeSteps, subscribeSteps, subscribeSteps, unsubscribeSteps],
    ...[socketSteps, socketSteps, returnSteps, historySteps, timeSteps],
    ...[turnSteps, turnSteps, turnSteps, turnSteps],
  ],
  { size: "+2", maxCommands: 150 },
);

const SMALL: Partial<Limits> = {
  roomMaxEvents: 12,
  maxPageBytes: 400,
  emptyRoomIdleTtlMs: 900,
  maxSubscribersPerRoom: 3,
};

async function check(limits: Partial<Limits>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(steps, async (cmds) => {
      const world = new RoomWorld({ ...SMALL, ...limits });
      await fc.asyncModelRun(() => ({ model: world, real: world }), cmds);
      await world.settle();
    }),
    { numRuns: 120 },
  );
}

describe("rooms do what arrays would", () => {
  test("with the defaults", { timeout: 120_000 }, () => check({}));

  test("where age and bytes trim too", { timeout: 120_000 }, () =>
    check({ roomMaxAgeMs: 250, roomMaxBytes: 250 }),
  );

  test("where rooms with events go when they are idle", { timeout: 120_000 }, () =>
    check({ roomIdleTtlMs: 700, maxExpiriesPerTurn: 1 }),
  );
});

import type { Value } from "@hivellm/synap-protocol";
import fc from "fast-check";
import { test } from "vitest";
import type { Request } from "../../test/calls.ts";
import { KvWorld, type Slot } from "../../test/kv-world.ts";

/*
 * The kv engine against a Map. Commands run one after the other in the same turn until one of them
 * ends it; two parties write, watch, are slow, get lost and come back; the journal is held up; the
 * wall clock jumps; scans stay open across all of it. fast-check prints the seed of a failure.
 */

type Step = fc.AsyncCommand<KvWorld, KvWorld>;

function step(
  says: string,
  run: (world: KvWorld) => Promise<void> | void,
  fits: (world: KvWorld) => boolean = () => true,
): Step {
  return {
    check: (world) => fits(world as KvWorld),
    run: async (_, world) => run(world),
    toString: () => says,
  };
}

const slots = fc.constantFrom(0, 1);

/** A step that a party takes while it is connected. */
function partyStep(
  says: string,
  at: number,
  run: (world: KvWorld, slot: Slot) => void | Promise<void>,
  fits: (world: KvWorld, slot: Slot) => boolean = () => true,
): Step {
  const slotIn = (world: KvWorld): Slot => world.slots[at] as Slot;
  return step(
    `${says} by ${at}`,
    (world) => run(world, slotIn(world)),
    (world) => slotIn(world).lostAtMs === null && fits(world, slotIn(world)),
  );
}

const BULK = Array.from({ length: 300 }, (_, i) => `bulk:${String(i).padStart(3, "0")}`);
const PREFIXES = ["", "a", "user:", "bulk:", "\u{e000}", "😀"];
const keys = fc.constantFrom(
  ...["a", "a/b", "ab", "b", "user:1", "user:2", "user:", "é"],
  ...["\u{e000}", "\u{e000}x", "\u{ffff}", "😀", "😀a", "a😀", "bulk:000", "bulk:299", "bulk:9"],
);
const values: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(0, 41, "7", "+08", "seven", Number.MAX_SAFE_INTEGER, null, true, 1.5),
  fc.constantFrom<Value>("", [], { a: [1, { b: null }] }, "x".repeat(3_000)),
  fc.uint8Array({ maxLength: 8 }),
);
const times = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc.record({ ttl_ms: fc.integer({ min: 1, max: 3_000 }) }),
  fc.record({ ttl: fc.constantFrom(0.0001, 0.5, 1, 2) }),
);

/** Which version a condition names: the one that holds, none, or one that does not. */
const wanted = fc.constantFrom("current", "zero", "wrong");
type Wanted = "current" | "zero" | "wrong";
const conditions = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.array(fc.record({ key: keys, wants: wanted }), { maxLength: 2 }),
);

function versionFor(world: KvWorld, key: string, wants: string): number {
  const current = world.model.versionOf(key);
  if ((wants as Wanted) === "current") return current;
  return (wants as Wanted) === "zero" ? 0 : current + 1;
}

function ifOf(
  world: KvWorld,
  given: { key: string; wants: string }[] | undefined,
): { if?: { key: string; version: number }[] } {
  if (given === undefined) return {};
  return { if: given.map(({ key, wants }) => ({ key, version: versionFor(world, key, wants) })) };
}

const setSteps = fc
  .record({
    at: slots,
    key: keys,
    value: values,
    when: fc.oneof({ weight: 4, arbitrary: times }, fc.constant({ keep_ttl: true })),
    only: fc.constantFrom({}, {}, {}, { nx: true }, { xx: true }, { nx: false }),
    wants: fc.option(wanted, { freq: 4, nil: undefined }),
    conditions,
    flags: fc.constantFrom({}, {}, { get: true }, { session: true }, { get: true, session: true }),
  })
  .map(({ at, key, value, when, only, wants, conditions, flags }) =>
    partyStep(`set ${JSON.stringify({ key, when, only, wants, flags })}`, at, (world, slot) => {
      const version = wants === undefined ? {} : { if_version: versionFor(world, key, wants) };
      const request: Request<"kv.set"> = {
        ...{ key, value, ...when, ...only, ...flags, ...version },
        ...ifOf(world, conditions),
      };
      world.do(slot, "kv.set", request, (made) => world.model.set(request, slot.client, made));
    }),
  );

const msetSteps = fc
  .record({
    at: slots,
    entries: fc.array(
      fc.tuple(keys, values, times).map(([key, value, when]) => ({ key, value, ...when })),
      { minLength: 1, maxLength: 5 },
    ),
    conditions,
  })
  .map(({ at, entries, conditions }) =>
    partyStep(`mset ${entries.map(({ key }) => key).join(" ")}`, at, (world, slot) => {
      const request = { entries, ...ifOf(world, conditions) };
      world.do(slot, "kv.mset", request, (made) => world.model.mset(request, made));
    }),
  );

/** More keys at once than a watch sends in one step. */
const bulkSteps = fc.record({ at: slots, when: times }).map(({ at, when }) =>
  partyStep("mset of the bulk", at, (world, slot) => {
    const request = { entries: BULK.map((key, i) => ({ key, value: i, ...when })) };
    world.do(slot, "kv.mset", request, (made) => world.model.mset(request, made));
  }),
);

const delSteps = fc
  .record({ at: slots, keys: fc.array(keys, { minLength: 1, maxLength: 3 }), conditions })
  .map(({ at, keys, conditions }) =>
    partyStep(`del ${keys.join(" ")}`, at, (world, slot) => {
      const request = { keys, ...ifOf(world, conditions) };
      world.do(slot, "kv.del", request, () => world.model.del(request));
    }),
  );

const countSteps = fc
  .record({
    at: slots,
    name: fc.constantFrom("kv.incr" as const, "kv.decr" as const),
    key: keys,
    amount: fc.constantFrom(
      {},
      { amount: 3 },
      { amount: -7 },
      { amount: 0 },
      { amount: 2 ** 53 - 1 },
    ),
    when: times,
    conditions,
  })
  .map(({ at, name, key, amount, when, conditions }) =>
    partyStep(`${name} ${key} ${JSON.stringify(amount)}`, at, (world, slot) => {
      const request = { key, ...amount, ...when, ...ifOf(world, conditions) };
      const sign = name === "kv.incr" ? 1 : -1;
      world.do(slot, name, request, (made) => world.model.count(request, sign, made));
    }),
  );

const expirySteps = fc.record({ at: slots, key: keys, when: times }).map(({ at, key, when }) =>
  partyStep(`expire ${key} ${JSON.stringify(when)}`, at, (world, slot) => {
    const request = { key, ...when };
    world.do(slot, "kv.expire", request, () => world.model.expire(request));
  }),
);

const readSteps = fc
  .record({ at: slots, keys: fc.array(keys, { minLength: 1, maxLength: 3 }) })
  .map(({ at, keys }) =>
    partyStep(`read ${keys.join(" ")}`, at, (world, slot) => {
      const key = keys[0] as string;
      const { model } = world;
      world.do(slot, "kv.get", { key }, () => ({ payload: model.get(key) }));
      world.do(slot, "kv.mget", { keys }, () => model.mget({ keys }));
      world.do(slot, "kv.exists", { keys }, () => model.exists({ keys }));
      world.do(slot, "kv.ttl", { key }, () => model.ttl({ key }));
    }),
  );

const persistSteps = fc.record({ at: slots, key: keys }).map(({ at, key }) =>
  partyStep(`persist ${key}`, at, (world, slot) => {
    world.do(slot, "kv.persist", { key }, () => world.model.persist({ key }));
  }),
);

const scanSteps = fc
  .record({
    at: slots,
    name: fc.constantFrom("first", "second"),
    prefix: fc.constantFrom(...PREFIXES),
    count: fc.constantFrom(1, 2, 5, 200),
  })
  .map(({ at, name, prefix, count }) =>
    partyStep(
      `scan ${name} of "${prefix}", ${count} a page`,
      at,
      (world, slot) => world.scan(slot, name, prefix, count),
      (world) => !world.isHeld,
    ),
  );

const watchSteps = fc
  .record({ at: slots, prefix: fc.constantFrom(...PREFIXES), how: fc.constantFrom(0, 1, 2, 2) })
  .map(({ at, prefix, how }) =>
    partyStep(
      `${["watch", "unwatch", "watch on"][how]} "${prefix}"`,
      at,
      (world, slot) => {
        if (how === 1) world.unwatch(slot, prefix);
        else world.watch(slot, prefix, how === 2);
      },
      (world, slot) => !(how === 2 && world.isHeld) && (how !== 1 || slot.watches.has(prefix)),
    ),
  );

const socketSteps = fc
  .record({ at: slots, does: fc.constantFrom("blocks", "drains", "closes") })
  .map(({ at, does }) =>
    partyStep(`socket ${does}`, at, (world, slot) => {
      if (does === "blocks") slot.party.writable = false;
      else if (does === "drains") slot.party.drain();
      else world.close(slot);
    }),
  );

const lossSteps = slots.map((at) =>
  partyStep(
    "the connection breaks",
    at,
    (world, slot) => world.lose(slot),
    (world, slot) => !world.isHeld && slot.party.pushes("hello").length > 0,
  ),
);

const returnSteps = slots.map((at) =>
  step(
    `the party comes back at ${at}`,
    (world) => world.resume(world.slots[at] as Slot),
    (world) => (world.slots[at] as Slot).lostAtMs !== null,
  ),
);

const timeSteps = fc
  .record({ ms: fc.integer({ min: 1, max: 700 }), jumps: fc.boolean() })
  .map(({ ms, jumps }) =>
    step(
      `${ms} ms ${jumps ? "are jumped over" : "pass"}`,
      (world) => (jumps ? world.jump(ms) : world.advance(ms)),
      (world) => !world.isHeld,
    ),
  );

const turnSteps = fc.constantFrom(
  step("the turn ends", (world) => world.endTurn()),
  step("the turn ends", (world) => world.endTurn()),
  step("the journal is held", (world) => world.hold()),
  step("the journal goes on", (world) => world.release()),
);

const steps = fc.commands<KvWorld, KvWorld, false>(
  [
    ...[setSteps, setSteps, setSteps, msetSteps, bulkSteps, delSteps, countSteps, countSteps],
    ...[expirySteps, persistSteps, readSteps, readSteps, scanSteps, scanSteps],
    ...[watchSteps, watchSteps, socketSteps, lossSteps, returnSteps, returnSteps],
    ...[timeSteps, turnSteps, turnSteps, turnSteps],
  ],
  { size: "+2", maxCommands: 120 },
);

async function runSteps(cmds: Iterable<Step>, watchHistoryEvents: number): Promise<void> {
  const world = new KvWorld({ watchHistoryEvents });
  await fc.asyncModelRun(() => ({ model: world, real: world }), cmds);
  await world.settle();
  await world.engine.close();
}

test("kv commands, scans and watches do what a Map would", { timeout: 120_000 }, async () => {
  await fc.assert(fc.asyncProperty(steps, fc.constantFrom(3, 40, 400, 10_000), runSteps), {
    numRuns: 400,
  });
});

import { isSynapError } from "@hivellm/synap-protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FakePeer, PubsubLab, tagged } from "../../test/pubsub-lab.ts";
import { ModelParty, PubsubModel } from "../../test/pubsub-model.ts";
import type { Limits } from "../index.ts";
import { messageBytes } from "./shared-push.ts";

/*
 * Pub/sub against a model in which everything is an array that is looked through. Parties subscribe
 * with and without groups, are slow, leave, and take up what others left, within a turn or across
 * turns. fast-check prints the seed of a failure.
 */

/** A party and its model. */
interface Seat {
  readonly peer: FakePeer;
  readonly model: ModelParty;
}

const SEATS = 4;

class World {
  readonly lab: PubsubLab;
  readonly model: PubsubModel;
  readonly seats: Seat[] = [];
  /** Those who have left: nothing comes to them any more. */
  readonly #gone: Seat[] = [];

  constructor(limits: Partial<Limits>) {
    this.lab = new PubsubLab(limits);
    this.model = new PubsubModel(this.lab.limits);
    for (let at = 0; at < SEATS; at++) this.#sit(at);
  }

  subscribe(at: number, topics: string[], group: string | undefined): void {
    const { peer, model } = this.#seat(at);
    const answer = this.lab.try("pubsub.subscribe", { topics, group }, peer);
    const code = isSynapError(answer) ? answer.code : null;
    const may = this.model.subscribe(model, topics, group ?? null);
    expect(code).toBe(may ? null : "SUBSCRIBER_LIMIT");
  }

  unsubscribe(at: number, topics: string[] | undefined, group: string | undefined): void {
    const { peer, model } = this.#seat(at);
    const removed = this.model.unsubscribe(model, topics, group);
    expect(this.lab.unsubscribe(peer, topics, group)).toBe(removed);
  }

  publish(topic: string, size: number): void {
    const message = tagged("x".repeat(size));
    const bytes = messageBytes({ topic, message, metadata: null });
    const request = { topic, message };
    const { message_id, subscribers_matched } = this.lab.run("pubsub.publish", request);
    expect(this.model.publish(topic, Number(message_id), bytes)).toBe(subscribers_matched);
  }

  setWritable(at: number, writable: boolean): void {
    const { peer, model } = this.#seat(at);
    peer.writable = writable;
    model.writable = writable;
  }

  drained(at: number): void {
    const { peer, model } = this.#seat(at);
    this.setWritable(at, true);
    this.lab.part.drained(peer);
    this.model.drained(model);
  }

  flushOnce(): void {
    this.lab.flushOnce();
    this.model.flushOnce();
  }

  flush(): void {
    this.lab.flush();
    this.model.flush();
  }

  takeUp(at: number, by: number): void {
    if (at === by) return;
    const from = this.#seat(at);
    const to = this.#seat(by);
    this.setWritable(at, false);
    this.lab.part.takeUp(from.peer, to.peer);
    this.model.takeUp(from.model, to.model);
    this.forget(at);
  }

  forget(at: number): void {
    const seat = this.#seat(at);
    this.lab.part.forget(seat.peer);
    this.model.forget(seat.model);
    this.#gone.push(seat);
    this.#sit(at);
  }

  /** Everybody has been told what the model says, in this order, and nothing that was not for them. */
  check(): void {
    for (const { peer, model } of [...this.seats, ...this.#gone]) {
      const told = peer.pushes.map(({ type, fields }) =>
        type === "gap" ? `gap ${String(fields.lost)}` : String(fields.message_id),
      );
      expect(told).toEqual(model.told);
      const copies = peer.pushes
        .filter(({ type }) => type === "message")
        .map(({ fields }) => `${String(fields.message_id)} ${String(fields.group ?? null)}`);
      if (!model.mayRepeat) expect(new Set(copies).size).toBe(copies.length); // S1
      expect(copies.filter((copy) => !model.meant.has(copy))).toEqual([]);
    }
  }

  /** All read what is left, then all leave: nothing is held, and every copy is accounted for. */
  settle(): void {
    for (let at = 0; at < SEATS; at++) this.drained(at);
    this.flush();
    this.check();
    for (let at = 0; at < SEATS; at++) this.forget(at);
    expect([this.lab.part.parts, this.lab.part.bytes()]).toEqual([0, 0]);
    expect(this.lab.bindings.counts.size).toBe(0);
    const { delivered, dropped } = this.lab.run("pubsub.stats", {});
    expect(delivered + dropped).toBe(this.model.copies - this.model.doubles);
  }

  #seat(at: number): Seat {
    return this.seats[at] as Seat;
  }

  #sit(at: number): void {
    const seat = { peer: new FakePeer(`${at}-${this.#gone.length}`), model: new ModelParty() };
    this.seats[at] = seat;
    this.model.parties = this.seats.map(({ model }) => model);
  }
}

const at = fc.nat(SEATS - 1);
const topic = fc.constantFrom("a", "b", "a.b", "a.c", "b.a", "a.b.c");
const pattern = fc.oneof(topic, fc.constantFrom("#", "*", "a.*", "a.#", "*.b", "#.a", "#.b.#"));
const some = fc.array(pattern, { minLength: 1, maxLength: 3 });
const group = fc.constantFrom(undefined, undefined, "g", "h");

type Step = (world: World) => void;

const steps: fc.Arbitrary<[string, Step]> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(at, some, group)
      .map(([i, topics, of]): [string, Step] => [
        `${i} subscribes ${topics.join(" ")} in ${of}`,
        (world) => world.subscribe(i, topics, of),
      ]),
  },
  fc
    .tuple(at, fc.option(some, { nil: undefined }), group)
    .map(([i, topics, of]): [string, Step] => [
      `${i} unsubscribes ${topics?.join(" ") ?? "all"} in ${of}`,
      (world) => world.unsubscribe(i, topics, of),
    ]),
  {
    weight: 8,
    arbitrary: fc
      .tuple(topic, fc.constantFrom(1, 1, 50, 700))
      .map(([name, size]): [string, Step] => [
        `publish ${name} of ${size}`,
        (world) => world.publish(name, size),
      ]),
  },
  at.map((i): [string, Step] => [`${i} freezes`, (world) => world.setWritable(i, false)]),
  at.map((i): [string, Step] => [`${i} thaws`, (world) => world.setWritable(i, true)]),
  at.map((i): [string, Step] => [`${i} has drained`, (world) => world.drained(i)]),
  fc
    .tuple(at, at)
    .map(([i, j]): [string, Step] => [`${j} takes up ${i}`, (world) => world.takeUp(i, j)]),
  at.map((i): [string, Step] => [`${i} ends`, (world) => world.forget(i)]),
  { weight: 2, arbitrary: fc.constant<[string, Step]>(["a turn ends", (w) => w.flushOnce()]) },
  { weight: 2, arbitrary: fc.constant<[string, Step]>(["turns end", (w) => w.flush()]) },
);

const limits = fc.record({
  pubsubBufferMessages: fc.constantFrom(0, 1, 3, 1_000),
  pubsubBufferBytes: fc.constantFrom(1_000, 3_000, 1_000_000),
  maxPageBytes: fc.constantFrom(1, 1_000, 1_000_000),
  pubsubCacheTopics: fc.constantFrom(0, 4, 1_000),
  maxPatternsPerSession: fc.constantFrom(4, 1_000),
});

test("S1 to S5: pub/sub does what its model does", { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(limits, fc.array(steps, { maxLength: 120, size: "max" }), (given, all) => {
      const world = new World(given);
      for (const [, run] of all) {
        run(world);
        world.check();
      }
      world.settle();
    }),
    { numRuns: 300 },
  );
});

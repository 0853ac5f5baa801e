import fc from "fast-check";
import { expect, test } from "vitest";
import type { Request } from "../../test/calls.ts";
import { QueueWorld, type Seat } from "../../test/queue-world.ts";

/*
 * Queues against arrays. Commands run one after the other in the same turn until one of them ends
 * it; two sockets and an HTTP caller publish, consume, subscribe, are frozen, get lost and come
 * back; receipts are good, late, doubled, foreign or invented; the journal is held up; time passes.
 * fast-check prints the seed of a failure.
 */

type Step = fc.AsyncCommand<QueueWorld, QueueWorld>;

function step(
  says: string,
  run: (world: QueueWorld) => Promise<void> | void,
  fits: (world: QueueWorld) => boolean = () => true,
): Step {
  return {
    check: (world) => fits(world as QueueWorld),
    run: async (_, world) => run(world),
    toString: () => says,
  };
}

/** A step that a party takes while it is connected. */
function partyStep(
  says: string,
  at: number,
  run: (world: QueueWorld, seat: Seat) => void | Promise<void>,
  fits: (world: QueueWorld, seat: Seat) => boolean = () => true,
): Step {
  const seatIn = (world: QueueWorld): Seat => world.seats[at] as Seat;
  return step(
    `${says} by ${at}`,
    (world) => run(world, seatIn(world)),
    (world) => seatIn(world).lostAtMs === null && fits(world, seatIn(world)),
  );
}

const anyone = fc.constantFrom(0, 1, 2);
const sockets = fc.constantFrom(0, 1);
const names = fc.constantFrom("a", "a", "a", "b", "a.dead");

function some<T>(value: fc.Arbitrary<T>, freq = 3): fc.Arbitrary<T | undefined> {
  return fc.option(value, { freq, nil: undefined });
}

const publications = fc.record(
  {
    priority: fc.constantFrom(0, 5, 5, 9),
    delay: fc.constantFrom(0, 0.2, 1),
    ttl: fc.constantFrom(0.3, 1),
    dedup_id: fc.constantFrom("d1", "d2"),
    max_retries: fc.constantFrom(0, 1),
    headers: fc.constant({ trace: "t" }),
  },
  { requiredKeys: [] },
);

const publishSteps = fc
  .record({ at: anyone, queue: names, about: publications })
  .map(({ at, queue, about }) =>
    partyStep(`publish to ${queue} ${JSON.stringify(about)}`, at, (world, seat) => {
      const publication = { message: world.nextMessage(), ...about };
      world.do(seat, "queue.publish", { queue, ...publication }, () => {
        const { code, answers } = world.commands.publish(queue, [publication]);
        return code === null ? { payload: answers[0] as object } : { code };
      });
    }),
  );

const publishManySteps = fc
  .record({
    at: anyone,
    queue: names,
    abouts: fc.array(publications, { minLength: 1, maxLength: 8 }),
  })
  .map(({ at, queue, abouts }) =>
    partyStep(
      `publish ${abouts.length} to ${queue} ${JSON.stringify(abouts)}`,
      at,
      (world, seat) => {
        const messages = abouts.map((about) => ({ message: world.nextMessage(), ...about }));
        world.do(seat, "queue.publish_many", { queue, messages }, () => {
          const { code, answers } = world.commands.publish(queue, messages);
          return code === null ? { payload: { messages: answers } } : { code };
        });
      },
    ),
  );

const topicSteps = fc
  .record({ at: anyone, topic: fc.constantFrom("t", "u") })
  .map(({ at, topic }) =>
    partyStep(`publish to topic ${topic}`, at, (world, seat) => {
      world.do(seat, "pubsub.publish", { topic, message: topic }, () =>
        world.commands.publishTopic(topic, topic),
      );
    }),
  );

const consumeSteps = fc
  .record({
    at: anyone,
    queue: names,
    consumer_id: fc.constantFrom("x", "y", undefined),
    max_messages: some(fc.constantFrom(1, 2, 5)),
    timeout: some(fc.constantFrom(0.1, 0.5, 2)),
    ack_deadline: some(fc.constantFrom(0.2, 1)),
  })
  .map(({ at, ...request }) =>
    partyStep(`consume ${JSON.stringify(request)}`, at, (world, seat) => {
      world.consume(seat, request);
    }),
  );

/** A poll that is cancelled at once, in the same turn or later. */
const cancelSteps = fc
  .record({ at: anyone, queue: names, later: fc.boolean() })
  .map(({ at, queue, later }) =>
    partyStep(`consume ${queue} and cancel${later ? " later" : ""}`, at, async (world, seat) => {
      const controller = new AbortController();
      world.consume(seat, { queue, timeout: 5, consumer_id: "x" }, controller.signal);
      if (later) await world.endTurn();
      controller.abort();
    }),
  );

const subscribeSteps = fc
  .record({
    at: anyone,
    queue: names,
    prefetch: some(fc.constantFrom(1, 2, 10)),
    ack_deadline: some(fc.constantFrom(0.2, 1)),
    exclusive: some(fc.constant(true), 2),
  })
  .map(({ at, ...request }) =>
    partyStep(`subscribe ${JSON.stringify(request)}`, at, (world, seat) =>
      world.subscribe(seat, request),
    ),
  );

const unsubscribeSteps = fc
  .record({ at: anyone, queue: names })
  .map(({ at, queue }) =>
    partyStep(`unsubscribe ${queue}`, at, (world, seat) => world.unsubscribe(seat, queue)),
  );

/** How a receipt is chosen: mostly one that is good. */
type Kind = "good" | "once good" | "foreign" | "a waiting one" | "invented";
const kinds: Kind[] = ["good", "good", "good", "once good", "foreign", "a waiting one", "invented"];
const choices = fc.record({ kind: fc.constantFrom(...kinds), nth: fc.nat(1_000) });

function receiptFor(world: QueueWorld, queue: string, choice: { kind: Kind; nth: number }): string {
  const { kind, nth } = choice;
  const pick = <T>(all: readonly T[]): T | undefined => all[nth % Math.max(1, all.length)];
  const { model } = world;
  const other = queue === "a" ? "b" : "a";
  const chosen = {
    good: () => pick(model.inFlight(queue))?.receipt,
    "once good": () => pick(world.receipts),
    foreign: () => pick(model.inFlight(other))?.receipt,
    "a waiting one": () => pick(model.ready(queue))?.id,
    invented: () => `${pick(model.of(queue))?.id ?? "1"}~${nth + 1}`,
  }[kind]();
  return chosen ?? `${nth + 1}`;
}

const settleSteps = fc
  .record({
    at: anyone,
    queue: names,
    choice: choices,
    does: fc.constantFrom("ack", "ack", "nack", "reject", "delay", "release", "extend"),
  })
  .map(({ at, queue, choice, does }) =>
    partyStep(`${does} of ${queue}, ${choice.kind} ${choice.nth}`, at, (world, seat) => {
      const message_id = receiptFor(world, queue, choice);
      const request = { queue, message_id };
      const { commands } = world;
      const known = world.model.queues.has(queue);
      if (known && does !== "extend") commands.spoke(seat.binding, queue);
      if (does === "ack") {
        world.do(seat, "queue.ack", request, () => {
          const expected = commands.ack(queue, [message_id]);
          if ("code" in expected) return { code: expected.code };
          const good = expected.acked.length === 1;
          return good ? { payload: { success: true } } : { code: "MESSAGE_NOT_FOUND" };
        });
      } else if (does === "release") {
        world.do(seat, "queue.release", request, () => commands.release(queue, message_id));
      } else if (does === "extend") {
        const ack_deadline = choice.nth % 2 === 0 ? undefined : 0.7;
        world.do(seat, "queue.extend", { ...request, ack_deadline }, () =>
          commands.extend(queue, message_id, ack_deadline),
        );
      } else {
        const about = { nack: {}, reject: { requeue: false, error: "no" }, delay: { delay: 0.3 } };
        const nack: Request<"queue.nack"> = { ...request, ...about[does] };
        world.do(seat, "queue.nack", nack, () => commands.nack(queue, nack));
      }
    }),
  );

const ackManySteps = fc
  .record({ at: anyone, queue: names, chosen: fc.array(choices, { minLength: 1, maxLength: 6 }) })
  .map(({ at, queue, chosen }) =>
    partyStep(`ack ${chosen.length} of ${queue}`, at, (world, seat) => {
      const message_ids = chosen.map((choice) => receiptFor(world, queue, choice));
      if (world.model.queues.has(queue)) world.commands.spoke(seat.binding, queue);
      world.do(seat, "queue.ack_many", { queue, message_ids }, () => {
        const expected = world.commands.ack(queue, message_ids);
        return "code" in expected ? { code: expected.code } : { payload: expected.payload };
      });
    }),
  );

const settings = fc.record(
  {
    max_depth: fc.constantFrom(4, 12),
    ack_deadline_secs: fc.constantFrom(0.4, 3),
    default_max_retries: fc.constantFrom(0, 1, 5),
    retry_backoff_secs: fc.constantFrom(0.1, 0.6),
    retry_backoff_max_secs: fc.constant(0.8),
    dedup_window_secs: fc.constantFrom(0.5, 2),
    default_ttl_secs: fc.constant(2),
    exclusive: fc.boolean(),
  },
  { requiredKeys: [] },
);

const queueSteps = fc
  .record({
    at: anyone,
    queue: names,
    settings,
    does: fc.constantFrom("create", "create", "delete", "purge", "bind", "unbind"),
    pattern: fc.constantFrom("t", "#"),
  })
  .map(({ at, queue, settings: given, does, pattern }) =>
    partyStep(`${does} ${queue} ${JSON.stringify(given)} ${pattern}`, at, (world, seat) => {
      const { commands } = world;
      if (does === "create") {
        const request = { queue, ...given };
        world.do(seat, "queue.create", request, () => commands.create(queue, given));
      } else if (does === "delete") {
        world.do(seat, "queue.delete", { queue }, () => commands.delete(queue));
      } else if (does === "purge") {
        world.do(seat, "queue.purge", { queue }, () => commands.purge(queue));
      } else if (does === "bind") {
        const request = { queue, pattern };
        world.do(seat, "queue.bind", request, () => commands.bind(queue, pattern, true));
      } else {
        const request = { queue, pattern };
        world.do(seat, "queue.unbind", request, () => commands.bind(queue, pattern, false));
      }
    }),
  );

const deadSteps = fc
  .record({
    at: anyone,
    queue: fc.constantFrom("a", "a", "b"),
    does: fc.constantFrom("list", "redrive", "purge"),
    limit: fc.constantFrom(1, 2, 1_000),
  })
  .map(({ at, queue, does, limit }) =>
    partyStep(`dead ${does} of ${queue}`, at, (world, seat) => {
      const { commands, model } = world;
      if (does === "list") {
        world.do(seat, "queue.dead.list", { queue }, () => commands.deadList(queue));
      } else if (does === "redrive") {
        const request = { queue, limit };
        world.do(seat, "queue.dead.redrive", request, () => commands.redrive(queue, limit));
      } else {
        world.do(seat, "queue.dead.purge", { queue }, () => {
          const isThere = model.queues.has(`${queue}.dead`);
          if (isThere) return commands.purge(`${queue}.dead`);
          return model.queues.has(queue) ? { payload: { purged: 0 } } : { code: "QUEUE_NOT_FOUND" };
        });
      }
    }),
  );

const socketSteps = fc
  .record({
    at: sockets,
    does: fc.constantFrom("freezes", "thaws", "thaws", "says hello", "closes"),
  })
  .map(({ at, does }) =>
    partyStep(
      `socket ${does}`,
      at,
      (world, seat) => {
        if (does === "closes") world.close(seat);
        else if (does === "says hello") world.hello(seat);
        else world.freeze(seat, does === "freezes");
      },
      (_, seat) => does !== "says hello" || seat.worker?.writable === true,
    ),
  );

const lossSteps = sockets.map((at) =>
  partyStep(
    "the connection breaks",
    at,
    (world, seat) => world.lose(seat),
    (world, seat) => !world.isHeld && (seat.worker?.pushes("hello").length ?? 0) > 0,
  ),
);

const returnSteps = sockets.map((at) =>
  step(
    `the party comes back at ${at}`,
    (world) => world.resume(world.seats[at] as Seat),
    (world) => (world.seats[at] as Seat).lostAtMs !== null,
  ),
);

const timeSteps = fc.constantFrom(1, 50, 200, 300, 1_000, 3_000).map((ms) =>
  step(
    `${ms} ms pass`,
    (world) => world.advance(ms),
    (world) => !world.isHeld,
  ),
);

const turnSteps = fc.constantFrom(
  step("the turn ends", (world) => world.endTurn()),
  step("the turn ends", (world) => world.endTurn()),
  step("the journal is held", (world) => world.hold()),
  step("the journal goes on", (world) => world.release()),
);

const steps = fc.commands<QueueWorld, QueueWorld, false>(
  [
    ...[publishSteps, publishSteps, publishManySteps, publishManySteps, topicSteps],
    ...[consumeSteps, consumeSteps, consumeSteps, cancelSteps, subscribeSteps, subscribeSteps],
    ...[unsubscribeSteps, settleSteps, settleSteps, settleSteps, settleSteps, ackManySteps],
    ...[queueSteps, deadSteps, socketSteps, lossSteps, returnSteps, returnSteps],
    ...[timeSteps, timeSteps, turnSteps, turnSteps],
  ],
  { size: "+2", maxCommands: 100 },
);

async function runSteps(cmds: Iterable<Step>, maxQueueWorkPerTurn: number): Promise<void> {
  const world = new QueueWorld({ maxQueueWorkPerTurn });
  await fc.asyncModelRun(() => ({ model: world, real: world }), cmds);
  await world.end();
  expect(world.lab.faults).toEqual([]);
}

test("queue commands do what arrays would", { timeout: 120_000 }, async () => {
  await fc.assert(fc.asyncProperty(steps, fc.constantFrom(3, 1_000, 1_000), runSteps), {
    numRuns: 300,
  });
});

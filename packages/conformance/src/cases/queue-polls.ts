import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import { aSession, noSession } from "../needs.ts";
import {
  ack,
  bury,
  consume,
  consumersAre,
  type Delivery,
  eventually,
  isEmpty,
  nack,
  publish,
  publishAll,
  take,
} from "../steps.ts";
import type { CaseContext, ConformanceCase, Fields, Party } from "../types.ts";

const queue = "jobs";

/** Has a party of its own wait for a message; `taken` is what it gets. */
async function poll(
  { call, world }: Pick<CaseContext, "call" | "world">,
  place = 1,
  options: Fields = {},
): Promise<{ readonly party: Party; readonly taken: Promise<Delivery[]> }> {
  const party = await world.join();
  const taken = consume(party.call, queue, { timeout: 30, ...options });
  taken.catch(() => undefined); // the case looks at it later
  await consumersAre(call, queue, place);
  return { party, taken };
}

const messagesOf = (taken: readonly Delivery[]): unknown[] => taken.map(({ message }) => message);

/** Prepares a queue without a message that is ready; what is returned brings one. */
type Bringer = (context: CaseContext) => Promise<() => Promise<unknown>>;

const bringers: Readonly<Record<string, Bringer>> = {
  "a publish": async ({ call }) => {
    await isEmpty(call, queue);
    return () => publish(call, queue, "m");
  },
  "a nack": async ({ call }) => {
    await publish(call, queue, "m");
    const delivery = await take(call, queue);
    return () => nack(call, queue, delivery);
  },
  "a release": async ({ call }) => {
    await publish(call, queue, "m");
    const { message_id } = await take(call, queue);
    return () => call("queue.release", { queue, message_id });
  },
  "a deadline that passes": async ({ call, world }) => {
    await publish(call, queue, "m");
    await take(call, queue, { ack_deadline: 1 });
    return () => world.advance(1_000);
  },
  "a delay that ends": async ({ call, world }) => {
    await publish(call, queue, "m", { delay: 2 });
    return () => world.advance(2_000);
  },
  "a redrive": async ({ call }) => {
    await bury(call, queue, ["m"]);
    return () => call("queue.dead.redrive", { queue });
  },
};

export const queuePolls: readonly ConformanceCase[] = [
  ...Object.entries(bringers).map(
    ([what, prepare]): ConformanceCase => ({
      name: `queue.consume timeout: ${what} answers it at once`,
      async run(context) {
        const bring = await prepare(context);
        const { party, taken } = await poll(context);
        await bring();
        const [delivery] = await taken;
        assert.equal(delivery?.message, "m");
        await consumersAre(context.call, queue, 0);
        await ack(party.call, queue, delivery as Delivery);
        has(await context.call("queue.stats", { queue }), { acked: 1, in_flight: 0, depth: 0 });
      },
    }),
  ),
  {
    name: "queue.consume timeout: an empty answer when it has passed, not before",
    async run(context) {
      const { call, world } = context;
      await isEmpty(call, queue);
      for (const timeout of [2.5, 55]) {
        const { taken } = await poll(context, 1, { timeout });
        await world.advance(timeout * 1_000 - 1);
        has(await call("queue.stats", { queue }), { consumers: 1 });
        await world.advance(1);
        assert.deepEqual(await taken, []);
      }
      await publish(call, queue, "a");
      has(await call("queue.stats", { queue }), { consumers: 0, depth: 1, in_flight: 0 });
    },
  },
  {
    name: "queue.consume timeout 0, or none, does not wait",
    async run({ call }) {
      assert.deepEqual(await consume(call, queue, { timeout: 0 }), []);
      assert.deepEqual(await consume(call, queue), []);
    },
  },
  {
    name: "queue.consume: what is there is taken at once, and max_messages waits for no more",
    async run({ call }) {
      await publishAll(call, queue, ["a", "b"]);
      const options = { max_messages: 10, timeout: 30 };
      assert.deepEqual(messagesOf(await consume(call, queue, options)), ["a", "b"]);
      await publishAll(call, queue, ["c", "d", "e"]);
      const two = await consume(call, queue, { max_messages: 2 });
      assert.deepEqual(messagesOf(two), ["c", "d"]);
    },
  },
  {
    name: "queue.consume: a poll for many takes all that comes in one publish",
    async run(context) {
      const { call } = context;
      await isEmpty(call, queue);
      const { taken } = await poll(context, 1, { max_messages: 3 });
      const messages = [1, 2, 3, 4].map((message) => ({ message }));
      await call("queue.publish_many", { queue, messages });
      assert.deepEqual(messagesOf(await taken), [1, 2, 3]);
      has(await call("queue.stats", { queue }), { depth: 1, in_flight: 3 });
    },
  },
  {
    name: "queue.consume: who waits longest is served first, each message once",
    async run(context) {
      const { call } = context;
      await isEmpty(call, queue);
      const polls = [];
      for (let place = 1; place <= 3; place++) polls.push(await poll(context, place));
      await publish(call, queue, "first");
      assert.deepEqual(messagesOf((await polls[0]?.taken) ?? []), ["first"]);
      has(await call("queue.stats", { queue }), { consumers: 2, in_flight: 1 });
      await publishAll(call, queue, ["second", "third"]);
      assert.deepEqual(messagesOf((await polls[1]?.taken) ?? []), ["second"]);
      assert.deepEqual(messagesOf((await polls[2]?.taken) ?? []), ["third"]);
    },
  },
  {
    name: "queue.consume: who hangs up while waiting takes nothing",
    async run({ call, world }) {
      await isEmpty(call, queue);
      const party = await world.join();
      const abort = new AbortController();
      const request = { queue, timeout: 30 };
      const taken = party.call("queue.consume", request, abort.signal);
      const ended = taken.then(
        (answer) => assert.fail(`it was answered: ${JSON.stringify(answer)}`),
        (error: unknown) => error,
      );
      await consumersAre(call, queue, 1);
      abort.abort();
      assert((await ended) instanceof Error);
      await consumersAre(call, queue, 0);
      await publish(call, queue, "a");
      has(await call("queue.stats", { queue }), { depth: 1, in_flight: 0, delivered: 0 });
      has(await take(call, queue), { message: "a", retry_count: 0 });
    },
  },
  {
    name: "queue.consume: a poll at a queue that is deleted goes on with the one that comes back",
    async run(context) {
      const { call } = context;
      await isEmpty(call, queue);
      const { taken } = await poll(context);
      await call("queue.delete", { queue });
      await publish(call, queue, "new");
      assert.deepEqual(messagesOf(await taken), ["new"]);
    },
  },
  {
    name: "a session that ends: its polls take nothing, what it has in hand is back at once",
    needs: aSession,
    async run(context) {
      const { call, world } = context;
      await publishAll(call, queue, ["a", "b", "c"], { max_retries: 0 });
      const party = await world.join();
      assert.equal((await consume(party.call, queue, { max_messages: 2 })).length, 2);
      await take(call, queue);
      const { taken } = await poll({ call, world: { ...world, join: async () => party } });
      await party.close();
      await assert.rejects(taken);
      await eventually(
        async () => (await call("queue.stats", { queue })).depth === 2,
        "what it had in hand",
      );
      has(await call("queue.stats", { queue }), { consumers: 0, in_flight: 1, dead: 0 });
      has(await take(call, queue), { message: "a", retry_count: 0 });
      has(await take(call, queue), { message: "b", retry_count: 0 });
    },
  },
  {
    name: "over HTTP a delivery is nobody's session: it returns by its deadline only",
    needs: noSession,
    async run({ call, world }) {
      const party = await world.join();
      await publish(call, queue, "a");
      const delivery = await take(party.call, queue);
      await party.close();
      await world.advance(29_999);
      has(await call("queue.stats", { queue }), { in_flight: 1 });
      await ack(call, queue, delivery);
      has(await call("queue.stats", { queue }), { in_flight: 0, acked: 1, timed_out: 0 });
    },
  },
  {
    name: "batch: a consume that waits is refused, one that does not wait runs",
    async run({ call }) {
      const { results } = await call("batch", {
        commands: [
          { command: "queue.publish", payload: { queue, message: { n: 1 } } },
          { command: "queue.consume", payload: { queue, timeout: 1 } },
          { command: "queue.consume", payload: { queue } },
          { command: "queue.consume", payload: { queue, timeout: 0 } },
          { command: "queue.stats", payload: { queue } },
        ],
      });
      const list = results as { status: string; payload?: Fields; error?: Fields }[];
      assert.deepEqual(
        list.map(({ status, error }) => error?.code ?? status),
        ["success", "INVALID_REQUEST", "success", "success", "success"],
      );
      assert.equal((list[1]?.error?.details as Fields | undefined)?.path, "timeout");
      const taken = list[2]?.payload?.messages as Delivery[];
      assert.deepEqual(messagesOf(taken), [{ n: 1 }]);
      assert.deepEqual(list[3]?.payload?.messages, []);
      has(list[4]?.payload ?? {}, { depth: 0, in_flight: 1, published: 1 });
      await refusal(call("queue.consume", { queue, timeout: 56 }), "INVALID_REQUEST", {
        path: "timeout",
      });
    },
  },
];

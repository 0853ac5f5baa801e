import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import { ack, allPages, bury, consume, drain, isEmpty, nack, publish, take } from "../steps.ts";
import type { ConformanceCase, Fields, Party } from "../types.ts";

const queue = "jobs";
const deadQueue = "jobs.dead";

async function letters(call: Party["call"], request: Fields = {}): Promise<Fields[]> {
  return await allPages(call, "queue.dead.list", { queue, ...request });
}

const messagesOf = (items: readonly Fields[]): unknown[] => items.map(({ message }) => message);

export const queueDead: readonly ConformanceCase[] = [
  {
    name: "max_retries: four deliveries in all, then a dead letter with the reason",
    async run({ call, world }) {
      const id = await publish(call, queue, { job: 1 }, { priority: 7, headers: { h: "1" } });
      for (let retry = 0; retry <= 3; retry++) {
        const delivery = await take(call, queue);
        has(delivery, { retry_count: retry, max_retries: 3 });
        if (retry === 3) await world.advance(5_000);
        const action = retry < 3 ? "requeued" : "dead_lettered";
        const error = `failure ${retry}`;
        has(await nack(call, queue, delivery, { error }), { success: true, action });
      }
      await isEmpty(call, queue);
      const [letter, ...more] = await letters(call);
      assert(letter !== undefined && more.length === 0);
      has(letter, { id, message: { job: 1 }, priority: 7, headers: { h: "1" }, max_retries: 3 });
      has(letter, { reason: "max_retries", error: "failure 3", retry_count: 4 });
      assert.equal((letter.failed_at as number) - (letter.timestamp as number), 5_000);
      has(await call("queue.stats", { queue }), { dead: 1, dead_lettered: 1, nacked: 4, depth: 0 });
    },
  },
  {
    name: "max_retries: of the message, else of the queue",
    async run({ call }) {
      await call("queue.create", { queue, default_max_retries: 1 });
      await publish(call, queue, "none", { max_retries: 0 });
      await publish(call, queue, "one");
      has(await nack(call, queue, await take(call, queue)), { action: "dead_lettered" });
      const delivery = await take(call, queue);
      has(delivery, { message: "one", max_retries: 1 });
      has(await nack(call, queue, delivery), { action: "requeued" });
      has(await nack(call, queue, await take(call, queue)), { action: "dead_lettered" });
      assert.deepEqual(messagesOf(await letters(call)), ["none", "one"]);
    },
  },
  {
    name: "dead letters: a last deadline that passes is the reason `deadline`, without an error",
    async run({ call, world }) {
      await publish(call, queue, "slow", { max_retries: 1 });
      for (let i = 0; i < 2; i++) {
        await take(call, queue, { ack_deadline: 1 });
        await world.advance(1_000);
      }
      const [letter] = await letters(call);
      has(letter ?? {}, { message: "slow", reason: "deadline", error: null, retry_count: 2 });
    },
  },
  {
    name: "queue.nack requeue false: a dead letter at once, with the error's text",
    async run({ call }) {
      await publish(call, queue, "bad");
      const error = 'no such user: "ada"\nline two';
      const answer = await nack(call, queue, await take(call, queue), { requeue: false, error });
      has(answer, { success: true, action: "dead_lettered" });
      has((await letters(call))[0] ?? {}, { reason: "rejected", error, retry_count: 1 });
    },
  },
  {
    name: "queue.dead.list: the oldest first, page by page, whatever happens between pages",
    async run({ call }) {
      await bury(call, queue, ["a", "b", "c", "d", "e"]);
      assert.deepEqual(messagesOf(await letters(call, { limit: 2 })), ["a", "b", "c", "d", "e"]);
      const page = await call("queue.dead.list", { queue, limit: 2 });
      has(page, { has_more: true });
      await ack(call, deadQueue, await take(call, deadQueue)); // "a" goes
      await bury(call, queue, ["f"]);
      const rest = await allPages(call, "queue.dead.list", { queue, cursor: page.cursor });
      assert.deepEqual(messagesOf(rest), ["c", "d", "e", "f"]);
    },
  },
  {
    name: "queue.dead.list: an order of failure, not of priority; none where nothing failed",
    async run({ call }) {
      await publish(call, queue, "low", { priority: 0 });
      has(await call("queue.dead.list", { queue }), { items: [], cursor: null, has_more: false });
      await nack(call, queue, await take(call, queue), { requeue: false });
      await publish(call, queue, "high", { priority: 9 });
      await nack(call, queue, await take(call, queue), { requeue: false });
      assert.deepEqual(messagesOf(await letters(call)), ["low", "high"]);
    },
  },
  {
    name: "queue.dead.redrive: all go back with their ids and no retry burned, behind what waits",
    async run({ call }) {
      await bury(call, queue, ["a", "b"]);
      const ids = (await letters(call)).map(({ id }) => id);
      await publish(call, queue, "waits");
      has(await call("queue.dead.redrive", { queue }), { redriven: 2, remaining: 0 });
      has(await take(call, queue), { message: "waits" });
      has(await take(call, queue), { id: ids[0], message: "a", retry_count: 0 });
      has(await take(call, queue), { id: ids[1], message: "b", retry_count: 0 });
      has(await call("queue.stats", { queue }), { dead: 0, in_flight: 3 });
      has(await call("queue.dead.redrive", { queue }), { redriven: 0, remaining: 0 });
    },
  },
  {
    name: "queue.dead.redrive limit: the oldest; they keep their priority",
    async run({ call }) {
      await bury(call, queue, ["a", "b", "c"]);
      has(await call("queue.dead.redrive", { queue, limit: 2 }), { redriven: 2, remaining: 1 });
      assert.deepEqual(await drain(call, queue), ["a", "b"]);
      await publish(call, queue, "high", { priority: 9 });
      await nack(call, queue, await take(call, queue), { requeue: false });
      await publish(call, queue, "waits");
      has(await call("queue.dead.redrive", { queue }), { redriven: 2 });
      assert.deepEqual(await drain(call, queue), ["high", "waits", "c"]);
    },
  },
  {
    name: "queue.dead.redrive message_ids: only these; one that is none refuses all",
    async run({ call }) {
      await bury(call, queue, ["a", "b", "c"]);
      const [a, b, c] = (await letters(call)).map(({ id }) => id);
      const waiting = await publish(call, queue, "waits");
      for (const other of [waiting, "12345", "nonsense"]) {
        const request = { queue, message_ids: [a, other] };
        await refusal(call("queue.dead.redrive", request), "MESSAGE_NOT_FOUND", {
          path: "message_ids[1]",
        });
      }
      has(await call("queue.stats", { queue }), { dead: 3, depth: 1 });
      const answer = await call("queue.dead.redrive", { queue, message_ids: [c, a, c] });
      has(answer, { redriven: 2, remaining: 1 });
      const [first, ...redriven] = await drain(call, queue);
      assert.deepEqual([first, ...redriven.sort()], ["waits", "a", "c"]);
      assert.deepEqual(
        (await letters(call)).map(({ id }) => id),
        [b],
      );
    },
  },
  {
    name: "queue.dead.redrive: as many as fit go back, then QUEUE_FULL and nothing moves",
    async run({ call }) {
      await call("queue.create", { queue, max_depth: 2 });
      await bury(call, queue, ["a", "b"]);
      await publish(call, queue, "waits");
      has(await call("queue.dead.redrive", { queue }), { redriven: 1, remaining: 1 });
      await refusal(call("queue.dead.redrive", { queue }), "QUEUE_FULL", { queue, max_depth: 2 });
      has(await call("queue.stats", { queue }), { dead: 1, depth: 2 });
    },
  },
  {
    name: "a name that ends in .dead is kept for dead letters: nothing else is published to it",
    async run({ call }) {
      const named = { path: "queue" };
      await refusal(call("queue.create", { queue: deadQueue }), "INVALID_REQUEST", named);
      const published = call("queue.publish", { queue: deadQueue, message: 1 });
      await refusal(published, "INVALID_REQUEST", named);
      const bound = call("queue.bind", { queue: deadQueue, pattern: "a" });
      await refusal(bound, "INVALID_REQUEST", named);
    },
  },
  {
    name: "<queue>.dead is the same whoever uses it first",
    async run({ call }) {
      assert.deepEqual(await consume(call, deadQueue), []);
      await bury(call, queue, ["a"]);
      has(await call("queue.stats", { queue }), { dead: 1 });
      await call("queue.delete", { queue });
      await refusal(call("queue.stats", { queue: deadQueue }), "QUEUE_NOT_FOUND");
    },
  },
  {
    name: "queue.dead.purge: the dead letters go, what waits stays",
    async run({ call }) {
      await bury(call, queue, ["a", "b"]);
      await publish(call, queue, "waits");
      has(await call("queue.dead.purge", { queue }), { purged: 2 });
      has(await call("queue.dead.purge", { queue }), { purged: 0 });
      assert.deepEqual(await letters(call), []);
      has(await call("queue.stats", { queue }), { dead: 0, depth: 1 });
    },
  },
  {
    name: "dead letters are the messages of <queue>.dead, which is consumed like any other",
    async run({ call }) {
      await bury(call, queue, ["a", "b"]);
      const first = await take(call, deadQueue);
      has(first, { message: "a" });
      await ack(call, deadQueue, first);
      has(await call("queue.stats", { queue }), { dead: 1 });
      has(await call("queue.stats", { queue: deadQueue }), { depth: 1 });
      const { items } = await call("queue.list");
      assert.deepEqual(
        (items as Fields[]).map(({ name }) => name),
        [queue, deadQueue],
      );
    },
  },
  {
    name: "dead letters that are refused again stay dead letters",
    async run({ call }) {
      await bury(call, queue, ["a"]);
      for (let i = 0; i < 6; i++) {
        const delivery = await take(call, deadQueue);
        await nack(call, deadQueue, delivery, i % 2 === 0 ? {} : { requeue: false });
      }
      assert.deepEqual(messagesOf(await letters(call)), ["a"]);
      await refusal(call("queue.stats", { queue: `${deadQueue}.dead` }), "QUEUE_NOT_FOUND");
    },
  },
  {
    name: "dead letters of an unknown queue are QUEUE_NOT_FOUND",
    async run({ call }) {
      for (const command of ["list", "redrive", "purge"]) {
        const answer = call(`queue.dead.${command}`, { queue: "unknown" });
        await refusal(answer, "QUEUE_NOT_FOUND", { queue: "unknown" });
      }
    },
  },
];

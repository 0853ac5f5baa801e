import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import { ack, bury, consume, isEmpty, nack, publish, publishAll, take } from "../steps.ts";
import type { ConformanceCase, Fields } from "../types.ts";

const queue = "jobs";

export const queueTiming: readonly ConformanceCase[] = [
  {
    name: "delay: a message cannot be taken before its last millisecond has passed",
    async run({ call, world }) {
      await publish(call, queue, "later", { delay: 0.25 });
      has(await call("queue.stats", { queue }), { depth: 0, delayed: 1 });
      await world.advance(249);
      await isEmpty(call, queue);
      await world.advance(1);
      has(await call("queue.stats", { queue }), { depth: 1, delayed: 0 });
      has(await take(call, queue), { message: "later" });
    },
  },
  {
    name: "delay 0 is no delay",
    async run({ call }) {
      await publish(call, queue, "now", { delay: 0 });
      has(await take(call, queue), { message: "now" });
    },
  },
  {
    name: "ttl: a message is gone after its last millisecond, delayed or not",
    async run({ call, world }) {
      await publish(call, queue, "short", { ttl: 1 });
      await publish(call, queue, "never", { ttl: 1, delay: 5 });
      await publish(call, queue, "long");
      await world.advance(999);
      const { messages } = await call("queue.peek", { queue });
      assert.deepEqual(
        (messages as Fields[]).map(({ message }) => message),
        ["short", "long"],
      );
      await world.advance(1);
      has(await take(call, queue), { message: "long" });
      has(await call("queue.stats", { queue }), { depth: 0, delayed: 0, expired: 2, dead: 0 });
      await world.advance(5_000);
      await isEmpty(call, queue);
    },
  },
  {
    name: "ttl: does not run out in somebody's hands, but counts when the message comes back",
    async run({ call, world }) {
      await publishAll(call, queue, ["a", "b"], { ttl: 1 });
      const [first, second] = await consume(call, queue, { max_messages: 2 });
      await world.advance(2_000);
      assert(first !== undefined && second !== undefined);
      await ack(call, queue, first);
      await nack(call, queue, second);
      await isEmpty(call, queue);
      has(await call("queue.stats", { queue }), { acked: 1, expired: 1, depth: 0, in_flight: 0 });
    },
  },
  {
    name: "default_ttl_secs: holds for messages that name no ttl, and not for dead letters",
    async run({ call, world }) {
      await call("queue.create", { queue, default_ttl_secs: 2 });
      await bury(call, queue, ["dead"]);
      await publish(call, queue, "own", { ttl: 10 });
      await publish(call, queue, "default");
      await world.advance(2_000);
      has(await call("queue.stats", { queue }), { depth: 1, expired: 1, dead: 1 });
      has(await take(call, queue), { message: "own" });
      await world.advance(20_000);
      has(await take(call, `${queue}.dead`), { message: "dead" });
    },
  },
  {
    name: "ack deadline: 30 seconds, and exact",
    async run({ call, world }) {
      await publish(call, queue, "a");
      const { deadline, timestamp } = await take(call, queue);
      assert.equal(deadline - timestamp, 30_000);
      await world.advance(29_999);
      await isEmpty(call, queue);
      has(await call("queue.stats", { queue }), { in_flight: 1, depth: 0 });
      await world.advance(1);
      has(await take(call, queue), { message: "a", retry_count: 1 });
    },
  },
  {
    name: "ack deadline: the queue's holds unless a consume names its own, to the millisecond",
    async run({ call, world }) {
      await call("queue.create", { queue, ack_deadline_secs: 5 });
      await publishAll(call, queue, ["a", "b"]);
      const first = await take(call, queue);
      assert.equal(first.deadline - first.timestamp, 5_000);
      const second = await take(call, queue, { ack_deadline: 0.1 });
      assert.equal(second.deadline - second.timestamp, 100);
      await world.advance(100);
      has(await take(call, queue), { message: "b", retry_count: 1 });
      has(await call("queue.stats", { queue }), { in_flight: 2, timed_out: 1 });
    },
  },
  {
    name: "queue.extend: the deadline starts anew, with the queue's time or another",
    async run({ call, world }) {
      await call("queue.create", { queue, ack_deadline_secs: 2 });
      await publish(call, queue, "a");
      const { message_id, timestamp } = await take(call, queue);
      await world.advance(1_500);
      const answer = await call("queue.extend", { queue, message_id });
      has(answer, { success: true, deadline: timestamp + 3_500 });
      await world.advance(1_999);
      await isEmpty(call, queue);
      const longer = await call("queue.extend", { queue, message_id, ack_deadline: 100 });
      has(longer, { deadline: timestamp + 3_499 + 100_000 });
      await world.advance(99_999);
      await isEmpty(call, queue);
      await world.advance(1);
      const again = await take(call, queue);
      has(again, { retry_count: 1 });
      await call("queue.extend", { queue, message_id: again.message_id, ack_deadline: 500 });
      await world.advance(400_000);
      has(await call("queue.stats", { queue }), { in_flight: 1, timed_out: 1 });
    },
  },
  {
    name: "queue.extend: can also shorten",
    async run({ call, world }) {
      await publish(call, queue, "a");
      const { message_id } = await take(call, queue);
      await call("queue.extend", { queue, message_id, ack_deadline: 0.5 });
      await world.advance(500);
      has(await take(call, queue), { retry_count: 1 });
    },
  },
  {
    name: "retry back-off: doubles up to its cap, for refusals and deadlines alike",
    async run({ call, world }) {
      await call("queue.create", {
        queue,
        retry_backoff_secs: 1,
        retry_backoff_max_secs: 3,
        default_max_retries: 10,
        ack_deadline_secs: 1,
      });
      await publish(call, queue, "a");
      for (const [i, waitMs] of [1_000, 2_000, 3_000, 3_000].entries()) {
        const delivery = await take(call, queue);
        assert.equal(delivery.retry_count, i);
        if (i % 2 === 0) await nack(call, queue, delivery);
        else await world.advance(1_000);
        has(await call("queue.stats", { queue }), { delayed: 1, depth: 0, in_flight: 0 });
        await world.advance(waitMs - 1);
        await isEmpty(call, queue);
        await world.advance(1);
      }
      has(await take(call, queue), { retry_count: 4 });
    },
  },
  {
    name: "queue.nack delay: in the place of the queue's back-off, then back at its place",
    async run({ call, world }) {
      await call("queue.create", { queue, retry_backoff_secs: 60 });
      await publishAll(call, queue, ["a", "b"]);
      await nack(call, queue, await take(call, queue), { delay: 0.5 });
      await world.advance(499);
      has(await call("queue.stats", { queue }), { delayed: 1, depth: 1 });
      await world.advance(1);
      const again = await take(call, queue);
      has(again, { message: "a", retry_count: 1 });
      await nack(call, queue, again, { delay: 0 });
      has(await take(call, queue), { message: "a", retry_count: 2 });
    },
  },
  {
    name: "queue.release: no back-off",
    async run({ call }) {
      await call("queue.create", { queue, retry_backoff_secs: 60 });
      await publish(call, queue, "a");
      const { message_id } = await take(call, queue);
      await call("queue.release", { queue, message_id });
      has(await take(call, queue), { message: "a", retry_count: 0 });
    },
  },
  {
    name: "a deadline that has passed ends the delivery before anyone else asks",
    async run({ call, world }) {
      await publish(call, queue, "a");
      const { message_id } = await take(call, queue, { ack_deadline: 1 });
      await world.advance(1_000);
      await refusal(call("queue.ack", { queue, message_id }), "MESSAGE_NOT_FOUND", { queue });
      has(await call("queue.stats", { queue }), { depth: 1, in_flight: 0, acked: 0 });
    },
  },
];

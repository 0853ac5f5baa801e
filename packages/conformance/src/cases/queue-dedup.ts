import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import { ack, drain, publish, take } from "../steps.ts";
import type { ConformanceCase, Fields } from "../types.ts";

const queue = "jobs";

export const queueDedup: readonly ConformanceCase[] = [
  {
    name: "dedup_id: within the window the same message is published once, and answers its id",
    async run({ call, world }) {
      const first = await call("queue.publish", { queue, message: 1, dedup_id: "order-1" });
      assert.notEqual(first.duplicate, true);
      await world.advance(299_999);
      const again = await call("queue.publish", { queue, message: 2, dedup_id: "order-1" });
      has(again, { message_id: first.message_id, duplicate: true });
      has(await call("queue.stats", { queue }), { depth: 1, published: 1 });
      await world.advance(1);
      const fresh = await call("queue.publish", { queue, message: 3, dedup_id: "order-1" });
      assert.notEqual(fresh.message_id, first.message_id);
      assert.deepEqual(await drain(call, queue), [1, 3]);
    },
  },
  {
    name: "dedup_id: holds after the message is done, and does not begin anew by a repeat",
    async run({ call, world }) {
      await call("queue.create", { queue, dedup_window_secs: 10 });
      const id = await publish(call, queue, 1, { dedup_id: "x" });
      await ack(call, queue, await take(call, queue));
      await world.advance(9_999);
      has(await call("queue.publish", { queue, message: 2, dedup_id: "x" }), {
        message_id: id,
        duplicate: true,
      });
      await world.advance(1);
      assert.notEqual(await publish(call, queue, 3, { dedup_id: "x" }), id);
    },
  },
  {
    name: "dedup_id: of one queue; other ids and none are published each time",
    async run({ call }) {
      const id = await publish(call, queue, 1, { dedup_id: "x" });
      assert.notEqual(await publish(call, "other", 1, { dedup_id: "x" }), id);
      assert.notEqual(await publish(call, queue, 1, { dedup_id: "y" }), id);
      await publish(call, queue, 1);
      await publish(call, queue, 1);
      has(await call("queue.stats", { queue }), { published: 4 });
    },
  },
  {
    name: "dedup_id: also within one publish_many",
    async run({ call }) {
      const before = await publish(call, queue, "before", { dedup_id: "b" });
      const messages = [
        { message: 1, dedup_id: "a" },
        { message: 2, dedup_id: "b" },
        { message: 3, dedup_id: "a" },
        { message: 4 },
      ];
      const answer = await call("queue.publish_many", { queue, messages });
      const [a, b, repeat, plain] = answer.messages as Fields[];
      has(b ?? {}, { message_id: before, duplicate: true });
      has(repeat ?? {}, { message_id: a?.message_id, duplicate: true });
      assert.notEqual(a?.duplicate, true);
      assert.notEqual(plain?.duplicate, true);
      assert.deepEqual(await drain(call, queue), ["before", 1, 4]);
    },
  },
  {
    name: "dedup_id: a repeat is no new message, so a full queue does not refuse it",
    async run({ call }) {
      await call("queue.create", { queue, max_depth: 1 });
      const id = await publish(call, queue, 1, { dedup_id: "x" });
      has(await call("queue.publish", { queue, message: 1, dedup_id: "x" }), {
        message_id: id,
        duplicate: true,
      });
    },
  },
  {
    name: "dedup_id: a queue remembers as many as it may, then QUEUE_FULL until some are forgotten",
    limits: { maxDedupIdsPerQueue: 2 },
    async run({ call, world }) {
      await publish(call, queue, 1, { dedup_id: "a" });
      await world.advance(100_000);
      await publish(call, queue, 2, { dedup_id: "b" });
      const third = { queue, message: 3, dedup_id: "c" };
      await refusal(call("queue.publish", third), "QUEUE_FULL", { queue, max_dedup_ids: 2 });
      has(await call("queue.publish", { queue, message: 1, dedup_id: "a" }), { duplicate: true });
      await publish(call, queue, "without one");
      await world.advance(200_000);
      await publish(call, queue, 3, { dedup_id: "c" });
      assert.deepEqual(await drain(call, queue), [1, 2, "without one", 3]);
    },
  },
  {
    name: "dedup_window_secs 0: nothing is remembered",
    async run({ call }) {
      await call("queue.create", { queue, dedup_window_secs: 0 });
      const id = await publish(call, queue, 1, { dedup_id: "x" });
      assert.notEqual(await publish(call, queue, 1, { dedup_id: "x" }), id);
    },
  },
];

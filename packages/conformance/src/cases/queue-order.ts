import assert from "node:assert/strict";
import { has } from "../expectations.ts";
import { ack, consume, drain, nack, publish, publishAll, take } from "../steps.ts";
import type { ConformanceCase, Fields } from "../types.ts";

const queue = "jobs";

export const queueOrder: readonly ConformanceCase[] = [
  {
    name: "queue: higher priorities first, first in first out within one; 5 if not given",
    async run({ call }) {
      await publish(call, queue, "low", { priority: 0 });
      await publish(call, queue, "mid 1");
      await publish(call, queue, "high 1", { priority: 9 });
      await publish(call, queue, "mid 2", { priority: 5 });
      await publish(call, queue, "high 2", { priority: 9 });
      await publish(call, queue, "less", { priority: 4 });
      const order = ["high 1", "high 2", "mid 1", "mid 2", "less", "low"];
      assert.deepEqual(await drain(call, queue), order);
    },
  },
  {
    name: "queue: a delivery tells everything of its message",
    async run({ call, world }) {
      const headers = { trace: "t1" };
      const id = await publish(call, queue, { n: 1 }, { priority: 7, max_retries: 2, headers });
      await world.advance(1_000);
      const delivery = await take(call, queue);
      has(delivery, {
        id,
        message: { n: 1 },
        priority: 7,
        retry_count: 0,
        max_retries: 2,
        headers,
      });
      assert.equal(delivery.deadline, delivery.timestamp + 1_000 + 30_000);
    },
  },
  {
    name: "queue.nack: the message comes back to its place, with a retry counted",
    async run({ call }) {
      await publishAll(call, queue, ["a", "b", "c"]);
      const first = await take(call, queue);
      has(await nack(call, queue, first), { success: true, action: "requeued" });
      has(await take(call, queue), { id: first.id, message: "a", retry_count: 1 });
      has(await take(call, queue), { message: "b", retry_count: 0 });
    },
  },
  {
    name: "queue.release: the message comes back to its place, and nothing is counted",
    async run({ call }) {
      await publishAll(call, queue, ["a", "b"], { max_retries: 0 });
      for (let i = 0; i < 5; i++) {
        const { message_id, message, retry_count } = await take(call, queue);
        assert.deepEqual([message, retry_count], ["a", 0]);
        has(await call("queue.release", { queue, message_id }), { success: true });
      }
      has(await call("queue.stats", { queue }), { depth: 2, dead: 0, nacked: 0, timed_out: 0 });
    },
  },
  {
    name: "queue: after its deadline a message comes back to its place, with a retry counted",
    async run({ call, world }) {
      await call("queue.create", { queue, ack_deadline_secs: 1 });
      await publishAll(call, queue, ["a", "b"]);
      await take(call, queue);
      await world.advance(1_000);
      has(await take(call, queue), { message: "a", retry_count: 1 });
      has(await take(call, queue), { message: "b", retry_count: 0 });
      has(await call("queue.stats", { queue }), { timed_out: 1, nacked: 0 });
    },
  },
  {
    name: "queue: a message that comes back keeps its priority, and is before later ones of it",
    async run({ call }) {
      await publish(call, queue, "low", { priority: 1 });
      await publish(call, queue, "first", { priority: 8 });
      const held = await take(call, queue);
      await publish(call, queue, "second", { priority: 8 });
      await publish(call, queue, "top", { priority: 9 });
      await nack(call, queue, held);
      assert.deepEqual(await drain(call, queue), ["top", "first", "second", "low"]);
    },
  },
  {
    name: "queue: several that come back in any order are in order again",
    async run({ call }) {
      const messages = Array.from({ length: 12 }, (_, n) => n);
      await publishAll(call, queue, messages);
      const held = await consume(call, queue, { max_messages: 9 });
      assert.equal(held.length, 9);
      for (const i of [4, 0, 8, 2, 6, 1, 7, 3, 5]) {
        await call("queue.release", { queue, message_id: held[i]?.message_id });
      }
      assert.deepEqual(await drain(call, queue), messages);
    },
  },
  {
    name: "queue.publish: position counts what is ready at the same or a higher priority",
    async run({ call }) {
      const position = async (priority: number): Promise<unknown> =>
        (await call("queue.publish", { queue, message: 0, priority })).position;
      assert.equal(await position(5), 0);
      assert.equal(await position(5), 1);
      assert.equal(await position(9), 0);
      assert.equal(await position(5), 3);
      assert.equal(await position(0), 4);
      await take(call, queue); // what is in flight is not ready
      assert.equal(await position(9), 0);
      await publish(call, queue, "later", { priority: 9, delay: 60 });
      assert.equal(await position(9), 1);
    },
  },
  {
    name: "queue.publish_many: in order, each with what it says; the position counts its batch",
    async run({ call }) {
      await publish(call, queue, "before");
      const messages = [
        { message: "low", priority: 1 },
        { message: "a" },
        { message: "later", priority: 9, delay: 60 },
        { message: "high", priority: 9, headers: { h: "1" }, max_retries: 0 },
        { message: "b" },
      ];
      const answer = await call("queue.publish_many", { queue, messages });
      const published = answer.messages as Fields[];
      assert.deepEqual(
        published.map(({ position }) => position),
        [1, 1, 0, 0, 3],
      );
      assert.equal(new Set(published.map(({ message_id: id }) => id)).size, 5);
      const first = await take(call, queue);
      has(first, { id: published[3]?.message_id, headers: { h: "1" }, max_retries: 0 });
      await ack(call, queue, first);
      assert.deepEqual(await drain(call, queue), ["before", "a", "b", "low"]);
    },
  },
  {
    name: "queue.peek: what is next, in order, and nothing is taken",
    async run({ call }) {
      await publish(call, queue, "b");
      await publish(call, queue, "later", { delay: 5 });
      await publish(call, queue, "a", { priority: 9, headers: { h: "x" }, max_retries: 7 });
      await publish(call, queue, "c");
      const { messages } = await call("queue.peek", { queue });
      const list = messages as Fields[];
      assert.deepEqual(
        list.map(({ message }) => message),
        ["a", "b", "c"],
      );
      has(list[0] as Fields, { priority: 9, headers: { h: "x" }, max_retries: 7, retry_count: 0 });
      const some = (await call("queue.peek", { queue, limit: 2 })).messages as Fields[];
      assert.deepEqual(
        some.map(({ message }) => message),
        ["a", "b"],
      );
      has(await call("queue.stats", { queue }), { depth: 3, in_flight: 0, delivered: 0 });
      assert.equal((await take(call, queue)).id, list[0]?.id);
    },
  },
];

import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import { pushes } from "../needs.ts";
import { ack, allPages, hears, isEmpty, publish, take } from "../steps.ts";
import type { ConformanceCase, Fields } from "../types.ts";
import { plain } from "../values.ts";

const queue = "audit";

export const queueBindings: readonly ConformanceCase[] = [
  {
    name: "queue.bind: what is published to matching topics enters the queue, with its origin",
    async run({ call }) {
      has(await call("queue.bind", { queue, pattern: "orders.#" }), { success: true });
      const metadata = { trace: "t1" };
      const message = { order: 7 };
      const told = await call("pubsub.publish", { topic: "orders.eu.made", message, metadata });
      has(told, { topic: "orders.eu.made", subscribers_matched: 1 });
      has(await call("pubsub.publish", { topic: "users.made", message: 1 }), {
        subscribers_matched: 0,
      });
      const delivery = await take(call, queue);
      assert.deepEqual(delivery.message, message);
      assert.deepEqual(
        { ...(delivery.headers as Fields) },
        {
          trace: "t1",
          "synap-topic": "orders.eu.made",
          "synap-message-id": told.message_id,
        },
      );
      has(delivery, { priority: 5, retry_count: 0, max_retries: 3 });
      await ack(call, queue, delivery);
      await isEmpty(call, queue);
    },
  },
  {
    name: "queue.bind: once per queue however many of its patterns match, and to every queue",
    async run({ call }) {
      for (const pattern of ["a.b", "a.*", "#"]) await call("queue.bind", { queue, pattern });
      await call("queue.bind", { queue: "other", pattern: "*.b" });
      const bytes = Uint8Array.of(0, 255);
      has(await call("pubsub.publish", { topic: "a.b", message: bytes }), {
        subscribers_matched: 2,
      });
      for (const name of [queue, "other"]) {
        assert.deepEqual(plain((await take(call, name)).message), { bytes: [0, 255] });
        await isEmpty(call, name);
      }
    },
  },
  {
    name: "queue.bind: messages of pub/sub and published ones stand in one line",
    async run({ call }) {
      await call("queue.bind", { queue, pattern: "t" });
      await publish(call, queue, 1);
      await call("pubsub.publish", { topic: "t", message: 2 });
      await publish(call, queue, 3);
      for (const message of [1, 2, 3]) has(await take(call, queue), { message });
      has(await call("queue.stats", { queue }), { published: 3 });
    },
  },
  {
    name: "queue.bind: subscribers and bound queues get the same message",
    needs: pushes,
    async run({ call, party, world }) {
      await call("queue.bind", { queue, pattern: "t.*" });
      await call("pubsub.subscribe", { topics: ["t.a"] });
      has(await call("pubsub.publish", { topic: "t.a", message: "m" }), { subscribers_matched: 2 });
      await hears(world, party, "message", "message", ["m"]);
      const { headers } = await take(call, queue);
      const { message_id } = party.pushes[0]?.fields ?? {};
      assert.equal((headers as Fields)["synap-message-id"], message_id);
    },
  },
  {
    name: "queue.bind: twice is once; a queue that does not exist is created; unbind ends it",
    async run({ call }) {
      has(await call("queue.bind", { queue, pattern: "a.*" }), { success: true });
      has(await call("queue.bind", { queue, pattern: "a.*" }), { success: false });
      has(await call("queue.stats", { queue }), { depth: 0 });
      await call("pubsub.publish", { topic: "a.b", message: "kept" });
      has(await call("queue.unbind", { queue, pattern: "a.b" }), { success: false });
      has(await call("queue.unbind", { queue, pattern: "a.*" }), { success: true });
      has(await call("queue.unbind", { queue, pattern: "a.*" }), { success: false });
      has(await call("pubsub.publish", { topic: "a.b", message: "gone" }), {
        subscribers_matched: 0,
      });
      has(await take(call, queue), { message: "kept" });
      await isEmpty(call, queue);
      await refusal(call("queue.unbind", { queue: "no", pattern: "a" }), "QUEUE_NOT_FOUND", {
        queue: "no",
      });
    },
  },
  {
    name: "queue.bindings: in order, page by page",
    async run({ call }) {
      const patterns = ["#", "*.b", "a.*", "a.b", "é"];
      for (const pattern of [...patterns].reverse()) await call("queue.bind", { queue, pattern });
      const pages = await allPages(call, "queue.bindings", { queue, limit: 2 });
      assert.deepEqual(
        pages.map(({ pattern }) => pattern),
        patterns,
      );
      const some = await allPages(call, "queue.bindings", { queue, prefix: "a" });
      assert.deepEqual(
        some.map(({ pattern }) => pattern),
        ["a.*", "a.b"],
      );
      await refusal(call("queue.bindings", { queue: "no" }), "QUEUE_NOT_FOUND", { queue: "no" });
    },
  },
  {
    name: "a bound queue that is full refuses the publish: nobody gets anything of it",
    needs: pushes,
    async run({ call, party, world }) {
      await call("queue.create", { queue, max_depth: 1 });
      await call("queue.bind", { queue, pattern: "t" });
      await call("queue.bind", { queue: "an other", pattern: "t" });
      await call("queue.bind", { queue: "z other", pattern: "t" });
      await call("pubsub.subscribe", { topics: ["t"] });
      await call("pubsub.publish", { topic: "t", message: 1 });
      await refusal(call("pubsub.publish", { topic: "t", message: 2 }), "QUEUE_FULL", {
        queue,
        max_depth: 1,
      });
      await hears(world, party, "message", "message", [1]);
      for (const name of [queue, "an other", "z other"]) {
        has(await call("queue.stats", { queue: name }), { depth: 1, published: 1 });
      }
      await ack(call, queue, await take(call, queue));
      await call("pubsub.publish", { topic: "t", message: 3 });
      await hears(world, party, "message", "message", [1, 3]);
    },
  },
  {
    name: "queue.delete: its bindings end with it",
    async run({ call }) {
      await call("queue.bind", { queue, pattern: "t" });
      has(await call("pubsub.stats"), { bindings: 1, topics: 1 });
      await call("queue.delete", { queue });
      has(await call("pubsub.stats"), { bindings: 0, topics: 0 });
      has(await call("pubsub.publish", { topic: "t", message: 1 }), { subscribers_matched: 0 });
      await call("queue.create", { queue });
      has(await call("queue.bindings", { queue }), { items: [], has_more: false });
    },
  },
  {
    name: "bindings are listed among what is listened to",
    async run({ call }) {
      await call("queue.bind", { queue, pattern: "a.*" });
      await call("queue.bind", { queue: "other", pattern: "a.*" });
      await call("queue.bind", { queue: "other", pattern: "b" });
      const { items } = await call("pubsub.topics");
      assert.deepEqual(
        (items as Fields[]).map((item) => ({ ...item })),
        [
          { topic: "a.*", subscribers: 2 },
          { topic: "b", subscribers: 1 },
        ],
      );
      has(await call("pubsub.stats"), { bindings: 3, topics: 2, subscribers: 0 });
    },
  },
];

import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import { ack, allPages, bury, consume, isEmpty, publish, publishAll, take } from "../steps.ts";
import type { ConformanceCase, Fields } from "../types.ts";

const queue = "jobs";

export const queueSettings: readonly ConformanceCase[] = [
  {
    name: "queue.create: once; again with the same settings is fine, with others ALREADY_EXISTS",
    async run({ call }) {
      const settings = { queue, max_depth: 10, ack_deadline_secs: 5, retry_backoff_secs: 0.5 };
      has(await call("queue.create", settings), { queue, created: true });
      has(await call("queue.create", settings), { queue, created: false });
      const error = await refusal(
        call("queue.create", { ...settings, max_depth: 11, default_max_retries: 1 }),
        "ALREADY_EXISTS",
        { queue },
      );
      assert.match(error.message, /max_depth/);
      assert.match(error.message, /default_max_retries/);
      await refusal(call("queue.create", { queue }), "ALREADY_EXISTS");
    },
  },
  {
    name: "queue.create: a default that is spelled out is the default",
    async run({ call }) {
      await call("queue.create", { queue });
      const defaults = {
        max_depth: 100_000,
        ack_deadline_secs: 30,
        default_max_retries: 3,
        retry_backoff_secs: 0,
        retry_backoff_max_secs: 3_600,
        dedup_window_secs: 300,
        exclusive: false,
      };
      has(await call("queue.create", { queue, ...defaults }), { created: false });
    },
  },
  {
    name: "queue.create: a queue that came about by use adopts the settings, once",
    async run({ call }) {
      await publish(call, queue, "a");
      has(await call("queue.create", { queue, max_depth: 2 }), { created: false });
      await publish(call, queue, "b");
      await refusal(call("queue.publish", { queue, message: "c" }), "QUEUE_FULL");
      await refusal(call("queue.create", { queue, max_depth: 3 }), "ALREADY_EXISTS");
      has(await call("queue.create", { queue, max_depth: 2 }), { created: false });
    },
  },
  {
    name: "queues come about by publishing and consuming; other commands do not create them",
    async run({ call }) {
      await publish(call, "by publish", "a");
      await isEmpty(call, "by consume");
      await call("queue.publish_many", { queue: "by many", messages: [{ message: 1 }] });
      for (const command of ["stats", "purge", "delete", "peek", "bindings"]) {
        const answer = call(`queue.${command}`, { queue: "unknown" });
        await refusal(answer, "QUEUE_NOT_FOUND", { queue: "unknown" });
      }
      const { items } = await call("queue.list");
      const names = (items as Fields[]).map(({ name }) => name);
      assert.deepEqual(names, ["by consume", "by many", "by publish"]);
    },
  },
  {
    name: "queue.auto_create off: only queues that were created can be used",
    limits: { queueAutoCreate: false },
    async run({ call }) {
      await refusal(call("queue.publish", { queue, message: 1 }), "QUEUE_NOT_FOUND", { queue });
      await refusal(call("queue.consume", { queue }), "QUEUE_NOT_FOUND", { queue });
      await refusal(call("queue.bind", { queue, pattern: "a" }), "QUEUE_NOT_FOUND", { queue });
      await call("queue.create", { queue });
      await publish(call, queue, "a");
      has(await take(call, queue), { message: "a" });
    },
  },
  {
    name: "max_depth: one more is QUEUE_FULL and nothing is lost; what is in flight counts",
    async run({ call }) {
      await call("queue.create", { queue, max_depth: 3 });
      await publish(call, queue, "a");
      await publish(call, queue, "b", { delay: 1 });
      const held = await take(call, queue);
      await publish(call, queue, "c");
      const full = { queue, max_depth: 3 };
      await refusal(call("queue.publish", { queue, message: "d" }), "QUEUE_FULL", full);
      has(await call("queue.stats", { queue }), { depth: 1, delayed: 1, in_flight: 1 });
      await call("queue.nack", { queue, message_id: held.message_id });
      const again = await take(call, queue);
      assert.equal(again.id, held.id);
      await ack(call, queue, again);
      await publish(call, queue, "d");
      has(await call("queue.stats", { queue }), { published: 4 });
    },
  },
  {
    name: "queue.publish_many: all or none fit",
    async run({ call }) {
      await call("queue.create", { queue, max_depth: 2 });
      const messages = [{ message: 1 }, { message: 2 }, { message: 3 }];
      await refusal(call("queue.publish_many", { queue, messages }), "QUEUE_FULL");
      has(await call("queue.stats", { queue }), { depth: 0, published: 0 });
      await call("queue.publish_many", { queue, messages: messages.slice(1) });
      has(await call("queue.stats", { queue }), { depth: 2, published: 2 });
    },
  },
  {
    name: "queue.list: names in order of their bytes, page by page, with counts",
    async run({ call }) {
      const names = ["Z", "a", "a:1", "a:2", "b", "é", "中", "😀"];
      for (const name of [...names].reverse()) await publish(call, name, 1);
      await take(call, "b");
      const pages = await allPages(call, "queue.list", { limit: 3 });
      assert.deepEqual(
        pages.map(({ name }) => name),
        names,
      );
      const one = await allPages(call, "queue.list", { prefix: "a:", limit: 1 });
      assert.deepEqual(
        one.map(({ name }) => name),
        ["a:1", "a:2"],
      );
      const [b] = (await call("queue.list", { prefix: "b" })).items as Fields[];
      assert.deepEqual(
        { ...b },
        { name: "b", depth: 0, in_flight: 1, delayed: 0, dead: 0, consumers: 0 },
      );
    },
  },
  {
    name: "queue.list: a cursor survives what is created and deleted between pages",
    async run({ call }) {
      for (const name of ["a", "b", "c", "d"]) await call("queue.create", { queue: name });
      const { cursor } = await call("queue.list", { limit: 2 });
      await call("queue.delete", { queue: "b" });
      await call("queue.create", { queue: "aa" });
      await call("queue.create", { queue: "bb" });
      const rest = await allPages(call, "queue.list", { cursor });
      assert.deepEqual(
        rest.map(({ name }) => name),
        ["bb", "c", "d"],
      );
    },
  },
  {
    name: "queue.stats: counts, totals and the age of the oldest that is ready",
    async run({ call, world }) {
      await call("queue.create", { queue });
      has(await call("queue.stats", { queue }), { oldest_message_age_secs: null, published: 0 });
      await publish(call, queue, "a");
      await world.advance(2_500);
      await publishAll(call, queue, ["b", "c"], { priority: 9 });
      await publish(call, queue, "d", { delay: 60 });
      has(await call("queue.stats", { queue }), {
        depth: 3,
        delayed: 1,
        oldest_message_age_secs: 2,
      });
      const [b, c, a] = await consume(call, queue, { max_messages: 10 });
      assert(a !== undefined && b !== undefined && c !== undefined);
      await ack(call, queue, b);
      await call("queue.nack", { queue, message_id: c.message_id });
      has(await call("queue.stats", { queue }), {
        queue,
        depth: 1,
        in_flight: 1,
        delayed: 1,
        dead: 0,
        consumers: 0,
        published: 4,
        delivered: 3,
        acked: 1,
        nacked: 1,
        timed_out: 0,
        expired: 0,
        dead_lettered: 0,
        oldest_message_age_secs: 0,
      });
    },
  },
  {
    name: "queue.purge: what waits goes, what is in hand and what is dead stays",
    async run({ call }) {
      await bury(call, queue, ["dead"]);
      await publishAll(call, queue, ["held", "a", "b"]);
      await publish(call, queue, "later", { delay: 60 });
      const held = await take(call, queue);
      has(await call("queue.purge", { queue }), { purged: 3 });
      has(await call("queue.stats", { queue }), { depth: 0, delayed: 0, in_flight: 1, dead: 1 });
      has(await call("queue.purge", { queue }), { purged: 0 });
      await publish(call, queue, "new");
      await call("queue.nack", { queue, message_id: held.message_id });
      has(await take(call, queue), { message: "held" });
      has(await take(call, queue), { message: "new" });
    },
  },
  {
    name: "queue.delete: everything in it goes; one that comes back is a new one",
    async run({ call, world }) {
      const other = await world.join();
      await call("queue.create", { queue, max_depth: 50 });
      await bury(call, queue, ["dead"]);
      await publishAll(call, queue, ["a", "b"]);
      const held = await take(other.call, queue);
      has(await call("queue.delete", { queue }), { success: true });
      await refusal(call("queue.stats", { queue }), "QUEUE_NOT_FOUND");
      await refusal(call("queue.stats", { queue: `${queue}.dead` }), "QUEUE_NOT_FOUND");
      await refusal(call("queue.delete", { queue }), "QUEUE_NOT_FOUND", { queue });
      const late = { queue, message_id: held.message_id };
      await refusal(other.call("queue.ack", late), "QUEUE_NOT_FOUND", { queue });
      has(await call("queue.create", { queue }), { created: true });
      await refusal(other.call("queue.ack", late), "MESSAGE_NOT_FOUND", { queue });
      await world.advance(60_000);
      await isEmpty(call, queue);
      has(await call("queue.stats", { queue }), { depth: 0, dead: 0, published: 0, timed_out: 0 });
    },
  },
];

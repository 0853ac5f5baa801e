import assert from "node:assert/strict";
import { has, pushed } from "../expectations.ts";
import { pushes } from "../needs.ts";
import {
  ack,
  consume,
  consumersAre,
  type Delivery,
  hears,
  isEmpty,
  publishAll,
  take,
} from "../steps.ts";
import type { ConformanceCase, Party, World } from "../types.ts";

const queue = "jobs";

async function hearsAll(world: World, party: Party, messages: readonly unknown[]): Promise<void> {
  await hears(world, party, "delivery", "message", messages);
}

export const queueExclusive: readonly ConformanceCase[] = [
  {
    name: "an exclusive queue: one subscriber at a time; the next takes over when it ends",
    needs: pushes,
    async run({ call, party, world }) {
      const next = await world.join();
      await call("queue.create", { queue, exclusive: true });
      await call("queue.subscribe", { queue, prefetch: 2 });
      await next.call("queue.subscribe", { queue, prefetch: 100 });
      await publishAll(next.call, queue, [1, 2, 3, 4]);
      await hearsAll(world, party, [1, 2]);
      await hearsAll(world, next, []);
      has(await next.call("queue.stats", { queue }), { consumers: 2, in_flight: 2 });
      await party.close();
      await pushed(next, "delivery", 4);
      await hearsAll(world, next, [1, 2, 3, 4]);
      const [first] = next.pushes;
      assert.equal(first?.fields.retry_count, 0);
    },
  },
  {
    name: "an exclusive queue: after an unsubscribe the next begins when nothing is in hand",
    needs: pushes,
    async run({ call, party, world }) {
      const next = await world.join();
      await call("queue.create", { queue, exclusive: true });
      await call("queue.subscribe", { queue, prefetch: 2 });
      await next.call("queue.subscribe", { queue, prefetch: 10 });
      await publishAll(call, queue, [1, 2, 3]);
      await hearsAll(world, party, [1, 2]);
      const [one, two] = (await pushed(party, "delivery", 2)).map((p) => p.fields as Delivery);
      assert(one !== undefined && two !== undefined);
      await call("queue.unsubscribe", { queue });
      await ack(call, queue, one);
      await hearsAll(world, next, []);
      await call("queue.release", { queue, message_id: two.message_id });
      await hearsAll(world, next, [2, 3]);
    },
  },
  {
    name: "an exclusive queue: one that lets its deadline pass leaves its turn to the next",
    needs: pushes,
    async run({ call, party, world }) {
      const next = await world.join();
      await call("queue.create", { queue, exclusive: true, ack_deadline_secs: 1 });
      await call("queue.subscribe", { queue });
      await next.call("queue.subscribe", { queue, prefetch: 10 });
      await publishAll(next.call, queue, [1, 2]);
      await hearsAll(world, party, [1]);
      await world.advance(1_000);
      await hearsAll(world, next, [1, 2]);
      assert.deepEqual(await consume(call, queue, { consumer_id: "poll" }), []);
    },
  },
  {
    name: "an exclusive queue: polls of one consumer at a time",
    async run({ call }) {
      await call("queue.create", { queue, exclusive: true });
      await publishAll(call, queue, [1, 2, 3]);
      const one = await take(call, queue, { consumer_id: "a" });
      assert.deepEqual(await consume(call, queue, { consumer_id: "b" }), []);
      const two = await take(call, queue, { consumer_id: "a" });
      await ack(call, queue, one);
      assert.deepEqual(await consume(call, queue, { consumer_id: "b" }), []);
      await ack(call, queue, two);
      has(await take(call, queue, { consumer_id: "b" }), { message: 3 });
    },
  },
  {
    name: "an exclusive queue: a poll gets what the one before gave back, in order",
    async run({ call, world }) {
      await call("queue.create", { queue, exclusive: true });
      await publishAll(call, queue, [1, 2]);
      await take(call, queue, { consumer_id: "a", ack_deadline: 1 });
      const poll = consume((await world.join()).call, queue, { consumer_id: "b", timeout: 30 });
      await consumersAre(call, queue, 1);
      await world.advance(1_000);
      const [delivery] = await poll;
      has(delivery ?? {}, { message: 1, retry_count: 1 });
    },
  },
  {
    name: "an exclusive subscription: no other consumer gets anything while it lasts",
    needs: pushes,
    async run({ call, party, world }) {
      const other = await world.join();
      await call("queue.subscribe", { queue, prefetch: 2, exclusive: true });
      await other.call("queue.subscribe", { queue, prefetch: 10 });
      await publishAll(other.call, queue, [1, 2, 3]);
      await hearsAll(world, party, [1, 2]);
      await isEmpty(other.call, queue);
      await hearsAll(world, other, []);
      await party.close();
      await hearsAll(world, other, [1, 2, 3]);
    },
  },
  {
    name: "an exclusive subscription: waits until those before it have ended",
    needs: pushes,
    async run({ call, party, world }) {
      const first = await world.join();
      await first.call("queue.subscribe", { queue, prefetch: 1 });
      await call("queue.subscribe", { queue, prefetch: 10, exclusive: true });
      await publishAll(call, queue, [1, 2]);
      await hearsAll(world, first, [1]);
      await hearsAll(world, party, []);
      await first.close();
      await hearsAll(world, party, [1, 2]);
    },
  },
];

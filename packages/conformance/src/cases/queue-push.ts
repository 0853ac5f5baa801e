import assert from "node:assert/strict";
import { has, pushed, refusal, until } from "../expectations.ts";
import { aFrozenSocket, aSession, aSocket, noSession, pushes, theWire } from "../needs.ts";
import {
  ack,
  consume,
  consumersAre,
  type Delivery,
  eventually,
  hears,
  isEmpty,
  nack,
  publish,
  publishAll,
  quiet,
  take,
  told,
} from "../steps.ts";
import type { ConformanceCase, Party, World } from "../types.ts";

const queue = "jobs";

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Waits for this many deliveries and returns all. */
async function deliveries(party: Party, count: number): Promise<Delivery[]> {
  return (await pushed(party, "delivery", count)).map(({ fields }) => fields as Delivery);
}

async function hearsAll(world: World, party: Party, messages: readonly unknown[]): Promise<void> {
  await hears(world, party, "delivery", "message", messages);
}

export const queuePush: readonly ConformanceCase[] = [
  {
    name: "queue.subscribe: what waits comes, then what is published, in order",
    needs: pushes,
    async run({ call, party, world }) {
      await publishAll(call, queue, ["b", "c"]);
      const first = await publish(call, queue, "a", { priority: 9, headers: { h: "1" } });
      has(await call("queue.subscribe", { queue, prefetch: 10 }), { queue });
      await deliveries(party, 3);
      await publish(call, queue, { d: 1 });
      await hearsAll(world, party, ["a", "b", "c", { d: 1 }]);
      const [delivery] = await deliveries(party, 4);
      has(delivery ?? {}, { queue, id: first, priority: 9, retry_count: 0, max_retries: 3 });
      assert.deepEqual({ ...(delivery?.headers as object) }, { h: "1" });
      assert.equal((delivery?.deadline ?? 0) - (delivery?.timestamp ?? 0), 30_000);
      has(await call("queue.stats", { queue }), { depth: 0, in_flight: 4, consumers: 1 });
    },
  },
  {
    name: "prefetch: no more in hand than that, 1 if not given; ack, nack and release give room",
    needs: pushes,
    async run({ call, party, world }) {
      await publishAll(call, queue, numbers(1, 6));
      await call("queue.subscribe", { queue });
      await hearsAll(world, party, [1]);
      const [one] = await deliveries(party, 1);
      await ack(call, queue, one as Delivery);
      await hearsAll(world, party, [1, 2]);
      const [, two] = await deliveries(party, 2);
      await nack(call, queue, two as Delivery, { requeue: false });
      await hearsAll(world, party, [1, 2, 3]);
      const [, , three] = await deliveries(party, 3);
      await nack(call, queue, three as Delivery, { delay: 60 });
      await hearsAll(world, party, [1, 2, 3, 4]);
      const four = (await deliveries(party, 4))[3] as Delivery;
      await call("queue.extend", { queue, message_id: four.message_id, ack_deadline: 100 });
      await quiet(world, party);
      assert.equal((await deliveries(party, 4)).length, 4);
      await call("queue.release", { queue, message_id: four.message_id });
      await hearsAll(world, party, [1, 2, 3, 4, 4]);
      has(await call("queue.stats", { queue }), { in_flight: 1, depth: 2, delayed: 1, dead: 1 });
    },
  },
  {
    name: "queue.subscribe again: replaces prefetch and ack_deadline",
    needs: [pushes, theWire],
    async run({ call, party, world }) {
      await publishAll(call, queue, numbers(1, 4));
      await call("queue.subscribe", { queue, prefetch: 1, ack_deadline: 5 });
      await hearsAll(world, party, [1]);
      await call("queue.subscribe", { queue, prefetch: 3, ack_deadline: 50 });
      await hearsAll(world, party, [1, 2, 3]);
      const spans = (await deliveries(party, 3)).map((d) => d.deadline - d.timestamp);
      assert.deepEqual(spans, [5_000, 50_000, 50_000]);
      has(await call("queue.stats", { queue }), { consumers: 1, depth: 1 });
    },
  },
  {
    name: "two subscribers share a queue: each message goes to one of them, in order",
    needs: pushes,
    async run({ call, party, world }) {
      const other = await world.join();
      await call("queue.subscribe", { queue, prefetch: 100 });
      await other.call("queue.subscribe", { queue, prefetch: 100 });
      await publishAll(call, queue, numbers(1, 20));
      const count = (): number => party.pushes.length + other.pushes.length;
      await until(() => count() >= 20, "all messages");
      await quiet(world, party, other);
      const [mine, theirs] = [party, other].map(
        (one) => told(one, "delivery", "message") as number[],
      );
      assert(mine !== undefined && theirs !== undefined);
      assert(mine.length > 0 && theirs.length > 0, "both have some");
      for (const list of [mine, theirs]) {
        assert.deepEqual(
          list,
          [...list].sort((a, b) => a - b),
        );
      }
      assert.deepEqual(
        [...mine, ...theirs].sort((a, b) => a - b),
        numbers(1, 20),
      );
    },
  },
  {
    name: "a frozen consumer over ten deadlines: nothing more comes to it, and nothing dies of it",
    needs: pushes,
    async run({ call, party, world }) {
      await call("queue.create", { queue, ack_deadline_secs: 1, default_max_retries: 3 });
      await publishAll(call, queue, numbers(1, 30));
      await call("queue.subscribe", { queue, prefetch: 5 });
      await deliveries(party, 5);
      for (let i = 0; i < 10; i++) await world.advance(1_000);
      await hearsAll(world, party, numbers(1, 5));
      has(await call("queue.stats", { queue }), { dead: 0, depth: 30, in_flight: 0, timed_out: 5 });
    },
  },
  {
    name: "a consumer whose socket is full takes nothing; others do, and it does when it drains",
    needs: aFrozenSocket,
    async run({ call, party, world }) {
      const other = await world.join();
      await call("queue.subscribe", { queue, prefetch: 10 });
      party.freeze?.();
      await publishAll(other.call, queue, ["a", "b"]);
      await quiet(world, other);
      has(await other.call("queue.stats", { queue }), { depth: 2, in_flight: 0 });
      has(await take(other.call, queue), { message: "a" });
      party.thaw?.();
      await hearsAll(world, party, ["b"]);
    },
  },
  {
    name: "a consumer whose deadline passed gets messages again when it speaks, however late",
    needs: pushes,
    async run({ call, party, world }) {
      const other = await world.join();
      await call("queue.create", { queue, ack_deadline_secs: 1 });
      await publishAll(call, queue, numbers(1, 6));
      await call("queue.subscribe", { queue, prefetch: 2 });
      const [first] = await deliveries(party, 2);
      await world.advance(1_000);
      await hearsAll(world, party, [1, 2]);
      has(await take(other.call, queue), { message: 1, retry_count: 1 });
      const late = { queue, message_id: first?.message_id };
      await refusal(call("queue.ack", late), "MESSAGE_NOT_FOUND");
      await hearsAll(world, party, [1, 2, 2, 3]);
    },
  },
  {
    name: "a consumer whose deadline passed gets messages again when it says hello",
    needs: aSocket,
    async run({ call, party, world }) {
      await call("queue.create", { queue, ack_deadline_secs: 1 });
      await publishAll(call, queue, numbers(1, 3));
      await call("queue.subscribe", { queue, prefetch: 1 });
      await hearsAll(world, party, [1]);
      await world.advance(5_000);
      await hearsAll(world, party, [1]);
      party.hello?.();
      await hearsAll(world, party, [1, 1]);
      has(await call("queue.stats", { queue }), { timed_out: 1, in_flight: 1 });
    },
  },
  {
    name: "a connection that breaks: what it holds is back when its grace has passed, untouched",
    needs: aSocket,
    async run({ call, world }) {
      const other = await world.join();
      await publishAll(call, queue, numbers(1, 4), { max_retries: 0 });
      await other.call("queue.subscribe", { queue, prefetch: 2 });
      await deliveries(other, 2);
      await take(other.call, queue);
      other.lose?.();
      await eventually(async () => {
        await world.advance(500);
        return (await call("queue.stats", { queue })).depth === 4;
      }, "everything back");
      has(await call("queue.stats", { queue }), { consumers: 0, in_flight: 0, dead: 0 });
      const again = await consume(call, queue, { max_messages: 4 });
      assert.deepEqual(
        again.map(({ message, retry_count }) => [message, retry_count]),
        numbers(1, 4).map((n) => [n, 0]),
      );
    },
  },
  {
    name: "queue.unsubscribe: no more comes; what is in hand stays until it is acknowledged",
    needs: pushes,
    async run({ call, party, world }) {
      await publishAll(call, queue, ["a", "b"]);
      await call("queue.subscribe", { queue, prefetch: 1 });
      const [delivery] = await deliveries(party, 1);
      has(await call("queue.unsubscribe", { queue }), { success: true });
      has(await call("queue.stats", { queue }), { consumers: 0, in_flight: 1, depth: 1 });
      await ack(call, queue, delivery as Delivery);
      await publish(call, queue, "c");
      await hearsAll(world, party, ["a"]);
      has(await call("queue.stats", { queue }), { depth: 2, in_flight: 0, acked: 1 });
      has(await call("queue.unsubscribe", { queue }), { success: false });
    },
  },
  {
    name: "queue.subscribe: creates the queue, and outlives one that is deleted",
    needs: pushes,
    async run({ call, party, world }) {
      await call("queue.subscribe", { queue, prefetch: 10 });
      has(await call("queue.stats", { queue }), { consumers: 1, depth: 0 });
      await publish(call, queue, "old");
      await deliveries(party, 1);
      await call("queue.delete", { queue });
      await publish(call, queue, "new");
      await hearsAll(world, party, ["old", "new"]);
      has(await call("queue.stats", { queue }), { consumers: 1, in_flight: 1 });
    },
  },
  {
    name: "a session that ends: its subscription goes, what it holds is back, no retry burned",
    needs: pushes,
    async run({ call, world }) {
      const other = await world.join();
      await publishAll(call, queue, numbers(1, 12), { max_retries: 0 });
      await other.call("queue.subscribe", { queue, prefetch: 10 });
      await deliveries(other, 10);
      await other.close();
      await consumersAre(call, queue, 0);
      await eventually(
        async () => (await call("queue.stats", { queue })).depth === 12,
        "everything back",
      );
      has(await call("queue.stats", { queue }), { in_flight: 0, dead: 0, timed_out: 0, nacked: 0 });
      const again = await consume(call, queue, { max_messages: 12 });
      assert.deepEqual(
        again.map(({ message, retry_count }) => [message, retry_count]),
        [...numbers(1, 12).map((n) => [n, 0])],
      );
    },
  },
  {
    name: "queue.subscribe: a session consumes as many queues as it may, then SUBSCRIBER_LIMIT",
    needs: aSession,
    limits: { maxSubscriptionsPerSession: 2 },
    async run({ call, world }) {
      await call("queue.subscribe", { queue: "a" });
      await call("queue.subscribe", { queue: "b" });
      await call("queue.subscribe", { queue: "a", prefetch: 2 });
      await refusal(call("queue.subscribe", { queue: "c" }), "SUBSCRIBER_LIMIT", { limit: 2 });
      await (await world.join()).call("queue.subscribe", { queue: "c" });
      await call("queue.unsubscribe", { queue: "a" });
      await call("queue.subscribe", { queue: "c" });
    },
  },
  {
    name: "queue.subscribe is refused where there is no session, with the reason",
    needs: noSession,
    async run({ call }) {
      await refusal(call("queue.subscribe", { queue }), "INVALID_REQUEST");
      await refusal(call("queue.unsubscribe", { queue }), "INVALID_REQUEST");
      await refusal(call("queue.stats", { queue }), "QUEUE_NOT_FOUND");
      await isEmpty(call, queue);
    },
  },
];

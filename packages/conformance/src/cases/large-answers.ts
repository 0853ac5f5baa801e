import assert from "node:assert/strict";
import { has, until } from "../expectations.ts";
import { pushes } from "../needs.ts";
import { ack, allPages, bury, consume, publish, publishAll, quiet, tell, told } from "../steps.ts";
import type { ConformanceCase, Fields } from "../types.ts";

/* Messages that are allowed one by one, and together more than a frame or a page may hold. */

const queue = "jobs";

/** A message of about 900 KB that tells its number. */
const large = (n: number): Fields => ({ n, filler: "x".repeat(900_000) });

const COUNT = 7;
const numbers = Array.from({ length: COUNT }, (_, n) => n);

const numberOf = (message: unknown): unknown => (message as Fields).n;

export const largeAnswers: readonly ConformanceCase[] = [
  {
    name: "queue.consume: many large messages come in answers that can be read, and none is lost",
    async run({ call }) {
      await publishAll(call, queue, numbers.map(large));
      const seen: unknown[] = [];
      while (seen.length < COUNT) {
        const taken = await consume(call, queue, { max_messages: COUNT });
        assert(taken.length > 0, "at least one");
        for (const delivery of taken) {
          seen.push(numberOf(delivery.message));
          await ack(call, queue, delivery);
        }
      }
      assert.deepEqual(seen, numbers);
      has(await call("queue.stats", { queue }), { depth: 0, in_flight: 0, acked: COUNT });
    },
  },
  {
    name: "queue.subscribe: many large messages of one turn arrive",
    needs: pushes,
    async run({ call, party, world }) {
      const other = await world.join();
      await publishAll(other.call, queue, numbers.map(large));
      await call("queue.subscribe", { queue, prefetch: 100 });
      await until(() => party.pushes.length >= COUNT, "all messages");
      assert.deepEqual(told(party, "delivery", "message").map(numberOf), numbers);
    },
  },
  {
    name: "queue.peek and queue.dead.list: a page ends behind the message that passes 1 MiB",
    async run({ call }) {
      await bury(call, queue, numbers.slice(0, 4).map(large));
      const page = await call("queue.dead.list", { queue });
      assert.equal((page.items as unknown[]).length, 2);
      has(page, { has_more: true });
      const all = await allPages(call, "queue.dead.list", { queue });
      assert.deepEqual(
        all.map(({ message }) => numberOf(message)),
        [0, 1, 2, 3],
      );
      await call("queue.dead.redrive", { queue });
      const { messages } = await call("queue.peek", { queue });
      assert.equal((messages as unknown[]).length, 2);
    },
  },
  {
    name: "stream.subscribe: many large events arrive, replayed and live",
    needs: pushes,
    async run({ call, party, world }) {
      for (const n of numbers) await tell(call, "room", large(n));
      await call("stream.subscribe", { room: "room", replay: true });
      const other = await world.join();
      await Promise.all(numbers.map((n) => tell(other.call, "room", large(n))));
      await until(() => party.pushes.length >= 2 * COUNT, "all events");
      const offsets = told(party, "event", "offset");
      assert.deepEqual(
        offsets,
        Array.from({ length: 2 * COUNT }, (_, i) => i + 1),
      );
    },
  },
  {
    name: "pubsub: many large messages of one turn arrive",
    needs: pushes,
    async run({ call, party, world }) {
      await call("pubsub.subscribe", { topics: ["#"] });
      const other = await world.join();
      await Promise.all(
        numbers.map((n) => other.call("pubsub.publish", { topic: "t", message: large(n) })),
      );
      await until(() => party.pushes.length >= COUNT, "all messages");
      await quiet(world, party);
      const got = told(party, "message", "message").map(numberOf) as number[];
      assert.deepEqual([...got].sort(), numbers);
    },
  },
  {
    name: "queue.publish_many: as many as a frame holds, all or none",
    async run({ call }) {
      const messages = Array.from({ length: 1_000 }, (_, n) => ({ message: { n } }));
      const answer = await call("queue.publish_many", { queue, messages });
      assert.equal((answer.messages as unknown[]).length, 1_000);
      const taken = await consume(call, queue, { max_messages: 1_000 });
      assert.deepEqual(
        taken.map(({ message }) => numberOf(message)),
        messages.map(({ message }) => message.n),
      );
      const ids = taken.map(({ message_id }) => message_id);
      has(await call("queue.ack_many", { queue, message_ids: ids }), { acked: 1_000, missing: [] });
      await publish(call, queue, "more");
      has(await call("queue.stats", { queue }), { depth: 1, acked: 1_000 });
    },
  },
];

import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import { theWire } from "../needs.ts";
import { ack, consume, type Delivery, isEmpty, nack, publish, publishAll, take } from "../steps.ts";
import type { ConformanceCase, Fields, Party } from "../types.ts";

const queue = "jobs";

/** Every command that takes a receipt. */
const settling = ["queue.ack", "queue.nack", "queue.release", "queue.extend"] as const;

/** None of them takes this one. */
async function isNoReceipt(call: Party["call"], message_id: string, of = queue): Promise<void> {
  for (const command of settling) {
    const answer = call(command, { queue: of, message_id });
    await refusal(answer, "MESSAGE_NOT_FOUND", { queue: of });
  }
}

export const queueReceipts: readonly ConformanceCase[] = [
  {
    name: "queue.ack: the message is done and gone; a second ack is MESSAGE_NOT_FOUND",
    async run({ call, world }) {
      await publish(call, queue, "a");
      const delivery = await take(call, queue);
      const { message_id } = delivery;
      has(await call("queue.ack", { queue, message_id }), { success: true });
      await isNoReceipt(call, message_id);
      await world.advance(60_000);
      await isEmpty(call, queue);
      has(await call("queue.stats", { queue }), { acked: 1, in_flight: 0, depth: 0, timed_out: 0 });
    },
  },
  {
    name: "receipts: the id in the very first delivery, <id>~<seq> in any later one, never twice",
    needs: theWire,
    async run({ call, world }) {
      const id = await publish(call, queue, "a", { max_retries: 100 });
      let held = await take(call, queue);
      assert.deepEqual([held.id, held.message_id], [id, id]);
      const seen = new Set([id]);
      const returns = [
        (it: Delivery) => nack(call, queue, it),
        (it: Delivery) => call("queue.release", { queue, message_id: it.message_id }),
        () => world.advance(30_000),
      ];
      for (const comeBack of returns) {
        await comeBack(held);
        held = await take(call, queue);
        assert.equal(held.id, id);
        assert.match(held.message_id, new RegExp(`^${id}~\\d+$`));
        assert(!seen.has(held.message_id), "a receipt of its own");
        seen.add(held.message_id);
      }
    },
  },
  {
    name: "receipts: that of an older delivery never acts on a newer one",
    needs: theWire,
    async run({ call }) {
      const id = await publish(call, queue, "a", { max_retries: 10 });
      const first = await take(call, queue);
      await nack(call, queue, first);
      await isNoReceipt(call, id); // it waits: nobody has it
      const second = await take(call, queue);
      await isNoReceipt(call, id);
      await nack(call, queue, second);
      const third = await take(call, queue);
      await isNoReceipt(call, second.message_id);
      await isNoReceipt(call, id);
      has(await call("queue.stats", { queue }), { in_flight: 1, acked: 0 });
      await ack(call, queue, third);
      has(await call("queue.stats", { queue }), { in_flight: 0, acked: 1 });
    },
  },
  {
    name: "an ack that comes after its deadline, with the message in other hands, takes nothing",
    async run({ call, world }) {
      const other = await world.join();
      await publish(call, queue, "a");
      const mine = await take(call, queue, { ack_deadline: 1 });
      await world.advance(1_000);
      const theirs = await take(other.call, queue);
      has(theirs, { id: mine.id, retry_count: 1 });
      await isNoReceipt(call, mine.message_id);
      has(await call("queue.stats", { queue }), { in_flight: 1, acked: 0, nacked: 0 });
      await ack(other.call, queue, theirs);
      has(await call("queue.stats", { queue }), { in_flight: 0, acked: 1 });
    },
  },
  {
    name: "an ack before the deadline of what an extend gave more time is good",
    async run({ call, world }) {
      await publish(call, queue, "a");
      const held = await take(call, queue, { ack_deadline: 1 });
      await call("queue.extend", { queue, message_id: held.message_id, ack_deadline: 10 });
      await world.advance(9_999);
      await ack(call, queue, held);
      has(await call("queue.stats", { queue }), { acked: 1, timed_out: 0 });
    },
  },
  {
    name: "receipts: what is none, or another queue's, is MESSAGE_NOT_FOUND",
    needs: theWire,
    async run({ call }) {
      await publishAll(call, queue, ["a", "b"]);
      const held = await take(call, queue);
      await publish(call, "other", "c");
      const { message_id: foreign } = await take(call, "other");
      for (const receipt of ["1", "0", "-1", "abc", `${held.id}~`, `${held.id}~1`, `~${held.id}`]) {
        await isNoReceipt(call, receipt);
      }
      for (const receipt of [`${held.id} `, `0${held.id}`, `${held.id}.0`, "9".repeat(64)]) {
        await isNoReceipt(call, receipt);
      }
      await isNoReceipt(call, foreign);
      await isNoReceipt(call, held.message_id, "other");
      has(await call("queue.stats", { queue }), { in_flight: 1, depth: 1 });
    },
  },
  {
    name: "ack, nack, release and extend of an unknown queue are QUEUE_NOT_FOUND",
    async run({ call }) {
      for (const command of settling) {
        const answer = call(command, { queue: "unknown", message_id: "17" });
        await refusal(answer, "QUEUE_NOT_FOUND", { queue: "unknown" });
      }
      const many = call("queue.ack_many", { queue: "unknown", message_ids: ["17"] });
      await refusal(many, "QUEUE_NOT_FOUND", { queue: "unknown" });
    },
  },
  {
    name: "queue.ack_many: those that are good are done, the others are named",
    async run({ call, world }) {
      await publishAll(call, queue, ["a", "b", "c", "d"]);
      const [a, b] = await consume(call, queue, { max_messages: 2 });
      const late = await take(call, queue, { ack_deadline: 1 });
      assert(a !== undefined && b !== undefined);
      await world.advance(1_000);
      const message_ids = [b.message_id, late.message_id, a.message_id];
      const answer = await call("queue.ack_many", { queue, message_ids });
      has(answer, { acked: 2, missing: [late.message_id] });
      has(await call("queue.stats", { queue }), { acked: 2, in_flight: 0, depth: 2 });
      const again = await call("queue.ack_many", { queue, message_ids });
      assert.equal(again.acked, 0);
      assert.deepEqual([...(again.missing as string[])].sort(), [...message_ids].sort());
    },
  },
  {
    name: "queue.ack_many: a receipt named twice counts once",
    needs: theWire,
    async run({ call }) {
      await publish(call, queue, "a");
      const { message_id } = await take(call, queue);
      const request = { queue, message_ids: [message_id, message_id, "junk"] };
      const answer = await call("queue.ack_many", request);
      has(answer, { acked: 1, missing: [message_id, "junk"] });
    },
  },
  {
    name: "a message that is acknowledged, or dead, is in hand no more",
    async run({ call, world }) {
      const other = await world.join();
      await publish(call, queue, "a");
      const held = await take(call, queue);
      await nack(call, queue, held, { requeue: false });
      await isNoReceipt(call, held.message_id);
      const [letter] = (await call("queue.dead.list", { queue })).items as Fields[];
      assert.equal(letter?.id, held.id);
      const dead = await take(other.call, `${queue}.dead`);
      assert.equal(dead.id, held.id);
      await isNoReceipt(call, held.message_id);
      await ack(other.call, `${queue}.dead`, dead);
    },
  },
];

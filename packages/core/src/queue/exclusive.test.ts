import { describe, expect, test } from "vitest";
import { openQueueLab, type QueueLab, type Worker } from "../../test/queue-lab.ts";

async function publish(lab: QueueLab, count: number, from = 1): Promise<void> {
  for (let i = from; i < from + count; i++) await lab.publish(i);
}

async function ackAll(lab: QueueLab, worker: Worker): Promise<unknown[]> {
  const held = worker.deliveries();
  for (const { message_id } of held) worker.request("queue.ack", { queue: "jobs", message_id });
  await lab.settle();
  return held.map(({ message }) => message);
}

describe("an exclusive queue", () => {
  test("has one active consumer at a time; the next takes over when it ends", async () => {
    const lab = openQueueLab();
    await lab.create({ exclusive: true });
    const [first, second] = [await lab.subscriber(), await lab.subscriber({ prefetch: 5 })];
    await publish(lab, 4);
    expect([first.told(), second.told()]).toEqual([[1], []]);
    first.session.close("gone");
    await lab.settle();
    expect(second.told()).toEqual([1, 2, 3, 4]);
  });

  test("the next one waits until nothing is in the hands of the one before", async () => {
    const lab = openQueueLab();
    await lab.create({ exclusive: true });
    const [first, second] = [await lab.subscriber({ prefetch: 2 }), await lab.subscriber()];
    await publish(lab, 3);
    first.request("queue.unsubscribe", { queue: "jobs" });
    await lab.settle();
    expect(second.told()).toEqual([]);
    expect(await ackAll(lab, first)).toEqual([1, 2]);
    expect(second.told()).toEqual([3]);
  });

  test("one whose socket is full holds its place, and so the others back", async () => {
    const lab = openQueueLab();
    await lab.create({ exclusive: true });
    const [first, second] = [await lab.subscriber(), await lab.subscriber()];
    first.writable = false;
    await publish(lab, 1);
    expect(second.told()).toEqual([]);
    first.drain();
    await lab.settle();
    expect(first.told()).toEqual([1]);
  });

  test("polls: of one consumer at a time, in the order in which they came", async () => {
    const lab = openQueueLab();
    await lab.create({ exclusive: true });
    await publish(lab, 3);
    const [one] = await lab.consume({ consumer_id: "a" });
    expect(await lab.consume({ consumer_id: "b" })).toEqual([]);
    expect(await lab.consume()).toEqual([]);
    expect(await lab.consume({ consumer_id: "a" })).toMatchObject([{ message: 2 }]);
    const waiting = lab.consume({ consumer_id: "b", timeout: 50 });
    await lab.settle();
    expect(await lab.stats()).toMatchObject({ depth: 1, in_flight: 2, consumers: 1 });
    await lab.ack(one?.message_id as string);
    await lab.settle();
    expect((await lab.stats()).depth).toBe(1);
    await lab.advance(30_000); // the other one comes back
    expect(await waiting).toMatchObject([{ message: 2, retry_count: 1 }]);
  });

  test("a poll by the consumer that holds something overtakes those that may not take", async () => {
    const lab = openQueueLab();
    await lab.create({ exclusive: true });
    await publish(lab, 1);
    await lab.consume({ consumer_id: "a" });
    const other = lab.consume({ consumer_id: "b", timeout: 5 });
    const mine = lab.consume({ consumer_id: "a", timeout: 5 });
    await lab.settle();
    await publish(lab, 1, 2);
    expect(await mine).toMatchObject([{ message: 2 }]);
    await lab.advance(5_000);
    expect(await other).toEqual([]);
  });

  test("polls get nothing while a subscription leads, also if it has no room", async () => {
    const lab = openQueueLab();
    await lab.create({ exclusive: true });
    const leader = await lab.subscriber();
    await publish(lab, 2);
    expect(await lab.consume()).toEqual([]);
    const poll = lab.consume({ timeout: 20 });
    await lab.settle();
    leader.session.close("gone");
    expect(await poll).toMatchObject([{ message: 1 }]);
  });

  test("is made so by the create that adopts it; what polls took before counts as another's", async () => {
    const lab = openQueueLab();
    await publish(lab, 3);
    const before = await lab.one();
    await lab.create({ exclusive: true });
    expect(await lab.consume()).toEqual([]);
    await lab.ack(before.message_id);
    expect(await lab.consume()).toMatchObject([{ message: 2 }]);
  });

  test("comes back under its name without what it held", async () => {
    const lab = openQueueLab();
    await lab.create({ exclusive: true });
    const worker = await lab.subscriber({ prefetch: 2 });
    await publish(lab, 2);
    expect(worker.told()).toEqual([1, 2]);
    worker.request("queue.delete", { queue: "jobs" });
    await lab.settle();
    await lab.create({ exclusive: true });
    await publish(lab, 2, 3);
    expect(worker.told()).toEqual([3, 4]);
  });
});

describe("an exclusive subscription", () => {
  test("waits until no other consumer is active, then lets none become it", async () => {
    const lab = openQueueLab();
    const common = await lab.subscriber({ prefetch: 2 });
    const alone = await lab.subscriber({ prefetch: 2, exclusive: true });
    const late = await lab.subscriber({ prefetch: 10 });
    await publish(lab, 4);
    expect([common.told(), alone.told(), late.told()]).toEqual([[1, 3], [], [2, 4]]);
    common.session.close("gone");
    await lab.settle();
    expect([alone.told(), late.told()]).toEqual([[], []]);
    late.session.close("gone");
    await lab.settle();
    expect(alone.told()).toEqual([1, 2]);
    const poll = lab.consume({ timeout: 1 });
    await lab.advance(1_000);
    expect(await poll).toEqual([]);
  });

  test("gives way when it asks for it no longer", async () => {
    const lab = openQueueLab();
    const alone = await lab.subscriber({ exclusive: true });
    const other = await lab.subscriber();
    await publish(lab, 3);
    expect([alone.told(), other.told()]).toEqual([[1], []]);
    alone.request("queue.subscribe", { queue: "jobs", prefetch: 1 });
    await lab.settle();
    expect([alone.told(), other.told()]).toEqual([[], [2]]);
  });

  test("keeps order: a message that fails is the next one again", async () => {
    const lab = openQueueLab();
    const alone = await lab.subscriber({ exclusive: true });
    await publish(lab, 3);
    for (const wanted of [1, 1, 1, 2, 3]) {
      const [held] = alone.deliveries();
      expect(held?.message).toBe(wanted);
      const command = wanted === 1 && held?.retry_count !== 2 ? "queue.nack" : "queue.ack";
      alone.request(command, { queue: "jobs", message_id: held?.message_id as string });
      await lab.settle();
    }
    expect((await lab.stats()).acked).toBe(3);
  });
});

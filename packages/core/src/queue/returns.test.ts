import { describe, expect, test } from "vitest";
import { run } from "../../test/calls.ts";
import { NOBODY, openQueueLab } from "../../test/queue-lab.ts";
import { StallingClock } from "../../test/stalling-clock.ts";

describe("a deadline", () => {
  test("lapses to the millisecond: the message comes back to its place with a retry burned", async () => {
    const lab = openQueueLab();
    const id = await lab.publish("first", { priority: 7 });
    await lab.publish("second", { priority: 7 });
    await lab.consume({ ack_deadline: 0.25 });
    await lab.advance(249);
    expect(await lab.stats()).toMatchObject({ in_flight: 1, timed_out: 0 });
    await lab.advance(1);
    expect(await lab.stats()).toMatchObject({ in_flight: 0, timed_out: 1, depth: 2 });
    expect(await lab.one()).toMatchObject({ id, message: "first", priority: 7, retry_count: 1 });
  });

  test("is the queue's, unless consume or subscribe says otherwise", async () => {
    const lab = openQueueLab();
    await lab.create({ ack_deadline_secs: 2 });
    for (let i = 0; i < 3; i++) await lab.publish(i);
    const now = 1_700_000_000_000;
    const [own] = await lab.consume();
    const [other] = await lab.consume({ ack_deadline: 5 });
    const worker = await lab.subscriber({ ack_deadline: 0.5 });
    const deadlines = [own, other, ...worker.deliveries()].map((d) => (d?.deadline ?? 0) - now);
    expect(deadlines).toEqual([2_000, 5_000, 500]);
    await lab.advance(1_999);
    expect((await lab.stats()).timed_out).toBe(1);
    await lab.advance(1);
    expect((await lab.stats()).timed_out).toBe(2);
  });

  test("begins anew with each extend", async () => {
    const lab = openQueueLab();
    await lab.publish("long");
    const [held] = await lab.consume({ ack_deadline: 1 });
    const receipt = held?.message_id as string;
    for (let i = 0; i < 5; i++) {
      await lab.advance(900);
      const request = { queue: "jobs", message_id: receipt, ack_deadline: 1 };
      const { deadline } = await run(lab.session, "queue.extend", request);
      expect(deadline).toBe(1_700_000_000_000 + 900 * (i + 1) + 1_000);
    }
    await run(lab.session, "queue.extend", { queue: "jobs", message_id: receipt });
    await lab.advance(29_999);
    await lab.ack(receipt);
    expect(await lab.stats()).toMatchObject({ timed_out: 0, acked: 1 });
  });

  test("can be made to come sooner", async () => {
    const lab = openQueueLab();
    await lab.publish("short");
    const { message_id } = await lab.one();
    await run(lab.session, "queue.extend", { queue: "jobs", message_id, ack_deadline: 0.01 });
    await lab.advance(10);
    expect((await lab.stats()).timed_out).toBe(1);
  });

  test("the message waits for the back-off, which doubles up to its bound", async () => {
    const lab = openQueueLab();
    await lab.create({
      retry_backoff_secs: 1,
      retry_backoff_max_secs: 3,
      default_max_retries: 10,
      ack_deadline_secs: 1,
    });
    await lab.publish("again");
    for (const waitMs of [1_000, 2_000, 3_000, 3_000]) {
      await lab.one();
      await lab.advance(1_000);
      expect(await lab.stats()).toMatchObject({ depth: 0, delayed: 1 });
      await lab.advance(waitMs - 1);
      expect(await lab.consume()).toEqual([]);
      await lab.advance(1);
      expect((await lab.stats()).depth).toBe(1);
    }
  });

  test("T3: many that lapse at once are worked off some a turn, and all come back in order", async () => {
    const lab = openQueueLab({ maxQueueWorkPerTurn: 7 });
    const messages = Array.from({ length: 100 }, (_, i) => ({ message: i }));
    await run(lab.session, "queue.publish_many", { queue: "jobs", messages });
    await lab.consume({ max_messages: 100, ack_deadline: 1 });
    const before = lab.journal.blocks.length;
    await lab.advance(1_000);
    const sizes = lab.journal.blocks.slice(before).map(({ records }) => records.length);
    expect(Math.max(...sizes)).toBe(7);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(100);
    const taken = await lab.consume({ max_messages: 100 });
    expect(taken.map(({ message }) => message)).toEqual(messages.map(({ message }) => message));
  });
});

describe("S9: a consumer that is frozen", () => {
  test("D2: with prefetch 10 for ten deadlines it leaves the dead letters empty", async () => {
    const lab = openQueueLab();
    for (let i = 0; i < 50; i++) await lab.publish(i);
    const frozen = await lab.subscriber({ prefetch: 10, ack_deadline: 1 });
    for (let i = 0; i < 10; i++) await lab.advance(1_000);
    expect(frozen.deliveries()).toHaveLength(10);
    expect(await lab.dead()).toEqual([]);
    expect(await lab.stats()).toMatchObject({ depth: 50, in_flight: 0, timed_out: 10, dead: 0 });
  });

  test("others get what it held", async () => {
    const lab = openQueueLab();
    const frozen = await lab.subscriber({ prefetch: 2, ack_deadline: 1 });
    for (let i = 0; i < 4; i++) await lab.publish(i);
    const awake = await lab.subscriber({ prefetch: 4, ack_deadline: 100 });
    expect(frozen.told()).toEqual([0, 1]);
    expect(awake.told()).toEqual([2, 3]);
    await lab.advance(1_000);
    expect(awake.deliveries()).toMatchObject([
      { message: 0, retry_count: 1 },
      { message: 1, retry_count: 1 },
    ]);
  });

  test.each([
    ["a late ack", "queue.ack"],
    ["a late nack", "queue.nack"],
    ["a late release", "queue.release"],
  ] as const)("%s changes nothing but that it gets messages again", async (_, command) => {
    const lab = openQueueLab();
    const frozen = await lab.subscriber({ prefetch: 2, ack_deadline: 1 });
    for (let i = 0; i < 5; i++) await lab.publish(i);
    const [first] = frozen.deliveries();
    await lab.advance(5_000);
    expect(frozen.deliveries()).toEqual([]);
    frozen.request(command, { queue: "jobs", message_id: first?.message_id as string });
    await lab.settle();
    expect(frozen.failures.map(({ error }) => error.code)).toEqual(["MESSAGE_NOT_FOUND"]);
    expect(frozen.told()).toEqual([0, 1]);
    expect(await lab.stats()).toMatchObject({ acked: 0, nacked: 0, timed_out: 2, in_flight: 2 });
  });

  test("hello gives it messages again", async () => {
    const lab = openQueueLab();
    const frozen = await lab.subscriber({ prefetch: 1, ack_deadline: 1 });
    await lab.publish(1);
    await lab.advance(3_000);
    expect(frozen.told()).toEqual([1]);
    await frozen.hello();
    await lab.settle();
    expect(frozen.told()).toEqual([1]);
  });

  test("extend, ping and what it says of other queues do not", async () => {
    const lab = openQueueLab();
    const frozen = await lab.subscriber({ prefetch: 2, ack_deadline: 1 });
    frozen.request("queue.subscribe", { queue: "other", prefetch: 1, ack_deadline: 100 });
    await lab.publish(1);
    await lab.publish(2, {}, "other");
    const held = frozen.deliveries();
    await lab.advance(2_000);
    const receipts = Object.fromEntries(held.map((d) => [d.queue, d.message_id]));
    frozen.request("queue.extend", { queue: "jobs", message_id: receipts.jobs as string });
    frozen.request("queue.ack", { queue: "other", message_id: receipts.other as string });
    frozen.session.receive([{ kind: "notice", type: "ping", fields: {} }]);
    await lab.publish(3);
    expect(frozen.deliveries()).toEqual([]);
  });

  test("another of the same session that lapses later keeps it silent until it speaks again", async () => {
    const lab = openQueueLab();
    const frozen = await lab.subscriber({ prefetch: 2, ack_deadline: 1 });
    await lab.publish(1);
    await lab.advance(500);
    await lab.publish(2);
    const [one] = frozen.deliveries();
    await lab.advance(500);
    frozen.request("queue.ack", { queue: "jobs", message_id: one?.message_id as string });
    await lab.settle();
    expect(frozen.told()).toEqual([1]);
    await lab.advance(500);
    await lab.advance(5_000);
    expect(frozen.told()).toEqual([]);
    expect((await lab.stats()).dead).toBe(0);
  });
});

describe("S7: a session that ends", () => {
  test("T2: what it held comes back at once, without a retry burned", async () => {
    const lab = openQueueLab();
    await lab.create({ retry_backoff_secs: 100 });
    for (let i = 0; i < 5; i++) await lab.publish(i, { max_retries: 0 });
    const worker = await lab.subscriber({ prefetch: 2 });
    const [polled] = await lab.consume({}, worker.session);
    expect(polled?.message).toBe(2);
    worker.session.close("gone");
    await lab.settle();
    expect(await lab.stats()).toMatchObject({ depth: 5, in_flight: 0, consumers: 0, nacked: 0 });
    const taken = await lab.consume({ max_messages: 5 });
    expect(taken.map(({ message }) => message)).toEqual([0, 1, 2, 3, 4]);
    expect(taken.map(({ retry_count }) => retry_count)).toEqual([0, 0, 0, 0, 0]);
    expect(lab.desk()).toEqual({ ...NOBODY, inHand: 5 });
  });

  test("what was taken over HTTP stays in hand: there is no session that ends", async () => {
    const lab = openQueueLab();
    await lab.publish("job");
    const { message_id } = await lab.one();
    lab.session.close("the request is over");
    await lab.settle();
    expect(lab.desk().inHand).toBe(1);
    const other = lab.caller();
    await lab.ack(message_id, other);
    expect(lab.desk()).toEqual(NOBODY);
  });

  test("a lost one keeps what it holds for its grace; then it comes back", async () => {
    const lab = openQueueLab();
    await lab.publish("job");
    const worker = await lab.subscriber();
    worker.session.lose();
    await lab.advance(499);
    expect(await lab.stats()).toMatchObject({ in_flight: 1, consumers: 1 });
    await lab.advance(1);
    expect(await lab.stats()).toMatchObject({ depth: 1, in_flight: 0, consumers: 0 });
  });

  test("a lost one gets nothing; who takes it up has its deliveries and its credit", async () => {
    const lab = openQueueLab();
    const worker = await lab.subscriber({ prefetch: 2 });
    const { resume } = await worker.hello({ client_id: "c" });
    await lab.publish(1);
    const [held] = worker.deliveries();
    worker.session.lose();
    await lab.publish(2);
    await lab.publish(3);
    expect(worker.deliveries()).toEqual([]);
    const next = lab.worker();
    await next.hello({ client_id: "c", resume });
    await lab.settle();
    expect(next.told()).toEqual([2]);
    next.request("queue.ack", { queue: "jobs", message_id: held?.message_id as string });
    await lab.settle();
    expect(next.failures).toEqual([]);
    expect(next.told()).toEqual([3]);
    next.session.close("done");
    await lab.settle();
    expect(await lab.stats()).toMatchObject({ depth: 2, in_flight: 0, acked: 1 });
    expect(lab.desk()).toEqual(NOBODY);
  });

  test("what is acknowledged by another before its turn comes does not return", async () => {
    const lab = openQueueLab({ maxQueueWorkPerTurn: 1 });
    for (let i = 0; i < 4; i++) await lab.publish(i);
    const worker = await lab.subscriber({ prefetch: 4 });
    await lab.settle();
    const held = worker.deliveries();
    expect(held).toHaveLength(4);
    worker.session.close("gone");
    const last = lab.ack(held[3]?.message_id as string);
    await lab.settle();
    await lab.settle();
    await last;
    expect(await lab.stats()).toMatchObject({ depth: 3, in_flight: 0, acked: 1 });
    expect(lab.desk()).toEqual(NOBODY);
  });
});

describe("a stall of the server", () => {
  test("for twenty deadlines changes no owner of a delivery whose ack was sent meanwhile", async () => {
    const clock = new StallingClock();
    const lab = openQueueLab({}, clock);
    const worker = await lab.subscriber({ prefetch: 3, ack_deadline: 1 });
    for (let i = 0; i < 3; i++) await lab.publish(i, { max_retries: 0 });
    const other = await lab.subscriber({ prefetch: 3 });
    const held = worker.deliveries();
    const stalled = clock.stall(20_000); // timers fire before the sockets are read
    for (const { message_id } of held) worker.request("queue.ack", { queue: "jobs", message_id });
    await stalled;
    expect(worker.failures).toEqual([]);
    expect(other.deliveries()).toEqual([]);
    expect(await lab.dead()).toEqual([]);
    expect(await lab.stats()).toMatchObject({ acked: 3, timed_out: 0, in_flight: 0 });
  });

  test("does not save one whose consumer said nothing all the time", async () => {
    const clock = new StallingClock();
    const lab = openQueueLab({}, clock);
    await lab.publish("job");
    await lab.consume({ ack_deadline: 1 });
    await clock.stall(20_000);
    expect(await lab.stats()).toMatchObject({ timed_out: 1, depth: 1 });
  });

  test("takes nothing from a delivery whose deadline lies behind it", async () => {
    const clock = new StallingClock();
    const lab = openQueueLab({}, clock);
    await lab.publish("soon");
    await lab.publish("later");
    await lab.consume({ ack_deadline: 1 });
    await lab.consume({ ack_deadline: 30 });
    await clock.stall(25_000); // 24 s late, as the first deadline shows
    await clock.pass(28_000);
    expect((await lab.stats()).timed_out).toBe(1);
    await clock.pass(2_000);
    expect((await lab.stats()).timed_out).toBe(2);
  });

  test("an extend that was under way counts from when it is read", async () => {
    const clock = new StallingClock();
    const lab = openQueueLab({}, clock);
    await lab.publish("job");
    const [held] = await lab.consume({ ack_deadline: 1 });
    await clock.pass(900);
    const stalled = clock.stall(5_000);
    const request = { queue: "jobs", message_id: held?.message_id as string, ack_deadline: 1 };
    const extended = run(lab.session, "queue.extend", request);
    await stalled;
    await extended;
    await clock.pass(900);
    await lab.ack(request.message_id);
    expect((await lab.stats()).timed_out).toBe(0);
  });
});

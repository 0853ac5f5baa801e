import { describe, expect, test } from "vitest";
import { run } from "../../test/calls.ts";
import { NOBODY, openQueueLab } from "../../test/queue-lab.ts";

describe("a subscription", () => {
  test("D1: has at most `prefetch` in hand; an ack makes room for one more", async () => {
    const lab = openQueueLab();
    const worker = await lab.subscriber({ prefetch: 2 });
    for (let i = 1; i <= 4; i++) await lab.publish(i);
    const [first] = worker.deliveries();
    expect(first?.message).toBe(1);
    expect(worker.told()).toEqual([]);
    expect(await lab.stats()).toMatchObject({ depth: 2, in_flight: 2, consumers: 1 });
    worker.request("queue.ack", { queue: "jobs", message_id: first?.message_id as string });
    await lab.settle();
    expect(worker.told()).toEqual([3]);
  });

  test("gets what was there before it came, in the order of delivery", async () => {
    const lab = openQueueLab();
    await lab.publish("low", { priority: 0 });
    await lab.publish("first");
    await lab.publish("high", { priority: 9 });
    await lab.publish("second");
    const worker = await lab.subscriber({ prefetch: 10 });
    expect(worker.told()).toEqual(["high", "first", "second", "low"]);
  });

  test("shares with others, in turns", async () => {
    const lab = openQueueLab();
    const one = await lab.subscriber({ prefetch: 100 });
    const other = await lab.subscriber({ prefetch: 100 });
    for (let i = 0; i < 4; i++) await lab.publish(i);
    expect([one.told(), other.told()]).toEqual([
      [0, 2],
      [1, 3],
    ]);
    const messages = Array.from({ length: 10 }, (_, i) => ({ message: i }));
    await run(lab.session, "queue.publish_many", { queue: "jobs", messages });
    expect([one.told().length, other.told().length]).toEqual([5, 5]);
  });

  test("subscribing again replaces all that was asked for, and adds no second one", async () => {
    const lab = openQueueLab();
    const worker = await lab.subscriber({ prefetch: 1, consumer_id: "old" });
    for (let i = 1; i <= 4; i++) await lab.publish(i);
    const again = { queue: "jobs", prefetch: 3, ack_deadline: 1, consumer_id: "new" };
    worker.request("queue.subscribe", again);
    await lab.settle();
    expect(worker.told()).toEqual([1, 2, 3]);
    const delivered = lab.journal.blocks
      .flatMap(({ records }) => records.flatMap(({ effects }) => effects))
      .flatMap((effect) => (effect.type === "queue.deliver" ? [effect] : []));
    expect(delivered.map(({ consumer }) => consumer)).toEqual(["old", "new"]);
    const [first, second] = delivered.map(({ deadline }) => deadline) as [number, number];
    expect(first - second).toBe(29_000);
    expect((await lab.stats()).consumers).toBe(1);
  });

  test("a smaller prefetch gives nothing until there is room below it", async () => {
    const lab = openQueueLab();
    const worker = await lab.subscriber({ prefetch: 3 });
    for (let i = 1; i <= 5; i++) await lab.publish(i);
    const held = worker.deliveries();
    worker.request("queue.subscribe", { queue: "jobs", prefetch: 1 });
    for (const [i, { message_id }] of held.entries()) {
      worker.request("queue.ack", { queue: "jobs", message_id });
      await lab.settle();
      expect(worker.told()).toEqual(i < 2 ? [] : [4]);
    }
  });

  test("one whose socket is full gets nothing; others get its share, it goes on when it drains", async () => {
    const lab = openQueueLab();
    const slow = await lab.subscriber({ prefetch: 5 });
    const quick = await lab.subscriber({ prefetch: 5 });
    slow.writable = false;
    for (let i = 0; i < 6; i++) await lab.publish(i);
    expect([slow.told(), quick.told()]).toEqual([[], [0, 1, 2, 3, 4]]);
    slow.drain();
    await lab.settle();
    expect(slow.told()).toEqual([5]);
  });

  test("unsubscribe: what is in hand stays there and can be acknowledged", async () => {
    const lab = openQueueLab();
    const worker = await lab.subscriber({ prefetch: 1 });
    await lab.publish(1);
    await lab.publish(2);
    const [held] = worker.deliveries();
    const gone = worker.request("queue.unsubscribe", { queue: "jobs" });
    const missing = worker.request("queue.unsubscribe", { queue: "jobs" });
    worker.request("queue.ack", { queue: "jobs", message_id: held?.message_id as string });
    await lab.settle();
    expect(worker.answerTo(gone)).toEqual({ success: true });
    expect(worker.answerTo(missing)).toEqual({ success: false });
    expect(worker.failures).toEqual([]);
    expect(worker.told()).toEqual([]);
    expect(await lab.stats()).toMatchObject({ depth: 1, in_flight: 0, consumers: 0 });
    worker.session.close("done");
    expect(lab.desk()).toEqual(NOBODY);
  });

  test("a session subscribes to as many queues as it may, and again to those it has", async () => {
    const lab = openQueueLab({ maxSubscriptionsPerSession: 2 });
    const worker = lab.worker();
    for (const queue of ["a", "b", "c", "a"]) worker.request("queue.subscribe", { queue });
    await lab.settle();
    expect(worker.failures.map(({ error }) => [error.code, error.details])).toEqual([
      ["SUBSCRIBER_LIMIT", { limit: 2 }],
    ]);
  });

  test("a session that says hello for a lost one gets one credit for both subscriptions", async () => {
    const lab = openQueueLab();
    const old = await lab.subscriber({ prefetch: 2 });
    const { resume } = await old.hello({ client_id: "c" });
    await lab.publish(1);
    await lab.publish(2);
    const held = old.deliveries();
    old.session.lose();
    const worker = await lab.subscriber({ prefetch: 3 });
    await worker.hello({ client_id: "c", resume });
    for (let i = 3; i <= 6; i++) await lab.publish(i);
    expect(worker.told()).toEqual([3]);
    for (const { message_id } of held) worker.request("queue.ack", { queue: "jobs", message_id });
    await lab.settle();
    expect(worker.told()).toEqual([4, 5]);
    worker.session.close("done");
    await lab.settle();
    expect(lab.desk()).toEqual(NOBODY);
  });
});

describe("a poll", () => {
  test("T4: who has waited gets the message, not one who comes in the same turn", async () => {
    const lab = openQueueLab();
    const waiting = lab.consume({ timeout: 10 });
    await lab.settle();
    const published = lab.publish("job");
    const late = lab.consume();
    await published;
    expect((await waiting).map(({ message }) => message)).toEqual(["job"]);
    expect(await late).toEqual([]);
  });

  test("polls that wait are served in the order in which they came", async () => {
    const lab = openQueueLab();
    const polls = [1, 2, 3].map(() => lab.consume({ timeout: 10 }));
    await lab.settle();
    for (let i = 1; i <= 3; i++) await lab.publish(i);
    const taken = await Promise.all(polls);
    expect(taken.map((messages) => messages.map(({ message }) => message))).toEqual([
      [1],
      [2],
      [3],
    ]);
  });

  test("does not wait for more than one message", async () => {
    const lab = openQueueLab();
    const poll = lab.consume({ timeout: 10, max_messages: 5 });
    await lab.settle();
    await lab.publish(1);
    expect((await poll).map(({ message }) => message)).toEqual([1]);
  });

  test("one that comes upon expired messages only goes on waiting and keeps its turn", async () => {
    const lab = openQueueLab();
    await lab.publish("short", { ttl: 1 });
    const held = await lab.one();
    const first = lab.consume({ timeout: 30 });
    const second = lab.consume({ timeout: 30 });
    await lab.advance(2_000);
    await lab.release(held.message_id);
    await lab.settle();
    expect(await lab.stats()).toMatchObject({ depth: 0, expired: 1, consumers: 2 });
    await lab.publish("next");
    await lab.publish("last");
    expect((await first).map(({ message }) => message)).toEqual(["next"]);
    expect((await second).map(({ message }) => message)).toEqual(["last"]);
  });

  test("one that comes upon more expired messages than a turn removes gets the good one", async () => {
    const lab = openQueueLab({ maxQueueWorkPerTurn: 4 });
    for (let i = 0; i < 40; i++) await lab.publish(i, { ttl: 1 });
    const held = await lab.consume({ max_messages: 40 });
    await lab.publish("good");
    await lab.advance(2_000);
    const releases = held.map(({ message_id }) => lab.release(message_id));
    const poll = lab.consume({ timeout: 10 });
    await Promise.all(releases);
    await lab.settle();
    expect((await poll).map(({ message }) => message)).toEqual(["good"]);
  });

  test("without a timeout it finds the good one behind expired ones", async () => {
    const lab = openQueueLab({ maxQueueWorkPerTurn: 10 });
    for (let i = 0; i < 8; i++) await lab.publish(i, { ttl: 1 });
    const held = await lab.consume({ max_messages: 8 });
    await lab.publish("good");
    await lab.advance(2_000);
    const releases = held.map(({ message_id }) => lab.release(message_id));
    expect((await lab.consume()).map(({ message }) => message)).toEqual(["good"]);
    await Promise.all(releases);
  });
});

describe("what one gets at once is bounded", () => {
  const message = "x".repeat(400);

  test("an answer ends after the message that makes a page", async () => {
    const lab = openQueueLab({ maxPageBytes: 1_000 });
    for (let i = 0; i < 10; i++) await lab.publish(message);
    expect(await lab.consume({ max_messages: 10 })).toHaveLength(3);
    const poll = lab.consume({ max_messages: 10, timeout: 1 });
    expect(await poll).toHaveLength(3);
  });

  test("a message that is larger than a page still comes", async () => {
    const lab = openQueueLab({ maxPageBytes: 100 });
    await lab.publish(message);
    expect(await lab.consume({ max_messages: 10 })).toHaveLength(1);
  });

  test("a turn pushes a bounded number of bytes, so that a socket that fills up is noticed", async () => {
    const lab = openQueueLab({ maxPageBytes: 100_000, maxQueueWorkPerTurn: 100 });
    const large = "x".repeat(20_000);
    for (let i = 0; i < 50; i++) await lab.publish(large);
    const worker = await lab.subscriber({ prefetch: 50 });
    const perFrame = worker.frames.map((frame) => frame.filter(({ kind }) => kind === "push"));
    expect(Math.max(...perFrame.map((frame) => frame.length))).toBeLessThanOrEqual(6);
    await lab.settle();
    await lab.settle();
    await lab.settle();
    expect(worker.deliveries()).toHaveLength(50);
  });

  test("a queue with much to deliver does not hold up the others", async () => {
    const lab = openQueueLab({ maxQueueWorkPerTurn: 10 });
    const messages = Array.from({ length: 200 }, (_, i) => ({ message: i }));
    await run(lab.session, "queue.publish_many", { queue: "busy", messages });
    await lab.publish("job", {}, "quiet");
    const worker = lab.worker();
    worker.request("queue.subscribe", { queue: "busy", prefetch: 1_000 });
    worker.request("queue.subscribe", { queue: "quiet", prefetch: 1 });
    for (let i = 0; i < 3; i++) await lab.settle();
    const queues = worker.deliveries().map(({ queue }) => queue);
    expect(queues.indexOf("quiet")).toBeGreaterThanOrEqual(0);
    expect(queues.indexOf("quiet")).toBeLessThan(20);
    expect(queues.length).toBeLessThan(200);
  });
});

describe("a queue that is deleted", () => {
  test("leaves its consumers: one that comes back under this name is theirs", async () => {
    const lab = openQueueLab();
    const worker = await lab.subscriber({ prefetch: 1 });
    const poll = lab.consume({ timeout: 10 });
    await lab.publish(1);
    expect(worker.told()).toEqual([1]);
    await run(lab.session, "queue.delete", { queue: "jobs" });
    await lab.publish(2);
    await lab.publish(3);
    await lab.settle();
    expect([...worker.told(), ...(await poll).map(({ message }) => message)].sort()).toEqual([
      2, 3,
    ]);
  });

  test("ends the deliveries in hand, some a turn, also those whose deadline lapses meanwhile", async () => {
    const lab = openQueueLab({ maxQueueWorkPerTurn: 2 });
    const worker = await lab.subscriber({ prefetch: 20, ack_deadline: 1 });
    const other = lab.worker();
    for (let i = 0; i < 20; i++) await lab.publish(i);
    await lab.publish("polled");
    await lab.consume({ ack_deadline: 1 }, other.session);
    const held = worker.deliveries();
    await lab.advance(999);
    const deletion = run(lab.session, "queue.delete", { queue: "jobs" });
    const again = lab.create({});
    other.session.close("gone");
    await lab.advance(1_000);
    await Promise.all([deletion, again]);
    for (let i = 0; i < 10; i++) await lab.settle();
    expect(lab.desk()).toEqual({ lines: 1, parties: 2, inHand: 0, returning: 0 });
    expect(lab.state.table.size).toBe(0);
    expect(await lab.stats()).toMatchObject({ depth: 0, in_flight: 0, delayed: 0, dead: 0 });
    const late = worker.request("queue.ack", {
      queue: "jobs",
      message_id: held[0]?.message_id as string,
    });
    await lab.publish("new");
    expect(worker.told()).toEqual(["new"]);
    expect(worker.failures.map(({ id }) => id)).toEqual([late]);
    expect(lab.faults).toEqual([]);
  });
});

describe("when the engine closes", () => {
  test("nothing is committed any more, however much was in hand", async () => {
    const lab = openQueueLab({ maxQueueWorkPerTurn: 2 });
    const worker = await lab.subscriber({ prefetch: 10 });
    for (let i = 0; i < 10; i++) await lab.publish(i);
    expect(worker.told()).toHaveLength(10);
    const blocks = lab.journal.blocks.length;
    await lab.engine.close();
    await lab.settle();
    await lab.settle();
    expect(lab.journal.blocks).toHaveLength(blocks);
    expect(lab.faults).toEqual([]);
  });
});

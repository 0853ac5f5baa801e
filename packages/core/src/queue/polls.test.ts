import { wireCommand } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { callOf, refusalCode, run } from "../../test/calls.ts";
import { NOBODY, openQueueLab, type Worker } from "../../test/queue-lab.ts";

const POLL = { queue: "jobs", timeout: 10 };

function cancel(worker: Worker, request_id: number): void {
  worker.session.receive([{ kind: "notice", type: "cancel", fields: { request_id } }]);
}

describe("a long poll", () => {
  test("takes what comes, and leaves no timer behind", async () => {
    const lab = openQueueLab();
    const poll = lab.consume({ timeout: 10 });
    await lab.settle();
    expect(lab.timers).toBe(1);
    expect(await lab.stats()).toMatchObject({ consumers: 1 });
    await lab.publish("job");
    const [taken] = await poll;
    await lab.ack(taken?.message_id as string);
    expect(await lab.stats()).toMatchObject({ consumers: 0, acked: 1 });
    await lab.advance(30_000); // the alarm for the deadline that was met
    expect(lab.timers).toBe(0);
    expect(lab.desk()).toEqual(NOBODY);
  });

  test("ends empty at its timeout, to the millisecond", async () => {
    const lab = openQueueLab();
    let answer: unknown = null;
    const poll = lab.consume({ timeout: 1.5 }).then((messages) => {
      answer = messages;
    });
    await lab.advance(1_499);
    expect(answer).toBeNull();
    await lab.advance(1);
    expect(answer).toEqual([]);
    await poll;
    await lab.publish("job");
    expect(await lab.stats()).toMatchObject({ depth: 1, in_flight: 0, consumers: 0 });
    expect(lab.desk()).toEqual(NOBODY);
    expect(lab.timers).toBe(0);
  });

  test("gets a delayed message when its time comes", async () => {
    const lab = openQueueLab();
    await lab.publish("later", { delay: 2 });
    const poll = lab.consume({ timeout: 10 });
    await lab.advance(1_999);
    expect(await lab.stats()).toMatchObject({ delayed: 1, consumers: 1 });
    await lab.advance(1);
    expect((await poll).map(({ message }) => message)).toEqual(["later"]);
  });

  test("gets what another gives back", async () => {
    const lab = openQueueLab();
    await lab.publish("job");
    const { message_id } = await lab.one();
    const poll = lab.consume({ timeout: 10 });
    await lab.settle();
    await lab.nack(message_id);
    expect(await poll).toMatchObject([{ message: "job", retry_count: 1 }]);
  });

  test("gets a purged queue's next message, not what was purged", async () => {
    const lab = openQueueLab();
    await lab.publish("old", { delay: 5 });
    const poll = lab.consume({ timeout: 50 });
    await lab.settle();
    expect(await run(lab.session, "queue.purge", { queue: "jobs" })).toEqual({ purged: 1 });
    await lab.advance(5_000);
    await lab.publish("new");
    expect((await poll).map(({ message }) => message)).toEqual(["new"]);
    expect(lab.state.table.size).toBe(1);
  });

  test("in a batch cannot wait; without a timeout it can be there", async () => {
    const lab = openQueueLab();
    await lab.publish("job");
    const commands = [callOf("queue.consume", POLL), callOf("queue.consume", { queue: "jobs" })];
    const batch = { command: wireCommand("batch"), payload: { commands } };
    const { payload } = await lab.session.execute(batch);
    const { results } = payload as { results: { error?: { code: string } }[] };
    expect(results.map(({ error }) => error?.code)).toEqual(["INVALID_REQUEST", undefined]);
  });
});

describe("W2: a poll that was cancelled", () => {
  test("takes nothing", async () => {
    const lab = openQueueLab();
    const worker = lab.worker();
    const id = worker.request("queue.consume", POLL);
    await lab.settle();
    cancel(worker, id);
    await lab.publish("job");
    expect(worker.failures.map(({ id: of, error }) => [of, error.code])).toEqual([
      [id, "CANCELLED"],
    ]);
    expect(await lab.stats()).toMatchObject({ depth: 1, in_flight: 0, consumers: 0 });
    expect(lab.desk()).toEqual(NOBODY);
    expect(lab.timers).toBe(0);
  });

  test("in the turn of the publish takes nothing either; the next one in line does", async () => {
    const lab = openQueueLab();
    const worker = lab.worker();
    const id = worker.request("queue.consume", POLL);
    const next = lab.consume({ timeout: 10 });
    await lab.settle();
    const published = lab.publish("job");
    cancel(worker, id);
    await published;
    expect(worker.failures).toHaveLength(1);
    expect((await next).map(({ message }) => message)).toEqual(["job"]);
  });

  test("by an aborted signal takes nothing", async () => {
    const lab = openQueueLab();
    const controller = new AbortController();
    const poll = refusalCode(lab.session.execute(callOf("queue.consume", POLL), controller.signal));
    await lab.settle();
    controller.abort();
    expect(await poll).toBe("CANCELLED");
    await lab.publish("job");
    expect((await lab.stats()).depth).toBe(1);
    const aborted = lab.session.execute(callOf("queue.consume", POLL), controller.signal);
    expect((await aborted).payload).toMatchObject({ messages: [{}] });
  });

  test("W1: after its answer was given keeps what it took: it is answered once, and can release", async () => {
    const lab = openQueueLab();
    const worker = lab.worker();
    const id = worker.request("queue.consume", POLL);
    await lab.settle();
    lab.journal.hold(); // the answer waits in the outbox
    const published = lab.publish("job");
    await lab.settle();
    cancel(worker, id);
    await lab.settle();
    expect(worker.messages).toEqual([]);
    lab.journal.release();
    await published;
    await lab.settle();
    expect(worker.failures).toEqual([]);
    const answer = worker.answerTo(id) as { messages: { message_id: string }[] };
    expect(answer.messages).toHaveLength(1);
    await lab.release(answer.messages[0]?.message_id as string, worker.session);
    expect(await lab.stats()).toMatchObject({ depth: 1, in_flight: 0, nacked: 0 });
  });

  test("with its answer in the same turn: one of the two is told, and nothing is lost", async () => {
    const lab = openQueueLab();
    const worker = lab.worker();
    const id = worker.request("queue.consume", POLL);
    await lab.settle();
    const published = lab.publish("job");
    await published; // the turn has ended, the answer has left
    cancel(worker, id);
    await lab.settle();
    expect(worker.failures).toEqual([]);
    expect(worker.answerTo(id)).toMatchObject({ messages: [{ message: "job" }] });
  });
});

describe("P4: a poll of a session that is not there any more", () => {
  test("that closed takes nothing", async () => {
    const lab = openQueueLab();
    const worker = lab.worker();
    worker.request("queue.consume", POLL);
    await lab.settle();
    worker.session.close("gone");
    await lab.publish("job");
    expect(await lab.stats()).toMatchObject({ depth: 1, in_flight: 0, consumers: 0 });
    expect(lab.timers).toBe(0);
    expect(lab.desk()).toEqual(NOBODY);
  });

  test("that is lost takes nothing, and is not taken up", async () => {
    const lab = openQueueLab();
    const worker = lab.worker();
    const { resume } = await worker.hello({ client_id: "c" });
    worker.request("queue.consume", POLL);
    await lab.settle();
    worker.session.lose();
    await lab.publish("job");
    const next = lab.worker();
    await next.hello({ client_id: "c", resume });
    await lab.settle();
    expect(await lab.stats()).toMatchObject({ depth: 1, in_flight: 0, consumers: 0 });
  });
});

describe("idle costs nothing", () => {
  test("subscriptions and polls that wait set no timer but the polls' own timeouts", async () => {
    const lab = openQueueLab();
    for (let i = 0; i < 5; i++) await lab.subscriber({ prefetch: 10 }, `queue-${i}`);
    expect(lab.timers).toBe(0);
    const polls = Array.from({ length: 3 }, () => lab.consume({ timeout: 20 }));
    await lab.settle();
    expect(lab.timers).toBe(3);
    const blocks = lab.journal.blocks.length;
    await lab.advance(19_999);
    expect(lab.timers).toBe(3);
    await lab.advance(1);
    expect(await Promise.all(polls)).toEqual([[], [], []]);
    expect(lab.timers).toBe(0);
    await lab.advance(3_600_000);
    expect(lab.timers).toBe(0);
    expect(lab.journal.blocks).toHaveLength(blocks);
  });

  test("so do messages that wait for nobody", async () => {
    const lab = openQueueLab();
    for (let i = 0; i < 100; i++) await lab.publish(i, { priority: i % 10 });
    expect(lab.timers).toBe(0);
  });

  test("messages in hand, with a delay or a time to live set one timer of each kind", async () => {
    const lab = openQueueLab();
    for (let i = 0; i < 100; i++) await lab.publish(i, { delay: 100 + i, ttl: 1_000 + i });
    expect(lab.timers).toBe(1);
    for (let i = 0; i < 100; i++) await lab.publish(i);
    await lab.consume({ max_messages: 50 });
    expect(lab.timers).toBe(2);
  });
});

describe("leaks", () => {
  test("10 000 sessions that subscribe, consume and close leave nothing behind", async () => {
    const lab = openQueueLab();
    for (let i = 0; i < 10_000; i++) {
      const worker = lab.worker();
      const queue = `queue-${i % 7}`;
      worker.request("queue.subscribe", { queue, prefetch: 3, exclusive: i % 3 === 0 });
      worker.request("queue.consume", { queue, timeout: 50, consumer_id: `c${i}` });
      worker.request("queue.publish", { queue, message: i, ttl: 1 });
      if (i % 2 === 0) await lab.settle();
      if (i % 4 === 0) worker.request("queue.unsubscribe", { queue });
      worker.session.close("done");
    }
    await lab.settle();
    expect(lab.desk()).toEqual(NOBODY);
    await lab.advance(60_000);
    for (let i = 0; i < 7; i++) {
      expect(await lab.stats(`queue-${i}`)).toMatchObject({ in_flight: 0, consumers: 0, dead: 0 });
      await run(lab.session, "queue.delete", { queue: `queue-${i}` });
    }
    await lab.settle();
    const { state } = lab;
    expect(state.table.size).toBe(0);
    expect(state.size).toBe(0);
    expect(state.due.size).toBe(0);
    expect(state.bindings.size).toBe(0);
    expect(state.bytes).toBe(0);
    expect(lab.timers).toBe(0);
    expect(lab.faults).toEqual([]);
  });
});

import type { QueueMessage } from "@hivellm/synap-client";
import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import { createMockClient } from "./index.ts";

const START_MS = 1_700_000_000_000;
const mock = createMockClient({ startMs: START_MS });
afterEach(() => mock.reset());

describe("publish and consume", () => {
  test("what is published is consumed, with all that is known of it", async () => {
    const published = await mock.queue.publish(
      "jobs",
      { to: "ada" },
      { priority: 8, headers: { trace: "t1", none: undefined }, maxRetries: 1 },
    );
    expect(published).toEqual({ messageId: expect.any(String), position: 0 });
    const message = await mock.queue.consume("jobs");
    expect(message).toEqual({
      messageId: published.messageId,
      message: { to: "ada" },
      priority: 8,
      retryCount: 0,
      maxRetries: 1,
      headers: { trace: "t1" },
      timestamp: START_MS,
      deadline: START_MS + 30_000,
    });
    expect(await mock.queue.consume("jobs")).toBeNull();
  });

  test("in the order of priorities, then of publishing", async () => {
    await mock.queue.publish("jobs", "first");
    await mock.queue.publish("jobs", "urgent", { priority: 9 });
    await mock.queue.publishMany("jobs", [{ message: "second" }, { message: "last", priority: 0 }]);
    const taken = await mock.queue.consumeMany<string>("jobs", 10);
    expect(taken.map(({ message }) => message)).toEqual(["urgent", "first", "second", "last"]);
  });

  test("bytes stay bytes", async () => {
    await mock.queue.publish("jobs", new Uint8Array([0, 255]));
    expect(await mock.queue.consume("jobs")).toMatchObject({ message: new Uint8Array([0, 255]) });
  });

  test("one with the id of an earlier one is not published again", async () => {
    const { messageId } = await mock.queue.publish("jobs", 1, { dedupId: "order-7" });
    const again = await mock.queue.publish("jobs", 2, { dedupId: "order-7" });
    expect(again).toMatchObject({ messageId, duplicate: true });
    expect(await mock.queue.consumeMany("jobs", 10)).toHaveLength(1);
  });

  test("a delay and a time to live pass with the mock's clock", async () => {
    await mock.queue.publish("jobs", "later", { delay: 60 });
    await mock.queue.publish("jobs", "soon gone", { ttl: 30 });
    await mock.clock.advance(59_999);
    expect(await mock.queue.consume("jobs")).toBeNull();
    await mock.clock.advance(1);
    expect(await mock.queue.consume("jobs")).toMatchObject({ message: "later" });
  });

  test("a caller waits for a message", async () => {
    const waiting = mock.queue.consume<number>("jobs", { timeout: 30 });
    await mock.clock.advance(10_000);
    await mock.connect().queue.publish("jobs", 7);
    expect(await waiting).toMatchObject({ message: 7 });
  });

  test("and in vain, for longer than the client's own time limit", async () => {
    const waiting = mock.queue.consume("jobs", { timeout: 50, timeoutMs: 1 });
    await mock.clock.advance(50_000);
    expect(await waiting).toBeNull();
  });

  test("types", async () => {
    expectTypeOf(
      mock.queue.consume<string>("q"),
    ).resolves.toEqualTypeOf<QueueMessage<string> | null>();
    expectTypeOf(mock.queue.consume("q")).resolves.toEqualTypeOf<QueueMessage<unknown> | null>();
  });
});

describe("a delivery", () => {
  test("that is acknowledged is gone", async () => {
    await mock.queue.publish("jobs", 1);
    const message = await mock.queue.consume("jobs");
    expect(await mock.queue.ack("jobs", message?.messageId ?? "")).toBeUndefined();
    expect(await mock.queue.stats("jobs")).toMatchObject({ acked: 1, inFlight: 0, depth: 0 });
    await expect(mock.queue.ack("jobs", message?.messageId ?? "")).rejects.toMatchObject({
      code: "MESSAGE_NOT_FOUND",
    });
  });

  test("comes back when its deadline passes, and its id stands for the new one", async () => {
    await mock.queue.publish("jobs", 1);
    const first = await take("jobs", { ackDeadline: 5 });
    await mock.clock.advance(5_000);
    const second = await take("jobs");
    expect(second).toMatchObject({ messageId: first.messageId, retryCount: 1 });
    await expect(mock.queue.ack("jobs", first)).rejects.toMatchObject({
      code: "MESSAGE_NOT_FOUND",
    });
    await mock.queue.ack("jobs", second.messageId);
    expect(await mock.queue.stats("jobs")).toMatchObject({ acked: 1, timedOut: 1 });
  });

  test("a copy of a message stands for the delivery in hand", async () => {
    await mock.queue.publish("jobs", 1);
    await mock.queue.nack("jobs", await take("jobs"));
    const copy = { ...(await take("jobs")) };
    await mock.queue.ack("jobs", copy);
    expect(await mock.queue.stats("jobs")).toMatchObject({ acked: 1 });
  });

  test("nack: again, at once or later, or never", async () => {
    await mock.queue.publish("jobs", 1);
    const nack = { success: true, action: "requeued" };
    expect(await mock.queue.nack("jobs", await take("jobs"))).toEqual(nack);
    expect(await mock.queue.nack("jobs", await take("jobs"), { delay: 10 })).toEqual(nack);
    expect(await mock.queue.consume("jobs")).toBeNull();
    await mock.clock.advance(10_000);
    const last = await take("jobs");
    expect(last.retryCount).toBe(2);
    expect(await mock.queue.nack("jobs", last, false)).toEqual({
      success: true,
      action: "dead_lettered",
    });
  });

  test("release: back to its place, no retry burned", async () => {
    await mock.queue.publishMany("jobs", [{ message: 1 }, { message: 2 }]);
    await mock.queue.release("jobs", await take("jobs"));
    expect(await take("jobs")).toMatchObject({ message: 1, retryCount: 0 });
  });

  test("extend: its deadline starts anew", async () => {
    await mock.queue.publish("jobs", 1);
    const message = await take("jobs", { ackDeadline: 5 });
    await mock.clock.advance(4_000);
    const extended = await mock.queue.extend("jobs", message, 10);
    expect(extended).toEqual({ success: true, deadline: START_MS + 14_000 });
    await mock.clock.advance(9_999);
    await mock.queue.ack("jobs", message);
  });

  test("a list: the good ones are acknowledged, the others named", async () => {
    await mock.queue.publishMany("jobs", [{ message: 1 }, { message: 2 }, { message: 3 }]);
    const [first, second, third] = await mock.queue.consumeMany("jobs", 3);
    if (!first || !second || !third) throw new TypeError("three were published");
    await mock.queue.ack("jobs", second);
    const failing = mock.queue.ack("jobs", [first, second.messageId, third]);
    await expect(failing).rejects.toMatchObject({
      code: "MESSAGE_NOT_FOUND",
      details: { queue: "jobs", missing: [second.messageId] },
    });
    expect(await mock.queue.stats("jobs")).toMatchObject({ acked: 3, inFlight: 0 });
  });
});

describe("a call that is given up takes no message", () => {
  test("while it waits", async () => {
    const abort = new AbortController();
    const waiting = mock.queue.consume("jobs", { timeout: 30, signal: abort.signal });
    await mock.clock.advance(1_000);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
    await mock.queue.publish("jobs", 1);
    expect(await take("jobs")).toMatchObject({ retryCount: 0 });
  });

  test("when the message is on its way: it comes back, and no retry is burned", async () => {
    const abort = new AbortController();
    const waiting = mock.queue.consume("jobs", { timeout: 30, signal: abort.signal });
    await mock.clock.advance(0);
    const publishing = mock.queue.publish("jobs", 1);
    await Promise.resolve().then(() => abort.abort());
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
    await publishing;
    await mock.clock.advance(0);
    expect(await take("jobs")).toMatchObject({ message: 1, retryCount: 0 });
    expect((await mock.queue.stats("jobs")).timedOut).toBe(0);
  });
});

describe("queues", () => {
  test("are created, listed, bound and deleted", async () => {
    expect(await mock.queue.create("a", { maxDepth: 5, ackDeadlineSecs: 60 })).toEqual({
      queue: "a",
      created: true,
    });
    await mock.queue.publish("b", 1, { delay: 5 });
    expect(await mock.queue.bind("a", "orders.#")).toBe(true);
    expect(await mock.queue.bindings("a")).toEqual({
      items: [{ pattern: "orders.#" }],
      cursor: null,
      hasMore: false,
    });
    const { items, hasMore } = await mock.queue.list({ limit: 1 });
    expect(items).toEqual([
      { name: "a", depth: 0, inFlight: 0, delayed: 0, dead: 0, consumers: 0 },
    ]);
    expect(hasMore).toBe(true);
    const names: string[] = [];
    for await (const { name } of mock.queue.all()) names.push(name);
    expect(names).toEqual(["a", "b"]);
    expect(await mock.queue.purge("b")).toBe(1);
    expect(await mock.queue.unbind("a", "orders.#")).toBe(true);
    await mock.queue.delete("a");
    await expect(mock.queue.stats("a")).rejects.toMatchObject({ name: "QueueNotFoundError" });
  });

  test("a bound queue gets what is published to its topics", async () => {
    await mock.queue.bind("invoices", "orders.*.created");
    const { subscribersMatched } = await mock.pubsub.publish("orders.eu.created", { id: 7 });
    expect(subscribersMatched).toBe(1);
    expect(await take("invoices")).toMatchObject({
      message: { id: 7 },
      headers: { "synap-topic": "orders.eu.created" },
    });
  });

  test("peek looks and takes nothing", async () => {
    const { messageId } = await mock.queue.publish("jobs", 1);
    const [waiting] = await mock.queue.peek("jobs", { limit: 5 });
    expect(waiting).toEqual({
      messageId,
      message: 1,
      priority: 5,
      retryCount: 0,
      maxRetries: 3,
      headers: {},
      timestamp: START_MS,
    });
    expect(await take("jobs")).toMatchObject({ messageId });
  });

  test("dead letters are listed, put back and removed", async () => {
    await mock.queue.publishMany("jobs", [{ message: 1 }, { message: 2 }]);
    await mock.queue.nack("jobs", await take("jobs"), { requeue: false, error: "no such user" });
    await mock.queue.nack("jobs", await take("jobs"), false);
    const { items } = await mock.queue.dead.list("jobs");
    expect(items[0]).toEqual({
      messageId: expect.any(String),
      message: 1,
      priority: 5,
      retryCount: 1,
      maxRetries: 3,
      headers: {},
      timestamp: START_MS,
      reason: "rejected",
      error: "no such user",
      failedAt: START_MS,
    });
    expect(await mock.queue.dead.redrive("jobs", { limit: 1 })).toEqual({
      redriven: 1,
      remaining: 1,
    });
    expect(await take("jobs")).toMatchObject({ message: 1, retryCount: 0 });
    expect(await mock.queue.dead.purge("jobs")).toBe(1);
  });
});

async function take(queue: string, options?: Parameters<typeof mock.queue.consume>[1]) {
  const message = await mock.queue.consume(queue, options);
  if (message === null) throw new TypeError(`${queue} has no message`);
  return message;
}

import { describe, expect, test } from "vitest";
import { createMockClient } from "./index.ts";

const MISS = { found: false, value: null, ttl: null, version: 0 };
const mock = createMockClient();

describe("what is left out of a result is filled in", () => {
  test("set", async () => {
    mock.kv.set.mockResolvedValueOnce({ success: false });
    expect(await mock.kv.set("k", 1)).toEqual({ key: "k", success: false, version: 1 });
  });

  test("get: a part without a value is a miss", async () => {
    mock.kv.get.mockResolvedValueOnce({});
    expect(await mock.kv.get("k")).toEqual(MISS);
  });

  test("ttl: seconds from milliseconds and the reverse", async () => {
    mock.kv.ttl.mockResolvedValueOnce({ ttlMs: 1_500 }).mockResolvedValueOnce({ ttl: 2 });
    expect(await mock.kv.ttl("k")).toEqual({ ttl: 2, ttlMs: 1_500 });
    expect(await mock.kv.ttl("k")).toEqual({ ttl: 2, ttlMs: 2_000 });
    mock.kv.ttl.mockResolvedValueOnce({});
    expect(await mock.kv.ttl("k")).toEqual({ ttl: null, ttlMs: null });
  });

  test("mget: one entry for each key", async () => {
    mock.kv.mget.mockResolvedValueOnce([{ value: 1 }]);
    expect(await mock.kv.mget(["a", "b"])).toEqual([
      { found: true, value: 1, ttl: null, version: 1 },
      MISS,
    ]);
  });

  test("scan", async () => {
    mock.kv.scan.mockResolvedValueOnce({ keys: ["a"] }).mockResolvedValueOnce({ cursor: "c" });
    expect(await mock.kv.scan()).toEqual({ keys: ["a"], cursor: null, hasMore: false });
    expect(await mock.kv.scan()).toEqual({ keys: [], cursor: "c", hasMore: true });
  });

  test("mset, stats and numbers", async () => {
    mock.kv.mset.mockResolvedValueOnce({});
    mock.kv.stats.mockResolvedValueOnce({ keys: 3 });
    mock.kv.incr.mockResolvedValueOnce(7);
    expect(await mock.kv.mset({ a: 1 })).toEqual({ version: 1 });
    expect(await mock.kv.stats()).toMatchObject({ keys: 3, keysWithTtl: 0 });
    expect(await mock.kv.incr("k")).toBe(7);
  });

  test("a subscription can be ended", async () => {
    mock.kv.watch.mockResolvedValueOnce({});
    const watch = await mock.kv.watch("p:", () => {});
    expect(watch.prefix).toBe("p:");
    await expect(watch.unsubscribe()).resolves.toBeUndefined();
  });

  test("batch", async () => {
    mock.batch.mockResolvedValueOnce([{}, { error: { code: "KEY_NOT_FOUND" } }]);
    expect(await mock.batch([{ command: "kv.stats", payload: {} }])).toEqual([
      { status: "success", payload: {} },
      { status: "error", error: { code: "KEY_NOT_FOUND", message: "" } },
    ]);
  });

  test("queue: what is published and consumed", async () => {
    mock.queue.publish.mockResolvedValueOnce({ position: 3 });
    expect(await mock.queue.publish("q", 1)).toEqual({ messageId: "1", position: 3 });
    mock.queue.publishMany.mockResolvedValueOnce([{ position: 3 }]);
    expect(await mock.queue.publishMany("q", [{ message: 1 }, { message: 2 }])).toEqual([
      { messageId: "1", position: 3 },
      { messageId: "2", position: 0 },
    ]);
    mock.queue.consume.mockResolvedValueOnce({ message: "hi" }).mockResolvedValueOnce(null);
    expect(await mock.queue.consume("q")).toEqual({
      messageId: "1",
      message: "hi",
      priority: 5,
      retryCount: 0,
      maxRetries: 3,
      headers: {},
      timestamp: 0,
      deadline: 0,
    });
    expect(await mock.queue.consume("q")).toBeNull();
    mock.queue.consumeMany.mockResolvedValueOnce([{ messageId: "7" }]);
    expect(await mock.queue.consumeMany("q", 5)).toMatchObject([{ messageId: "7", headers: {} }]);
  });

  test("queue: a nack follows what was asked for", async () => {
    mock.queue.nack.mockResolvedValue({});
    const actions = await Promise.all([
      mock.queue.nack("q", "1"),
      mock.queue.nack("q", "1", false),
      mock.queue.nack("q", "1", { requeue: false }),
      mock.queue.nack("q", "1", { delay: 5 }),
    ]);
    expect(actions.map(({ action }) => action)).toEqual([
      "requeued",
      "dead_lettered",
      "dead_lettered",
      "requeued",
    ]);
    expect(actions[0]?.success).toBe(true);
  });

  test("queue: the rest", async () => {
    const { queue } = mock;
    queue.create.mockResolvedValueOnce({ created: false });
    expect(await queue.create("q")).toEqual({ queue: "q", created: false });
    queue.stats.mockResolvedValueOnce({ depth: 3 });
    expect(await queue.stats("q")).toMatchObject({ queue: "q", depth: 3, acked: 0, inFlight: 0 });
    queue.list.mockResolvedValueOnce({ items: [{ name: "q", depth: 1 }], cursor: "c" });
    expect(await queue.list()).toMatchObject({
      items: [{ name: "q", depth: 1, dead: 0 }],
      cursor: "c",
      hasMore: true,
    });
    queue.dead.list.mockResolvedValueOnce({ items: [{ error: "no" }] });
    expect(await queue.dead.list("q")).toMatchObject({
      items: [{ error: "no", reason: "max_retries", messageId: "1" }],
      hasMore: false,
    });
    queue.dead.redrive.mockResolvedValueOnce({ redriven: 2 });
    expect(await queue.dead.redrive("q")).toEqual({ redriven: 2, remaining: 0 });
    queue.peek.mockResolvedValueOnce([{ message: 1 }]);
    expect(await queue.peek("q")).toMatchObject([{ message: 1, priority: 5 }]);
    queue.extend.mockResolvedValueOnce({ deadline: 9 });
    expect(await queue.extend("q", "1")).toEqual({ success: true, deadline: 9 });
    queue.bindings.mockResolvedValueOnce({ items: [{}] });
    expect((await queue.bindings("q")).items).toEqual([{ pattern: "#" }]);
  });

  test("a worker, and other subscriptions, can be ended", async () => {
    mock.queue.process.mockResolvedValueOnce({});
    const worker = await mock.queue.process("q", () => undefined);
    expect(worker).toMatchObject({ queue: "q", running: 0 });
    await expect(worker.close()).resolves.toBeUndefined();
    mock.queue.subscribe.mockResolvedValueOnce({});
    mock.stream.subscribe.mockResolvedValueOnce({});
    mock.pubsub.subscribe.mockResolvedValueOnce({}).mockResolvedValueOnce({});
    const none = () => undefined;
    const all = [
      await mock.queue.subscribe("q", none),
      await mock.stream.subscribe("r", none),
      await mock.pubsub.subscribe("t", none),
      await mock.pubsub.subscribe(["a", "b"], none),
    ];
    expect(all).toMatchObject([
      { queue: "q" },
      { room: "r" },
      { topics: ["t"] },
      { topics: ["a", "b"] },
    ]);
    for (const each of all) await expect(each.unsubscribe()).resolves.toBeUndefined();
  });

  test("stream: both spellings of an event's type, offsets that follow each other", async () => {
    mock.stream.history.mockResolvedValueOnce({
      events: [
        { offset: 5, event_type: "join" },
        { eventType: "leave", data: 1 },
      ],
    });
    expect(await mock.stream.history("r")).toEqual({
      events: [
        {
          eventId: "1-5",
          offset: 5,
          eventType: "join",
          event_type: "join",
          data: null,
          timestamp: 0,
        },
        {
          eventId: "1-6",
          offset: 6,
          eventType: "leave",
          event_type: "leave",
          data: 1,
          timestamp: 0,
        },
      ],
      nextOffset: 7,
      oldestOffset: 5,
      newestOffset: 6,
      incarnation: 1,
    });
    mock.stream.history.mockResolvedValueOnce({});
    expect(await mock.stream.history("r")).toMatchObject({ events: [], newestOffset: 0 });
    mock.stream.publish.mockResolvedValueOnce({ offset: 4 });
    expect(await mock.stream.publish("r", "e", 1)).toEqual({
      eventId: "1-4",
      offset: 4,
      subscribersNotified: 0,
    });
    mock.stream.stats.mockResolvedValueOnce({ events: 2 });
    expect(await mock.stream.stats("r")).toMatchObject({ room: "r", events: 2, subscribers: 0 });
  });

  test("pubsub", async () => {
    mock.pubsub.publish.mockResolvedValueOnce({ subscribersMatched: 2 });
    expect(await mock.pubsub.publish("t", 1)).toEqual({
      messageId: "1",
      topic: "t",
      subscribersMatched: 2,
    });
    mock.pubsub.stats.mockResolvedValueOnce({ topics: 1 });
    expect(await mock.pubsub.stats()).toMatchObject({ topics: 1, dropped: 0 });
    mock.pubsub.topics.mockResolvedValueOnce({ items: [{ topic: "a" }] });
    expect((await mock.pubsub.topics()).items).toEqual([{ topic: "a", subscribers: 0 }]);
  });
});

/* Length: one describe for each command of queues; which file a command is in should not be a question. */
import { describe, expect, test } from "vitest";
import { refusal, refusalCode, run } from "../../test/calls.ts";
import { openQueueLab } from "../../test/queue-lab.ts";

describe("publish", () => {
  test("gives an id, a place among those that are ready, and creates the queue", async () => {
    const lab = openQueueLab();
    const request = { queue: "jobs", message: { a: [1] }, headers: { trace: "ü" } };
    const { message_id, position } = await run(lab.session, "queue.publish", request);
    expect(position).toBe(0);
    expect(await lab.consume()).toEqual([
      {
        ...{ id: message_id, message_id, message: { a: [1] }, headers: { trace: "ü" } },
        ...{ priority: 5, retry_count: 0, max_retries: 3, timestamp: 1_700_000_000_000 },
        deadline: 1_700_000_030_000,
      },
    ]);
  });

  test("position is the number of messages ready at the same or a higher priority", async () => {
    const lab = openQueueLab();
    const positions: number[] = [];
    for (const priority of [5, 5, 9, 0, 5]) {
      const request = { queue: "jobs", message: 1, priority };
      positions.push((await run(lab.session, "queue.publish", request)).position);
    }
    expect(positions).toEqual([0, 1, 0, 3, 3]);
    await lab.publish("delayed", { delay: 1 });
    await lab.one();
    const messages = [9, 5, 5, 0].map((priority) => ({ message: 1, priority }));
    const delayed = { message: 1, delay: 1 };
    const many = { queue: "jobs", messages: [delayed, ...messages] };
    const answer = await run(lab.session, "queue.publish_many", many);
    expect(answer.messages.map(({ position }) => position)).toEqual([3, 0, 4, 5, 7]);
  });

  test("payload is the message as bytes; one of both must be there, and only one", async () => {
    const lab = openQueueLab();
    await run(lab.session, "queue.publish", { queue: "jobs", payload: [1, 255] });
    expect((await lab.one()).message).toEqual(new Uint8Array([1, 255]));
    const both = run(lab.session, "queue.publish", { queue: "jobs", payload: [1], message: 1 });
    expect(await refusalCode(both)).toBe("INVALID_REQUEST");
    const none = await refusal(run(lab.session, "queue.publish", { queue: "jobs" }));
    expect(none).toMatchObject({ code: "INVALID_REQUEST", details: { path: "message" } });
    const messages = [{ message: 1 }, {}];
    const missing = run(lab.session, "queue.publish_many", { queue: "jobs", messages });
    expect((await refusal(missing)).details).toMatchObject({ path: "messages[1].message" });
    expect((await lab.stats()).depth).toBe(0);
  });

  test("into a full queue changes nothing; what is in flight counts, what was purged does not", async () => {
    const lab = openQueueLab();
    await lab.create({ max_depth: 3 });
    for (let i = 0; i < 3; i++) await lab.publish(i, i === 0 ? { delay: 9 } : {});
    await lab.one();
    expect(await refusal(lab.publish("more"))).toMatchObject({
      code: "QUEUE_FULL",
      details: { queue: "jobs", max_depth: 3 },
    });
    await run(lab.session, "queue.purge", { queue: "jobs" });
    const messages = [{ message: 1 }, { message: 2 }, { message: 3 }];
    const many = { queue: "jobs", messages };
    expect(await refusalCode(run(lab.session, "queue.publish_many", many))).toBe("QUEUE_FULL");
    expect(await lab.stats()).toMatchObject({ depth: 0, in_flight: 1 });
    await run(lab.session, "queue.publish_many", { queue: "jobs", messages: messages.slice(1) });
  });

  test("names the message that is too large, headers included", async () => {
    const lab = openQueueLab({ maxValueBytes: 100 });
    const large = { message: "x".repeat(101) };
    const details = async (answer: Promise<unknown>): Promise<unknown> => {
      const { code, details: told } = await refusal(answer);
      expect(code).toBe("PAYLOAD_TOO_LARGE");
      return told;
    };
    expect(await details(run(lab.session, "queue.publish", { queue: "q", ...large }))).toEqual({
      path: "message",
      limit: 100,
      actual: 101,
    });
    for (const messages of [[large], [{ message: 1 }, large]]) {
      const many = run(lab.session, "queue.publish_many", { queue: "q", messages });
      expect(await details(many)).toMatchObject({
        path: `messages[${messages.length - 1}].message`,
      });
    }
    const headers = { name: "x".repeat(95) };
    await details(run(lab.session, "queue.publish", { queue: "q", message: "", headers }));
    expect((await run(lab.session, "queue.list", {})).items).toEqual([]);
  });

  test("without auto-create an unknown queue is refused, of consume and bind too", async () => {
    const lab = openQueueLab({ queueAutoCreate: false });
    const worker = lab.worker();
    worker.request("queue.subscribe", { queue: "jobs" });
    await lab.settle();
    expect(worker.failures.map(({ error }) => error.code)).toEqual(["QUEUE_NOT_FOUND"]);
    for (const answer of [
      lab.publish(1),
      lab.consume({ timeout: 1 }),
      run(lab.session, "queue.bind", { queue: "jobs", pattern: "a" }),
    ]) {
      expect(await refusalCode(answer)).toBe("QUEUE_NOT_FOUND");
    }
    await lab.create();
    await lab.publish(1);
  });
});

describe("dedup", () => {
  test("a message with the id of one within the window is not published again", async () => {
    const lab = openQueueLab();
    await lab.create({ dedup_window_secs: 10 });
    const request = { queue: "jobs", message: 1, dedup_id: "order-1" };
    const first = await run(lab.session, "queue.publish", request);
    expect(first).toEqual({ message_id: expect.any(String), position: 0 });
    await lab.ack((await lab.one()).message_id);
    await lab.advance(9_999);
    expect(await run(lab.session, "queue.publish", request)).toEqual({
      ...first,
      duplicate: true,
    });
    expect(await lab.stats()).toMatchObject({ published: 1, depth: 0 });
    await lab.advance(1);
    const again = await run(lab.session, "queue.publish", request);
    expect(again.duplicate).toBeUndefined();
    expect(again.message_id).not.toBe(first.message_id);
  });

  test("holds within a batch and for its queue only; duplicates do not fill a queue", async () => {
    const lab = openQueueLab();
    await lab.create({ max_depth: 2 });
    const messages = ["a", "b", "a"].map((dedup_id) => ({ message: dedup_id, dedup_id }));
    const { messages: published } = await run(lab.session, "queue.publish_many", {
      queue: "jobs",
      messages,
    });
    expect(published.map(({ duplicate }) => duplicate)).toEqual([undefined, undefined, true]);
    expect(published[2]?.message_id).toBe(published[0]?.message_id);
    const again = await run(lab.session, "queue.publish_many", { queue: "jobs", messages });
    expect(again.messages.map(({ duplicate }) => duplicate)).toEqual([true, true, true]);
    await lab.publish("a", { dedup_id: "a" }, "other");
    expect((await lab.stats("other")).depth).toBe(1);
  });

  test("a queue remembers a bounded number of ids; then it takes none until some are forgotten", async () => {
    const lab = openQueueLab({ maxDedupIdsPerQueue: 3 });
    await lab.create({ dedup_window_secs: 10 });
    const messages = ["a", "b"].map((dedup_id) => ({ message: 1, dedup_id }));
    await run(lab.session, "queue.publish_many", { queue: "jobs", messages });
    const two = ["c", "d"].map((dedup_id) => ({ message: 1, dedup_id }));
    const answer = run(lab.session, "queue.publish_many", { queue: "jobs", messages: two });
    expect(await refusal(answer)).toMatchObject({
      code: "QUEUE_FULL",
      details: { queue: "jobs", max_dedup_ids: 3 },
    });
    await lab.publish(1, { dedup_id: "c" });
    expect(await refusalCode(lab.publish(1, { dedup_id: "d" }))).toBe("QUEUE_FULL");
    await lab.publish("without one");
    await lab.publish(1, { dedup_id: "a" });
    expect((await lab.stats()).published).toBe(4);
    await lab.advance(10_000);
    await lab.publish(1, { dedup_id: "d" });
  });
});

describe("time to live and delay", () => {
  test("a message expires to the millisecond while it waits, not while it is in hand", async () => {
    const lab = openQueueLab();
    await lab.publish("waits", { ttl: 1 });
    await lab.publish("held", { ttl: 1, priority: 9 });
    const { message_id } = await lab.one();
    await lab.advance(999);
    expect((await lab.stats()).depth).toBe(1);
    await lab.advance(1);
    expect(await lab.stats()).toMatchObject({ depth: 0, in_flight: 1, expired: 1 });
    await lab.ack(message_id);
    expect(await lab.stats()).toMatchObject({ acked: 1, expired: 1 });
  });

  test("one whose time has passed in somebody's hands expires when it comes back", async () => {
    const lab = openQueueLab();
    await lab.publish("held", { ttl: 1 });
    const { message_id } = await lab.one();
    await lab.advance(5_000);
    await lab.nack(message_id);
    expect(await lab.consume()).toEqual([]);
    await lab.advance(0);
    expect(await lab.stats()).toMatchObject({ depth: 0, expired: 1 });
    expect(lab.state.table.size).toBe(0);
  });

  test("expires during its delay, or after it", async () => {
    const lab = openQueueLab();
    await lab.publish("before", { delay: 2, ttl: 1 });
    await lab.publish("after", { delay: 1, ttl: 2 });
    await lab.advance(1_000);
    expect(await lab.stats()).toMatchObject({ depth: 1, delayed: 0, expired: 1 });
    await lab.advance(1_000);
    expect(await lab.stats()).toMatchObject({ depth: 0, delayed: 0, expired: 2 });
  });

  test("the queue's is for those that name none", async () => {
    const lab = openQueueLab();
    await lab.create({ default_ttl_secs: 1 });
    await lab.publish("queue's");
    await lab.publish("own", { ttl: 2 });
    await lab.advance(1_000);
    expect((await lab.one()).message).toBe("own");
  });

  test("a nack's delay stands in the place of the back-off", async () => {
    const lab = openQueueLab();
    await lab.create({ retry_backoff_secs: 100 });
    await lab.publish("job");
    await lab.nack((await lab.one()).message_id, { delay: 1 });
    await lab.advance(1_000);
    await lab.nack((await lab.one()).message_id, { delay: 0 });
    expect(await lab.one()).toMatchObject({ message: "job", retry_count: 2 });
  });

  test("10 000 that are due at once go some a turn", async () => {
    const lab = openQueueLab({ maxQueueWorkPerTurn: 500 });
    for (let i = 0; i < 10; i++) {
      const kind = i < 5 ? { ttl: 1 } : { delay: 1 };
      const messages = Array.from({ length: 1_000 }, (_, k) => ({ message: k, ...kind }));
      await run(lab.session, "queue.publish_many", { queue: "jobs", messages });
    }
    const before = lab.journal.blocks.length;
    await lab.advance(1_000);
    expect(await lab.stats()).toMatchObject({ depth: 5_000, delayed: 0, expired: 5_000 });
    const expired = lab.journal.blocks.slice(before).map(({ records }) =>
      records
        .flatMap(({ effects }) => effects)
        .map((effect) => (effect.type === "queue.expire" ? effect.ids.length : 0))
        .reduce((sum, count) => sum + count, 0),
    );
    expect(Math.max(...expired)).toBeLessThanOrEqual(500);
    expect(lab.timers).toBe(0);
  });
});

describe("ack_many", () => {
  test("acknowledges each good receipt once and names the others", async () => {
    const lab = openQueueLab();
    for (let i = 0; i < 3; i++) await lab.publish(i);
    const held = await lab.consume({ max_messages: 2 });
    const [a, b] = held.map(({ message_id }) => message_id) as [string, string];
    const answer = await run(lab.session, "queue.ack_many", {
      queue: "jobs",
      message_ids: [a, "nonsense", b, a],
    });
    expect(answer).toEqual({ acked: 2, missing: ["nonsense", a] });
    expect(await lab.stats()).toMatchObject({ depth: 1, in_flight: 0, acked: 2 });
    const blocks = lab.journal.blocks.length;
    await run(lab.session, "queue.ack_many", { queue: "jobs", message_ids: [a] });
    expect(lab.journal.blocks).toHaveLength(blocks);
  });

  test("counts as the consumer's word", async () => {
    const lab = openQueueLab();
    const worker = await lab.subscriber({ ack_deadline: 1 });
    await lab.publish(1);
    await lab.advance(1_000);
    worker.deliveries();
    worker.request("queue.ack_many", { queue: "jobs", message_ids: ["1"] });
    await lab.settle();
    expect(worker.told()).toEqual([1]);
  });
});

describe("create", () => {
  test("again with the same settings changes nothing, with others is refused and says which", async () => {
    const lab = openQueueLab();
    const settings = { max_depth: 5, retry_backoff_secs: 1 };
    expect(await lab.create(settings)).toEqual({ queue: "jobs", created: true });
    expect(await lab.create(settings)).toEqual({ queue: "jobs", created: false });
    const other = await refusal(lab.create({ max_depth: 6, exclusive: true }));
    expect(other).toMatchObject({
      code: "ALREADY_EXISTS",
      details: { queue: "jobs", differing: ["max_depth", "retry_backoff_secs", "exclusive"] },
    });
  });

  test("decides the settings of a queue that came about by use, once", async () => {
    const lab = openQueueLab();
    await lab.publish(1);
    expect(await lab.create({ default_max_retries: 7 })).toMatchObject({ created: false });
    await lab.publish(2);
    const taken = await lab.consume({ max_messages: 2 });
    expect(taken.map(({ max_retries }) => max_retries)).toEqual([3, 7]);
    expect(await refusalCode(lab.create())).toBe("ALREADY_EXISTS");
  });
});

describe("purge", () => {
  test("removes what waits, at once, and frees it some a turn", async () => {
    const lab = openQueueLab({ maxQueueWorkPerTurn: 10 });
    for (let i = 0; i < 60; i++) await lab.publish(i, { priority: i % 10, delay: i % 2, ttl: 60 });
    const held = await lab.consume({ max_messages: 20 });
    for (const { message_id } of held.slice(0, 10).reverse()) await lab.release(message_id);
    const purge = run(lab.session, "queue.purge", { queue: "jobs" });
    const published = lab.publish("new");
    expect(lab.state.table.size).toBe(61);
    expect(await purge).toEqual({ purged: 50 });
    await published;
    expect(await lab.stats()).toMatchObject({ depth: 1, delayed: 0, in_flight: 10 });
    for (let i = 0; i < 3; i++) await lab.settle();
    expect(lab.state.table.size).toBe(11);
    expect(await lab.one()).toMatchObject({ message: "new" });
    await lab.advance(60_000); // what was in hand came back, and expired
    expect(await lab.stats()).toMatchObject({ depth: 1, in_flight: 0, expired: 10 });
    expect(lab.state.table.size).toBe(1);
  });

  test("leaves deliveries in hand and dead letters", async () => {
    const lab = openQueueLab();
    for (let i = 0; i < 3; i++) await lab.publish(i);
    await lab.nack((await lab.one()).message_id, { requeue: false });
    const { message_id } = await lab.one();
    expect(await run(lab.session, "queue.purge", { queue: "jobs" })).toEqual({ purged: 1 });
    expect(await lab.stats()).toMatchObject({ depth: 0, in_flight: 1, dead: 1 });
    await lab.release(message_id);
    expect((await lab.stats()).depth).toBe(1);
    expect(await run(lab.session, "queue.dead.purge", { queue: "jobs" })).toEqual({ purged: 1 });
    expect(await lab.dead()).toEqual([]);
  });
});

describe("reads", () => {
  test("peek shows what would be delivered next, and takes nothing", async () => {
    const lab = openQueueLab({ maxPageBytes: 1_000 });
    await lab.publish("low", { priority: 1 });
    const id = await lab.publish("high", { priority: 8, headers: { a: "b" } });
    await lab.publish("later", { delay: 5 });
    const { messages } = await run(lab.session, "queue.peek", { queue: "jobs" });
    expect(messages[0]).toEqual({
      ...{ id, message: "high", priority: 8, retry_count: 0, max_retries: 3 },
      ...{ headers: { a: "b" }, timestamp: 1_700_000_000_000 },
    });
    expect(messages.map(({ message }) => message)).toEqual(["high", "low"]);
    const one = await run(lab.session, "queue.peek", { queue: "jobs", limit: 1 });
    expect(one.messages).toHaveLength(1);
    await lab.publish("x".repeat(2_000), { priority: 9 });
    const page = await run(lab.session, "queue.peek", { queue: "jobs" });
    expect(page.messages).toHaveLength(1);
    expect((await lab.stats()).in_flight).toBe(0);
  });

  test("stats tell the age of the oldest message that is ready", async () => {
    const lab = openQueueLab();
    await lab.create();
    expect((await lab.stats()).oldest_message_age_secs).toBeNull();
    await lab.publish("old");
    await lab.advance(5_500);
    await lab.publish("new", { priority: 9 });
    expect((await lab.stats()).oldest_message_age_secs).toBe(5);
    const { message_id } = (await lab.consume({ max_messages: 2 }))[1] ?? { message_id: "" };
    expect((await lab.stats()).oldest_message_age_secs).toBeNull();
    await lab.release(message_id);
    expect((await lab.stats()).oldest_message_age_secs).toBe(5);
  });

  test("list goes page by page in the order of the names, with each one's counts", async () => {
    const lab = openQueueLab();
    for (const queue of ["b", "a", "ü", "ab"]) await lab.publish(1, {}, queue);
    const page = await run(lab.session, "queue.list", { limit: 2 });
    const counts = { depth: 1, in_flight: 0, delayed: 0, dead: 0, consumers: 0 };
    expect(page.items).toEqual([
      { name: "a", ...counts },
      { name: "ab", ...counts },
    ]);
    const rest = await run(lab.session, "queue.list", { cursor: page.cursor as string });
    expect(rest.items.map(({ name }) => name)).toEqual(["b", "ü"]);
    expect(rest).toMatchObject({ cursor: null, has_more: false });
    const some = await run(lab.session, "queue.list", { prefix: "a" });
    expect(some.items.map(({ name }) => name)).toEqual(["a", "ab"]);
  });

  test("of an unknown queue are refused, and so is what would change it", async () => {
    const lab = openQueueLab();
    const queue = "none";
    const message_id = "1";
    for (const answer of [
      run(lab.session, "queue.stats", { queue }),
      run(lab.session, "queue.peek", { queue }),
      run(lab.session, "queue.purge", { queue }),
      run(lab.session, "queue.delete", { queue }),
      run(lab.session, "queue.bindings", { queue }),
      run(lab.session, "queue.unbind", { queue, pattern: "a" }),
      run(lab.session, "queue.ack", { queue, message_id }),
      run(lab.session, "queue.ack_many", { queue, message_ids: [message_id] }),
      run(lab.session, "queue.nack", { queue, message_id }),
      run(lab.session, "queue.release", { queue, message_id }),
      run(lab.session, "queue.extend", { queue, message_id }),
      run(lab.session, "queue.dead.redrive", { queue }),
      run(lab.session, "queue.dead.purge", { queue }),
    ]) {
      expect(await refusalCode(answer)).toBe("QUEUE_NOT_FOUND");
    }
  });

  test("subscribe and unsubscribe need a session that lasts", async () => {
    const lab = openQueueLab();
    for (const command of ["queue.subscribe", "queue.unsubscribe"] as const) {
      expect(await refusalCode(run(lab.session, command, { queue: "jobs" }))).toBe(
        "INVALID_REQUEST",
      );
    }
  });
});

describe("memory", () => {
  test("above the second mark new data is refused; acks, reads and deletes go on", async () => {
    const lab = openQueueLab({ maxMemoryBytes: 100_000 });
    const message = "x".repeat(10_000);
    const published: string[] = [];
    const full = await refusalCode(
      (async () => {
        for (;;) published.push(await lab.publish(message));
      })(),
    );
    expect(full).toBe("OUT_OF_MEMORY");
    expect(published.length).toBeGreaterThan(5);
    const small = refusalCode(
      (async () => {
        for (;;) await lab.publish(1);
      })(),
    );
    expect(await small).toBe("OUT_OF_MEMORY");
    for (const answer of [
      run(lab.session, "queue.bind", { queue: "jobs", pattern: "orders.*" }),
      lab.create({}, "new"),
      lab.consume({}, lab.session, "newer"),
    ]) {
      expect(await refusalCode(answer)).toBe("OUT_OF_MEMORY");
    }
    await lab.ack((await lab.one()).message_id);
    await lab.publish(message);
    await run(lab.session, "queue.purge", { queue: "jobs" });
    await lab.settle();
    expect(lab.state.table.size).toBe(0);
    for (const _ of published) await lab.publish(message);
  });

  test("what a queue remembers of dedup ids and patterns is counted, and goes with it", async () => {
    const lab = openQueueLab();
    await lab.create();
    const empty = lab.state.bytes;
    await run(lab.session, "queue.bind", { queue: "jobs", pattern: "orders.*" });
    const bound = lab.state.bytes;
    expect(bound).toBeGreaterThan(empty);
    await lab.publish(1, { dedup_id: "d".repeat(100) });
    await lab.ack((await lab.one()).message_id);
    expect(lab.state.bytes).toBeGreaterThanOrEqual(bound + 100);
    await run(lab.session, "queue.unbind", { queue: "jobs", pattern: "orders.*" });
    expect(lab.state.bytes).toBeLessThan(bound + 300);
    await run(lab.session, "queue.bind", { queue: "jobs", pattern: "orders.#" });
    await run(lab.session, "queue.delete", { queue: "jobs" });
    expect(lab.state.bytes).toBe(0);
  });
});

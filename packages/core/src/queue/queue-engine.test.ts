import { describe, expect, test } from "vitest";
import { refusal, refusalCode, run } from "../../test/calls.ts";
import { openQueueLab } from "../../test/queue-lab.ts";

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

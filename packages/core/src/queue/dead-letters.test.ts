import { describe, expect, test } from "vitest";
import { refusal, refusalCode, run } from "../../test/calls.ts";
import { openQueueLab, type QueueLab } from "../../test/queue-lab.ts";

/** Publishes messages and rejects them all: they become dead letters, in this order. */
async function bury(lab: QueueLab, messages: readonly string[], priority = 5): Promise<void> {
  for (const message of messages) await lab.publish(message, { priority });
  for (const _ of messages) await lab.nack((await lab.one()).message_id, { requeue: false });
}

/** All messages that the pages of a list show, page by page. */
async function pages(lab: QueueLab, limit: number, between: () => Promise<void> = async () => {}) {
  const seen: unknown[][] = [];
  let cursor: string | undefined;
  do {
    const page = await run(lab.session, "queue.dead.list", { queue: "jobs", limit, cursor });
    seen.push(page.items.map(({ message }) => message));
    expect(page.has_more).toBe(page.cursor !== null);
    cursor = page.cursor ?? undefined;
    await between();
  } while (cursor !== undefined);
  return seen;
}

describe("a message becomes a dead letter", () => {
  test("when its last retry fails, with what the last nack said", async () => {
    const lab = openQueueLab();
    const id = await lab.publish(
      { a: 1 },
      { max_retries: 1, headers: { trace: "t" }, priority: 7 },
    );
    expect(await lab.nack((await lab.one()).message_id, { error: "first" })).toEqual({
      success: true,
      action: "requeued",
    });
    await lab.advance(5);
    expect(await lab.nack((await lab.one()).message_id, { error: "second" })).toEqual({
      success: true,
      action: "dead_lettered",
    });
    expect(await lab.dead()).toEqual([
      {
        ...{ id, message: { a: 1 }, priority: 7, retry_count: 2, max_retries: 1 },
        ...{ headers: { trace: "t" }, timestamp: 1_700_000_000_000 },
        ...{ reason: "max_retries", error: "second", failed_at: 1_700_000_000_005 },
      },
    ]);
    expect(await lab.stats()).toMatchObject({ dead: 1, nacked: 2, dead_lettered: 1, depth: 0 });
  });

  test("when its last deadline lapses", async () => {
    const lab = openQueueLab();
    await lab.publish("slow", { max_retries: 0 });
    await lab.consume({ ack_deadline: 1 });
    await lab.advance(1_000);
    expect(await lab.dead()).toMatchObject([{ reason: "deadline", error: null, retry_count: 1 }]);
    expect(await lab.stats()).toMatchObject({ timed_out: 1, dead_lettered: 1 });
  });

  test("at once when it is rejected, with its retries as they were", async () => {
    const lab = openQueueLab();
    await bury(lab, ["bad"]);
    expect(await lab.dead()).toMatchObject([{ reason: "rejected", error: null, retry_count: 1 }]);
  });

  test("and does not expire there", async () => {
    const lab = openQueueLab();
    await lab.publish("short", { ttl: 1 });
    await lab.nack((await lab.one()).message_id, { requeue: false });
    await lab.advance(60_000);
    expect(await lab.dead()).toMatchObject([{ message: "short" }]);
  });
});

describe("the list of dead letters", () => {
  test("has the oldest failure first, whatever the priority, page by page", async () => {
    const lab = openQueueLab();
    await bury(lab, ["a", "b"], 1);
    await bury(lab, ["c"], 9);
    await bury(lab, ["d", "e"], 5);
    for (const limit of [1, 2, 3, 4, 5, 6]) {
      const seen = await pages(lab, limit);
      expect(seen.flat()).toEqual(["a", "b", "c", "d", "e"]);
      expect(seen.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    }
  });

  test("goes on behind the last one that it showed, also when that one has gone", async () => {
    const lab = openQueueLab();
    await bury(lab, ["a", "b", "c", "d", "e", "f"]);
    const seen = await pages(lab, 2, async () => {
      await run(lab.session, "queue.dead.redrive", { queue: "jobs", limit: 2 });
    });
    expect(seen).toEqual([
      ["a", "b"],
      ["c", "d"],
      ["e", "f"],
    ]);
  });

  test("shows one that failed again at its new place", async () => {
    const lab = openQueueLab();
    await bury(lab, ["a", "b", "c"]);
    const seen = await pages(lab, 1, async () => {
      if ((await lab.stats()).depth + (await lab.dead()).length !== 3) return;
      const { message_id, message } = await lab.one(lab.session, "jobs.dead");
      if (message !== "a") return lab.release(message_id, lab.session, "jobs.dead").then(() => {});
      await lab.nack(message_id, { requeue: false }, "jobs.dead");
    });
    expect(seen.flat()).toEqual(["a", "b", "c", "a"]);
  });

  test("shows those that were taken and came back at their places", async () => {
    const lab = openQueueLab();
    await bury(lab, ["a", "b", "c", "d", "e"]);
    const held = await lab.consume({ max_messages: 4 }, lab.session, "jobs.dead");
    expect((await lab.dead()).map(({ message }) => message)).toEqual(["e"]);
    for (const i of [1, 3, 2, 0]) {
      await lab.release(held[i]?.message_id as string, lab.session, "jobs.dead");
    }
    for (const limit of [1, 2, 5]) {
      expect((await pages(lab, limit)).flat()).toEqual(["a", "b", "c", "d", "e"]);
    }
  });

  test("ends a page after the message that makes it full", async () => {
    const lab = openQueueLab({ maxPageBytes: 100 });
    await bury(lab, ["x".repeat(60), "y".repeat(60), "z".repeat(60)]);
    expect((await pages(lab, 10)).map((page) => page.length)).toEqual([2, 1]);
  });

  test("is empty before there are any, and only of a queue that exists", async () => {
    const lab = openQueueLab();
    expect(await refusalCode(run(lab.session, "queue.dead.list", { queue: "jobs" }))).toBe(
      "QUEUE_NOT_FOUND",
    );
    await lab.create();
    expect(await lab.dead()).toEqual([]);
    expect(await run(lab.session, "queue.dead.purge", { queue: "jobs" })).toEqual({ purged: 0 });
  });

  test("takes only cursors that it gave", async () => {
    const lab = openQueueLab();
    await bury(lab, ["a"]);
    const listed = await run(lab.session, "queue.list", { limit: 1 });
    for (const cursor of ["", "k1.", "k1.!!", listed.cursor as string]) {
      const answer = run(lab.session, "queue.dead.list", { queue: "jobs", cursor });
      expect(await refusalCode(answer)).toBe("INVALID_REQUEST");
    }
  });
});

describe("redrive", () => {
  test("puts the oldest back, with no retry burned, behind what waits", async () => {
    const lab = openQueueLab();
    await bury(lab, ["a", "b", "c"]);
    await lab.publish("new");
    const redriven = await run(lab.session, "queue.dead.redrive", { queue: "jobs", limit: 2 });
    expect(redriven).toEqual({ redriven: 2, remaining: 1 });
    const taken = await lab.consume({ max_messages: 10 });
    expect(taken.map(({ message }) => message)).toEqual(["new", "a", "b"]);
    expect(taken.map(({ retry_count }) => retry_count)).toEqual([0, 0, 0]);
  });

  test("its messages keep id and priority, and old receipts stay bad", async () => {
    const lab = openQueueLab();
    const id = await lab.publish("a", { priority: 8 });
    const first = await lab.one();
    await lab.nack(first.message_id, { requeue: false });
    await run(lab.session, "queue.dead.redrive", { queue: "jobs" });
    const again = await lab.one();
    expect(again).toMatchObject({ id, priority: 8 });
    expect(again.message_id).not.toBe(first.message_id);
    expect(await refusalCode(lab.ack(first.message_id))).toBe("MESSAGE_NOT_FOUND");
    await lab.ack(again.message_id);
  });

  test("of those that are named, each once", async () => {
    const lab = openQueueLab();
    await bury(lab, ["a", "b", "c"]);
    const letters = await lab.dead();
    const ids = [letters[2]?.id, letters[0]?.id, letters[2]?.id] as string[];
    const answer = await run(lab.session, "queue.dead.redrive", {
      queue: "jobs",
      message_ids: ids,
    });
    expect(answer).toEqual({ redriven: 2, remaining: 1 });
    expect((await lab.consume({ max_messages: 9 })).map(({ message }) => message)).toEqual([
      "c",
      "a",
    ]);
  });

  test("of one that is no dead letter here changes nothing", async () => {
    const lab = openQueueLab();
    await bury(lab, ["a"]);
    const waiting = await lab.publish("waits");
    const letter = (await lab.dead())[0]?.id as string;
    for (const id of [waiting, "1", "x", `${letter}~1`]) {
      const message_ids = [letter, id];
      const answer = run(lab.session, "queue.dead.redrive", { queue: "jobs", message_ids });
      expect(await refusalCode(answer)).toBe("MESSAGE_NOT_FOUND");
    }
    expect(await lab.dead()).toHaveLength(1);
  });

  test("moves as many as fit; of those that are named, all or none", async () => {
    const lab = openQueueLab();
    await lab.create({ max_depth: 2 });
    await bury(lab, ["a", "b"]);
    await lab.publish("c");
    const ids = (await lab.dead()).map(({ id }) => id);
    const named = run(lab.session, "queue.dead.redrive", { queue: "jobs", message_ids: ids });
    expect(await refusalCode(named)).toBe("QUEUE_FULL");
    const redrive = { queue: "jobs" };
    expect(await run(lab.session, "queue.dead.redrive", redrive)).toEqual({
      redriven: 1,
      remaining: 1,
    });
    expect(await refusalCode(run(lab.session, "queue.dead.redrive", redrive))).toBe("QUEUE_FULL");
  });
});

describe("the queue of dead letters", () => {
  test("is consumed like any other; what fails there stays there, as the newest", async () => {
    const lab = openQueueLab();
    await bury(lab, ["a", "b"]);
    const { message_id } = await lab.one(lab.session, "jobs.dead");
    await lab.nack(message_id, {}, "jobs.dead");
    for (let i = 0; i < 5; i++) {
      await lab.nack((await lab.one(lab.session, "jobs.dead")).message_id, {}, "jobs.dead");
    }
    const other = await lab.one(lab.session, "jobs.dead");
    await lab.nack(other.message_id, { requeue: false, error: "no" }, "jobs.dead");
    expect(await lab.dead()).toMatchObject([
      { message: "b", error: null },
      { message: "a", error: "no", retry_count: 8 },
    ]);
    expect((await run(lab.session, "queue.list", {})).items.map(({ name }) => name)).toEqual([
      "jobs",
      "jobs.dead",
    ]);
  });

  test("goes with its queue and what is in hand", async () => {
    const lab = openQueueLab();
    await bury(lab, ["a", "b"]);
    const held = await lab.one(lab.session, "jobs.dead");
    await run(lab.session, "queue.delete", { queue: "jobs" });
    await lab.settle();
    expect(await refusalCode(lab.ack(held.message_id, lab.session, "jobs.dead"))).toBe(
      "QUEUE_NOT_FOUND",
    );
    expect(lab.desk().inHand).toBe(0);
    expect(lab.state.table.size).toBe(0);
  });
});

describe("a queue of such a name", () => {
  test.each([
    ["queue.create", { queue: "jobs.dead" }],
    ["queue.publish", { queue: "jobs.dead", message: 1 }],
    ["queue.publish_many", { queue: "jobs.dead", messages: [{ message: 1 }] }],
    ["queue.bind", { queue: "jobs.dead", pattern: "a" }],
  ] as const)("is for dead letters: %s is refused", async (name, request) => {
    const lab = openQueueLab();
    const refused = refusal(run(lab.session, name, request as never));
    expect(await refused).toMatchObject({ code: "INVALID_REQUEST", details: { path: "queue" } });
  });

  test("is the same whoever uses it first", async () => {
    const lab = openQueueLab();
    expect(await lab.consume({}, lab.session, "jobs.dead")).toEqual([]);
    await bury(lab, ["a", "b"]);
    const { message_id } = await lab.one(lab.session, "jobs.dead");
    expect(await lab.nack(message_id, {}, "jobs.dead")).toMatchObject({ action: "requeued" });
    expect((await lab.dead()).map(({ message }) => message)).toEqual(["a", "b"]);
    await run(lab.session, "queue.delete", { queue: "jobs" });
    expect(await refusalCode(run(lab.session, "queue.stats", { queue: "jobs.dead" }))).toBe(
      "QUEUE_NOT_FOUND",
    );
  });
});

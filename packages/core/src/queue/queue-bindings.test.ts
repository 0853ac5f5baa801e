import { describe, expect, test } from "vitest";
import { refusalCode, run } from "../../test/calls.ts";
import { openQueueLab, type QueueLab } from "../../test/queue-lab.ts";

const bind = (lab: QueueLab, queue: string, pattern: string) =>
  run(lab.session, "queue.bind", { queue, pattern });
const publish = (lab: QueueLab, topic: string, about: object = {}) =>
  run(lab.session, "pubsub.publish", { topic, message: topic, ...about });

describe("a bound queue", () => {
  test("gets what is published to matching topics, once, with where it came from", async () => {
    const lab = openQueueLab();
    for (const pattern of ["orders.*", "orders.#", "other"]) {
      expect(await bind(lab, "jobs", pattern)).toEqual({ success: true });
    }
    expect(await bind(lab, "jobs", "orders.*")).toEqual({ success: false });
    const answer = await publish(lab, "orders.new", { metadata: { trace: "t" } });
    expect(answer.subscribers_matched).toBe(1);
    await publish(lab, "invoices.new");
    expect(await lab.consume({ max_messages: 9 })).toMatchObject([
      {
        message: "orders.new",
        headers: {
          trace: "t",
          "synap-topic": "orders.new",
          "synap-message-id": answer.message_id,
        },
      },
    ]);
  });

  test("gets it in the record of the publish, and each queue its own message", async () => {
    const lab = openQueueLab();
    await bind(lab, "a", "x");
    await bind(lab, "b", "#");
    await lab.create({}, "c");
    const blocks = lab.journal.blocks.length;
    const { message_id, subscribers_matched } = await publish(lab, "x");
    expect(subscribers_matched).toBe(2);
    const records = lab.journal.blocks.slice(blocks).flatMap((block) => block.records);
    expect(records).toHaveLength(1);
    const ids = [await lab.one(lab.session, "a"), await lab.one(lab.session, "b")].map((d) => d.id);
    expect(new Set([...ids, message_id]).size).toBe(3);
    expect((await lab.stats("c")).depth).toBe(0);
  });

  test("that is full refuses the publish, and no other queue gets it", async () => {
    const lab = openQueueLab();
    await lab.create({ max_depth: 1 }, "full");
    await lab.publish(1, {}, "full");
    await bind(lab, "a", "x");
    await bind(lab, "full", "x");
    expect(await refusalCode(publish(lab, "x"))).toBe("QUEUE_FULL");
    expect((await lab.stats("a")).depth).toBe(0);
  });

  test("wakes who waits at it", async () => {
    const lab = openQueueLab();
    await bind(lab, "jobs", "x.#");
    const worker = await lab.subscriber();
    await publish(lab, "x");
    expect(worker.told()).toEqual(["x"]);
  });

  test("unbound it keeps what it has and gets nothing more", async () => {
    const lab = openQueueLab();
    await bind(lab, "jobs", "x");
    await publish(lab, "x");
    const request = { queue: "jobs", pattern: "x" };
    expect(await run(lab.session, "queue.unbind", request)).toEqual({ success: true });
    expect(await run(lab.session, "queue.unbind", request)).toEqual({ success: false });
    expect((await publish(lab, "x")).subscribers_matched).toBe(0);
    expect((await lab.stats()).depth).toBe(1);
  });

  test("lists its patterns in order, page by page", async () => {
    const lab = openQueueLab();
    for (const pattern of ["c", "a.*", "#", "b"]) await bind(lab, "jobs", pattern);
    const page = await run(lab.session, "queue.bindings", { queue: "jobs", limit: 3 });
    expect(page.items).toEqual([{ pattern: "#" }, { pattern: "a.*" }, { pattern: "b" }]);
    const cursor = page.cursor as string;
    const rest = await run(lab.session, "queue.bindings", { queue: "jobs", cursor });
    expect(rest).toEqual({ items: [{ pattern: "c" }], cursor: null, has_more: false });
  });

  test("deleted it is bound to nothing, also if it comes back", async () => {
    const lab = openQueueLab();
    await bind(lab, "jobs", "x");
    await bind(lab, "jobs", "y.#");
    await bind(lab, "other", "x");
    expect(await run(lab.session, "pubsub.stats", {})).toMatchObject({ bindings: 3, topics: 2 });
    await run(lab.session, "queue.delete", { queue: "jobs" });
    await lab.create();
    expect(await run(lab.session, "pubsub.stats", {})).toMatchObject({ bindings: 1, topics: 1 });
    expect((await publish(lab, "x")).subscribers_matched).toBe(1);
    expect((await lab.stats()).depth).toBe(0);
    const bindings = await run(lab.session, "queue.bindings", { queue: "jobs" });
    expect(bindings.items).toEqual([]);
  });
});

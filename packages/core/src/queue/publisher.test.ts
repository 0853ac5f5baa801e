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

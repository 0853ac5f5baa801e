import { describe, expect, test } from "vitest";
import { refusalCode, run } from "../../test/calls.ts";
import { openQueueLab } from "../../test/queue-lab.ts";

describe("S8: a receipt", () => {
  test("Q3: a late ack never takes a message out of another's hands", async () => {
    const lab = openQueueLab();
    await lab.publish("job");
    const [late] = await lab.consume({ ack_deadline: 1 });
    await lab.advance(1_000);
    const now = await lab.one();
    expect(now.id).toBe(late?.id);
    for (const command of ["queue.ack", "queue.nack", "queue.release", "queue.extend"] as const) {
      const request = { queue: "jobs", message_id: late?.message_id as string };
      expect(await refusalCode(run(lab.session, command, request))).toBe("MESSAGE_NOT_FOUND");
    }
    expect(
      await run(lab.session, "queue.ack_many", {
        queue: "jobs",
        message_ids: [late?.message_id as string],
      }),
    ).toEqual({ acked: 0, missing: [late?.message_id] });
    expect(await lab.stats()).toMatchObject({ in_flight: 1, acked: 0 });
    await lab.ack(now.message_id);
    expect(await lab.stats()).toMatchObject({ in_flight: 0, acked: 1 });
  });

  test("is the id itself in the very first delivery, and another one in each later one", async () => {
    const lab = openQueueLab();
    const id = await lab.publish("job", { max_retries: 9 });
    const receipts: string[] = [];
    for (let i = 0; i < 5; i++) {
      const { message_id } = await lab.one();
      receipts.push(message_id);
      await (i % 2 === 0 ? lab.release(message_id) : lab.nack(message_id));
    }
    expect(receipts[0]).toBe(id);
    for (const receipt of receipts.slice(1)) expect(receipt).toMatch(new RegExp(`^${id}~\\d+$`));
    expect(new Set(receipts).size).toBe(5);
    for (const receipt of receipts) {
      expect(await refusalCode(lab.ack(receipt))).toBe("MESSAGE_NOT_FOUND");
    }
  });

  test("is good once", async () => {
    const lab = openQueueLab();
    await lab.publish("job");
    const { message_id } = await lab.one();
    await lab.ack(message_id);
    expect(await refusalCode(lab.ack(message_id))).toBe("MESSAGE_NOT_FOUND");
  });

  test("is good for its own queue only, and while the queue is the same one", async () => {
    const lab = openQueueLab();
    await lab.create({}, "other");
    await lab.publish("job");
    const { message_id } = await lab.one();
    expect(await refusalCode(lab.ack(message_id, lab.session, "other"))).toBe("MESSAGE_NOT_FOUND");
    await run(lab.session, "queue.delete", { queue: "jobs" });
    await lab.create();
    expect(await refusalCode(lab.ack(message_id))).toBe("MESSAGE_NOT_FOUND");
  });

  test("of a message that waits is none, and an invented one neither", async () => {
    const lab = openQueueLab();
    const id = await lab.publish("job");
    const invented = ["0", "1", "x", `${id}~0`, `${id}~1`, ` ${id}`, `${id} `, `0${id}`, `${id}~`];
    for (const receipt of [id, `${id}~${id}`, ...invented]) {
      expect(await refusalCode(lab.ack(receipt))).toBe("MESSAGE_NOT_FOUND");
    }
    const { message_id } = await lab.one();
    for (const receipt of invented) {
      expect(await refusalCode(lab.ack(receipt))).toBe("MESSAGE_NOT_FOUND");
    }
    await lab.ack(message_id);
  });
});

describe("S10: release", () => {
  test("gives a message back to its place at once, without a retry", async () => {
    const lab = openQueueLab();
    await lab.create({ retry_backoff_secs: 100 });
    for (const message of ["a", "b", "c"]) await lab.publish(message);
    const [a, b] = await lab.consume({ max_messages: 2 });
    await lab.release(b?.message_id as string);
    await lab.release(a?.message_id as string);
    const taken = await lab.consume({ max_messages: 3 });
    expect(taken.map(({ message }) => message)).toEqual(["a", "b", "c"]);
    expect(taken.map(({ retry_count }) => retry_count)).toEqual([0, 0, 0]);
  });

  test("as often as one likes: the message never becomes a dead letter", async () => {
    const lab = openQueueLab();
    await lab.publish("job", { max_retries: 0 });
    for (let i = 0; i < 10; i++) await lab.release((await lab.one()).message_id);
    expect(await lab.stats()).toMatchObject({ depth: 1, dead: 0, nacked: 0 });
  });
});

import { describe, expect, test } from "vitest";
import { run } from "../../test/calls.ts";
import { openQueueLab } from "../../test/queue-lab.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { Status } from "./message-table.ts";
import type { NewMessage, QueueEffect } from "./queue-effects.ts";
import { queuesImage } from "./queue-image.ts";
import { settingsOf } from "./queue-settings.ts";
import { QueueState } from "./queue-state.ts";

const queue = "jobs";

/** A state that is changed by effects alone, as recovery changes it. */
class Recovered {
  readonly state = new QueueState();
  seq = 0;

  apply(...effects: QueueEffect[]): number {
    const seq = ++this.seq;
    for (const effect of effects) this.state.apply(effect, seq);
    return seq;
  }

  create(name = queue): void {
    const settings = settingsOf({}, DEFAULT_LIMITS);
    this.apply({ type: "queue.create", queue: name, settings, auto: false });
  }

  publish(about: Partial<NewMessage> = {}): number {
    const message = {
      ...{ value: new Uint8Array([1, 97]), headers: null, priority: 5, maxRetries: 3 },
      ...{ visibleAt: 0, expires: 0, dedup: null },
      ...about,
    };
    const firstId = this.seq + 1;
    this.apply({ type: "queue.publish", queue, firstId, timeMs: 1, messages: [message] });
    return firstId;
  }

  deliver(id: number): number {
    const about = { deadline: 1_000, session: null, consumer: null };
    return this.apply({ type: "queue.deliver", queue, ids: [id], ...about });
  }

  status(id: number): number {
    return this.state.table.status.get(this.state.table.find(id));
  }
}

describe("effects alone", () => {
  test("Q1: deliver a message whose delay ended, though nothing woke it", () => {
    const lab = new Recovered();
    lab.create();
    const id = lab.publish({ visibleAt: 500 });
    expect(lab.status(id)).toBe(Status.delayed);
    lab.deliver(id);
    expect(lab.status(id)).toBe(Status.inFlight);
    const { ready, delayed, inFlight } = lab.state.find(queue) ?? {};
    expect([ready?.size, delayed?.size, inFlight?.size]).toEqual([0, 0, 1]);
  });

  test("Q2: a message is due for what time will do next, and for nothing in somebody's hands", () => {
    const lab = new Recovered();
    lab.create();
    const id = lab.publish({ visibleAt: 500, expires: 900 });
    const due = (): number => lab.state.table.due.get(lab.state.table.find(id));
    expect([due(), lab.state.due.size]).toEqual([500, 1]);
    lab.state.wake(lab.state.find(queue) ?? neverNull(), lab.state.table.find(id));
    expect([due(), lab.state.due.size]).toEqual([900, 1]);
    lab.deliver(id);
    expect([due(), lab.state.due.size]).toEqual([0, 0]);
    const back = { type: "queue.return", queue, ids: [id], cause: "nack" } as const;
    lab.apply({ ...back, visibleAt: 1_500 });
    expect([due(), lab.state.due.size]).toEqual([900, 1]);
  });

  test("Q3: a receipt is good for one delivery; the first one's is 0", () => {
    const lab = new Recovered();
    lab.create();
    const id = lab.publish();
    const inHand = (delivery: number): boolean =>
      lab.state.findInHand(lab.state.find(queue) ?? neverNull(), id, delivery) >= 0;
    expect(inHand(0)).toBe(false);
    const first = lab.deliver(id);
    expect([inHand(0), inHand(first)]).toEqual([true, false]);
    lab.apply({ type: "queue.return", queue, ids: [id], cause: "released", visibleAt: 0 });
    expect(inHand(0)).toBe(false);
    const second = lab.deliver(id);
    expect([inHand(0), inHand(first), inHand(second)]).toEqual([false, false, true]);
  });

  test("Q4: retries grow by failed deliveries and lapsed deadlines only", () => {
    const lab = new Recovered();
    lab.create();
    const id = lab.publish();
    const retries: number[] = [];
    for (const cause of ["released", "nack", "released", "deadline", "nack"] as const) {
      lab.deliver(id);
      lab.apply({ type: "queue.return", queue, ids: [id], cause, visibleAt: 0 });
      retries.push(lab.state.table.retries.get(lab.state.table.find(id)));
    }
    expect(retries).toEqual([0, 1, 1, 2, 3]);
  });

  test("that name what is not there are a bug and stop", () => {
    const lab = new Recovered();
    lab.create();
    const wrong: QueueEffect[] = [
      { type: "queue.create", queue, settings: settingsOf({}, DEFAULT_LIMITS), auto: false },
      { type: "queue.delete", queue: "none" },
      { type: "queue.ack", queue, ids: [77] },
      { type: "queue.purge", queue: "none" },
      { type: "queue.redrive", queue, ids: [1], firstOrder: 9 },
    ];
    for (const effect of wrong) expect(() => lab.apply(effect)).toThrow("Broken invariant");
  });

  test("a purged message is gone at once: for readers, receipts and time, before it is freed", () => {
    const lab = new Recovered();
    lab.create();
    const ids = [lab.publish(), lab.publish({ visibleAt: 5 }), lab.publish({ expires: 9 })];
    const held = lab.publish();
    lab.deliver(held);
    lab.apply({ type: "queue.purge", queue });
    expect(lab.state.table.size).toBe(4);
    for (const id of ids) expect(lab.state.queueOf(lab.state.table.find(id))).toBeUndefined();
    expect(lab.state.queueOf(lab.state.table.find(held))?.name).toBe(queue);
    const freed: number[] = [];
    const frees = (handle: number): void => {
      freed.push(lab.state.table.id.get(handle));
    };
    expect(lab.state.collect(2, frees)).toBe(true);
    expect(lab.state.collect(2, frees)).toBe(false);
    expect(freed.sort()).toEqual([...ids].sort());
    expect([lab.state.table.size, lab.state.due.size]).toEqual([1, 0]);
    lab.apply({ type: "queue.ack", queue, ids: [held] });
    expect(lab.state.table.size).toBe(0);
  });
});

test("the image tells all that is durable: two states that differ in one thing have two", async () => {
  const images = new Set<string>();
  const changes = ["publish", "consume", "bind", "ack", "nack", "delay"] as const;
  for (const change of [null, ...changes]) {
    const lab = openQueueLab();
    await lab.publish("a");
    await lab.publish("b");
    const { message_id } = await lab.one();
    if (change === "publish") await lab.publish("c");
    if (change === "consume") await lab.one();
    if (change === "bind") await run(lab.session, "queue.bind", { queue, pattern: "x" });
    if (change === "ack") await lab.ack((await lab.one()).message_id);
    if (change === "nack") await lab.nack(message_id);
    if (change === "delay") await lab.nack(message_id, { delay: 9 });
    images.add(JSON.stringify(queuesImage(lab.state)));
  }
  const lab = openQueueLab();
  await lab.publish("a", { dedup_id: "d" });
  await lab.publish("b");
  await lab.one();
  images.add(JSON.stringify(queuesImage(lab.state)));
  expect(images.size).toBe(changes.length + 2);
});

function neverNull(): never {
  throw new TypeError("The test's queue is there.");
}

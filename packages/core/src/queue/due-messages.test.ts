import { describe, expect, test } from "vitest";
import { run } from "../../test/calls.ts";
import { openQueueLab } from "../../test/queue-lab.ts";
import { manualClock } from "../clock.ts";

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

test("a consume sees what its time has done, though the timer is late", async () => {
  const manual = manualClock();
  let jumpedMs = 0;
  const clock = { ...manual, wallMs: () => manual.wallMs() + jumpedMs };
  const lab = openQueueLab({}, clock);
  await lab.publish("ended", { ttl: 1 });
  await lab.publish("due", { delay: 1, priority: 9 });
  await lab.publish("other");
  jumpedMs = 1_000;
  const taken = await lab.consume({ max_messages: 3 });
  expect(taken.map(({ message }) => message)).toEqual(["due", "other"]);
  expect((await lab.stats()).expired).toBe(1);
});

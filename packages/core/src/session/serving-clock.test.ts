import { describe, expect, test } from "vitest";
import { StallingClock } from "../../test/stalling-clock.ts";
import { turns } from "../../test/turns.ts";
import { ServingClock } from "./serving-clock.ts";

function begin(): { clock: StallingClock; serving: ServingClock } {
  const clock = new StallingClock();
  return { clock, serving: new ServingClock(clock) };
}

describe("the serving clock", () => {
  test("expires what is due when nothing stalls", async () => {
    const { clock, serving } = begin();
    let expired = 0;
    serving.at(500, () => expired++);
    await clock.pass(490);
    expect(expired).toBe(0);
    await clock.pass(10);
    expect(expired).toBe(1);
    expect(serving.now()).toBe(500);
    expect(clock.timers).toBe(0);
  });

  test("C1: a stall is not counted, so its end is not the end of a grace", async () => {
    const { clock, serving } = begin();
    let expired = 0;
    serving.at(500, () => expired++);
    await clock.pass(100);
    await clock.stall(2_000);
    expect(serving.now()).toBeLessThanOrEqual(500);
    await clock.pass(100);
    expect(expired).toBe(1);
  });

  test("C1: one stall counts once, however many deadlines it delays", async () => {
    const { clock, serving } = begin();
    const expired: number[] = [];
    for (let i = 0; i < 100; i++) serving.at(500 + i, () => expired.push(i));
    await clock.stall(1_000);
    expect(serving.now()).toBe(500);
    expect(expired).toEqual([0]);
    await clock.pass(100);
    expect(expired).toHaveLength(100);
  });

  test("C1: it never runs faster than monotonic time", async () => {
    const { clock, serving } = begin();
    for (let i = 1; i < 40; i++) serving.at(i * 60, () => {});
    let last = { serving: serving.now(), monotonic: clock.monotonicMs() };
    for (const ms of [10, 400, 10, 60, 51, 49, 700, 3, 10, 120]) {
      await clock.stall(ms);
      const now = { serving: serving.now(), monotonic: clock.monotonicMs() };
      expect(now.serving - last.serving).toBeLessThanOrEqual(now.monotonic - last.monotonic);
      last = now;
    }
  });

  test("C1: what arrives up to 50 ms late is not put off", async () => {
    const { clock, serving } = begin();
    let expired = 0;
    serving.at(500, () => expired++);
    await clock.stall(550);
    expect(expired).toBe(1);
    expect(serving.now()).toBe(550);
  });

  test("C2: sockets are polled once more before anything expires", async () => {
    const { clock, serving } = begin();
    let expired = 0;
    const cancel = serving.at(500, () => expired++);
    await clock.pass(499);
    const passed = clock.stall(1); // the timer fires in here, before a turn has ended
    expect(expired).toBe(0);
    cancel(); // as a socket does that was heard of in the last poll
    await passed;
    await turns(4);
    expect(expired).toBe(0);
  });

  test("a deadline that was cancelled leaves no timer", () => {
    const { clock, serving } = begin();
    const cancel = serving.at(500, () => expect.fail("it was cancelled"));
    expect(clock.timers).toBe(1);
    cancel();
    expect(clock.timers).toBe(0);
  });

  test("a deadline that has passed expires in the next turns", async () => {
    const { clock, serving } = begin();
    await clock.pass(100);
    let expired = 0;
    serving.at(50, () => expired++);
    await clock.stall(0);
    expect(expired).toBe(1);
  });
});

import { afterEach, describe, expect, test, vi } from "vitest";
import { waitFor } from "../test/turns.ts";
import { manualClock, systemClock } from "./clock.ts";

describe("the manual clock", () => {
  test("stands still until it is advanced", async () => {
    const clock = manualClock(5_000);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([5_000, 0]);
    await clock.advance(10);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([5_010, 10]);
  });

  test("fires timers in the order in which they are due, each at its time", async () => {
    const clock = manualClock();
    const fired: [string, number][] = [];
    const note = (name: string) => () => fired.push([name, clock.monotonicMs()]);
    clock.setTimer(note("late"), 30);
    clock.setTimer(note("first"), 10);
    clock.setTimer(note("second"), 10);
    clock.setTimer(note("beyond"), 41);
    clock.setTimer(() => clock.setTimer(note("nested"), 5), 20);
    await clock.advance(40);
    expect(fired).toEqual([
      ["first", 10],
      ["second", 10],
      ["nested", 25],
      ["late", 30],
    ]);
    await clock.advance(1);
    expect(fired.at(-1)).toEqual(["beyond", 41]);
  });

  test("a timer that was cancelled does not fire", async () => {
    const clock = manualClock();
    const cancel = clock.setTimer(() => expect.fail("it was cancelled"), 10);
    cancel();
    await clock.advance(20);
  });

  test("turns end by themselves", async () => {
    const clock = manualClock();
    let ended = false;
    clock.endTurn(() => {
      ended = true;
    });
    expect(ended).toBe(false);
    await waitFor(() => ended, "the turn ended");
  });
});

describe("the system clock", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("is not replaced by a test's fake timers", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "setImmediate", "performance", "Date"] });
    const clock = systemClock();
    let fired = false;
    clock.setTimer(() => {
      fired = true;
    }, 0);
    const from = clock.monotonicMs();
    await waitFor(() => fired && clock.monotonicMs() > from, "time goes on");
    expect(Math.abs(clock.wallMs() - Date.now())).toBeLessThan(60_000);
  });

  test("takes delays that the platform's timers would not", async () => {
    const clock = systemClock();
    let fired = false;
    const cancel = clock.setTimer(() => {
      fired = true;
    }, Number.MAX_SAFE_INTEGER);
    let soon = false;
    clock.setTimer(() => {
      soon = true;
    }, 1);
    await waitFor(() => soon, "a shorter timer fired");
    expect(fired).toBe(false);
    cancel();
  });
});

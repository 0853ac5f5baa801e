import { describe, expect, test } from "vitest";
import { Alarm } from "./alarm.ts";

/** Time as an alarm sees it: what is set, and a test that lets it fire. */
class Times {
  readonly set: { dueMs: number; fire: () => void }[] = [];
  fired = 0;

  alarm(onFire: () => void = () => {}): Alarm {
    return new Alarm(
      (dueMs, fire) => {
        const entry = { dueMs, fire };
        this.set.push(entry);
        return () => {
          this.set.splice(this.set.indexOf(entry), 1);
        };
      },
      () => {
        this.fired++;
        onFire();
      },
    );
  }

  get due(): number[] {
    return this.set.map(({ dueMs }) => dueMs);
  }

  pass(): void {
    this.set.shift()?.fire();
  }
}

describe("an alarm", () => {
  test("has one timer, for the earliest of the times it was given", () => {
    const times = new Times();
    const alarm = times.alarm();
    for (const dueMs of [50, 80, 50, 30, 40]) alarm.arm(dueMs);
    expect(times.due).toEqual([30]);
  });

  test("is not set by nothing", () => {
    const times = new Times();
    times.alarm().arm(undefined);
    expect(times.due).toEqual([]);
  });

  test("once it has fired it can be set for any time, also from what it calls", () => {
    const times = new Times();
    const alarm = times.alarm(() => alarm.arm(times.fired === 1 ? 100 : undefined));
    alarm.arm(10);
    times.pass();
    expect(times.due).toEqual([100]);
    times.pass();
    expect([times.fired, times.due]).toEqual([2, []]);
    alarm.arm(5);
    expect(times.due).toEqual([5]);
  });

  test("that is closed never fires again and cannot be set", () => {
    const times = new Times();
    const alarm = times.alarm();
    alarm.arm(10);
    const late = times.set[0]?.fire;
    alarm.close();
    late?.(); // one that was on its way
    alarm.arm(20);
    expect([times.fired, times.due]).toEqual([0, []]);
    alarm.close();
  });
});

import { wireCommand } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { fakeClock } from "../../test/fake-platform.ts";
import type { Transport } from "../transport/transport.ts";
import { Call } from "./call.ts";
import { Deadlines } from "./deadlines.ts";

const nowhere: Transport = { send: () => {}, forget: () => {}, close: async () => {} };
const spec = { command: wireCommand("kv.get"), result: () => undefined };

function setup() {
  const clock = fakeClock();
  const expired: Call[] = [];
  const deadlines = new Deadlines(clock, (call) => {
    deadlines.remove(call);
    expired.push(call);
  });
  const add = (timeoutMs: number): Call => {
    const call = new Call(
      nowhere,
      spec,
      {},
      undefined,
      () => {},
      () => {},
    );
    call.deadlineMs = clock.nowMs() + timeoutMs;
    deadlines.add(call);
    return call;
  };
  return { clock, deadlines, expired, add };
}

describe("D1 a call is in the list until it is removed", () => {
  test("from the front, the middle and the end", () => {
    const { deadlines, add } = setup();
    const [a, b, c, d] = [add(1), add(1), add(1), add(1)];
    for (const call of [b, a, d]) {
      expect(deadlines.remove(call)).toBe(true);
      expect(deadlines.remove(call)).toBe(false);
    }
    expect(deadlines.drain()).toEqual([c]);
    expect(deadlines.drain()).toEqual([]);
  });
});

describe("D2 every call expires at its deadline", () => {
  test("whatever the order they came in", async () => {
    const { clock, expired, add } = setup();
    const [late, early, middle] = [add(300), add(100), add(200)];
    await clock.advance(99);
    expect(expired).toEqual([]);
    await clock.advance(1);
    expect(expired).toEqual([early]);
    await clock.advance(200);
    expect(expired).toEqual([early, middle, late]);
  });

  test("one that ended in time does not", async () => {
    const { clock, deadlines, expired, add } = setup();
    deadlines.remove(add(100));
    const other = add(150);
    await clock.advance(200);
    expect(expired).toEqual([other]);
  });

  test("one without a limit never does", async () => {
    const { clock, expired, add } = setup();
    add(Number.POSITIVE_INFINITY);
    await clock.advance(1e9);
    expect(expired).toEqual([]);
    expect(clock.timers).toBe(0);
  });
});

test("many calls with one limit share one timer", () => {
  const { clock, deadlines, add } = setup();
  for (let i = 0; i < 100; i++) add(100);
  expect(clock.timers).toBe(1);
  deadlines.drain();
  expect(clock.timers).toBe(0);
});

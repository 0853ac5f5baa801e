import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { EventBody } from "./event-body.ts";
import { bodyLength } from "./event-body.ts";
import { EventLog } from "./event-log.ts";
import type { EventTable } from "./event-table.ts";
import { LogTable } from "./log-table.ts";

function body(length: number): EventBody {
  return { eventType: "tick", metadata: null, data: new Uint8Array(length) };
}

/** An empty log, and the table of its events. */
function empty(firstOffset = 1): { log: EventLog; table: EventTable; logs: LogTable } {
  const logs = new LogTable();
  return { log: new EventLog(logs, logs.open(firstOffset)), table: logs.events, logs };
}

function filled(count: number): { log: EventLog; table: EventTable } {
  const { log, table } = empty();
  for (let i = 1; i <= count; i++) log.append(body(8), i * 10);
  return { log, table };
}

function offsets(log: EventLog, from: number, max = Number.POSITIVE_INFINITY): number[] {
  const found: number[] = [];
  log.walk(from, ({ offset }) => found.push(offset) < max);
  return found;
}

/** How many rows were stepped over meanwhile. */
function steps(table: EventTable, run: () => void): number {
  const spy = vi.spyOn(table.next, "get");
  run();
  const { length } = spy.mock.calls;
  spy.mockRestore();
  return length;
}

type Step =
  | { readonly does: "append"; readonly length: number; readonly afterMs: number }
  | { readonly does: "trim"; readonly share: number };

const steppings: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.nat(40), fc.nat(3)).map(appending) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map(trimming) },
  ),
  { size: "+3", maxLength: 900 },
);

function appending([length, afterMs]: [number, number]): Step {
  return { does: "append", length, afterMs };
}

function trimming(share: number): Step {
  return { does: "trim", share };
}

/** The same log as an array. */
class Naive {
  events: { offset: number; timeMs: number; bytes: number }[] = [];
  newest = 0;
  nowMs = 0;

  append(length: number, afterMs: number): void {
    this.nowMs += afterMs;
    const bytes = bodyLength(body(length));
    this.events.push({ offset: ++this.newest, timeMs: this.nowMs, bytes });
  }

  get oldest(): number {
    return this.events[0]?.offset ?? this.newest + 1;
  }

  get bytes(): number {
    return this.events.reduce((sum, event) => sum + event.bytes, 0);
  }

  firstWithin(maxBytes: number): number {
    let rest = this.bytes;
    for (const { offset, bytes } of this.events) {
      if (rest <= maxBytes) return offset;
      rest -= bytes;
    }
    return this.newest + 1;
  }

  firstAfter(timeMs: number): number {
    return this.events.find((event) => event.timeMs > timeMs)?.offset ?? this.newest + 1;
  }
}

function compare(log: EventLog, naive: Naive, probes: readonly number[]): void {
  expect([log.oldest, log.newest, log.size, log.bytes]).toEqual([
    naive.oldest,
    naive.newest,
    naive.events.length,
    naive.bytes,
  ]);
  for (const probe of probes) {
    const from = Math.floor(probe * (naive.newest + 2));
    expect(offsets(log, from)).toEqual(
      naive.events.map(({ offset }) => offset).filter((offset) => offset >= from),
    );
    const timeMs = Math.floor(probe * (naive.nowMs + 2)) - 1;
    expect(log.firstAfter(timeMs)).toBe(naive.firstAfter(timeMs));
    const bytes = Math.floor(probe * (log.bytes + 2)) - 1;
    expect(log.firstWithin(bytes)).toBe(naive.firstWithin(bytes));
  }
}

describe("a log", () => {
  test("L1 L2 L3: is an array of events that lost its front", () => {
    fc.assert(
      fc.property(
        steppings,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 6 }),
        (stepping, probes) => {
          const { log, table } = empty();
          const naive = new Naive();
          for (const step of stepping) {
            if (step.does === "append") {
              naive.append(step.length, step.afterMs);
              log.append(body(step.length), naive.nowMs);
              continue;
            }
            const keepFrom = naive.oldest + Math.floor(step.share * (naive.events.length + 1));
            naive.events = naive.events.filter(({ offset }) => offset >= keepFrom);
            log.trim(Math.min(keepFrom, naive.newest + 1));
            compare(log, naive, probes);
          }
          compare(log, naive, probes);
          table.sweep(Number.POSITIVE_INFINITY);
          expect(table.rows).toBe(naive.events.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("walks on until it is told to stop, and from before its oldest event as from that", () => {
    const { log } = filled(200);
    log.trim(100);
    expect(offsets(log, 1, 3)).toEqual([100, 101, 102]);
    expect(offsets(log, 199)).toEqual([199, 200]);
    expect(offsets(log, 201)).toEqual([]);
  });

  test("gives offsets, times and bodies", () => {
    const { log } = empty();
    log.append({ eventType: "a", metadata: { b: "c" }, data: new Uint8Array([1, 2]) }, 77);
    const seen: unknown[] = [];
    log.walk(1, (event) => seen.push({ ...event, data: [...event.data] }) > 0);
    expect(seen).toEqual([
      { offset: 1, timeMs: 77, eventType: "a", metadata: { b: "c" }, data: [1, 2] },
    ]);
    expect(log.oldestTimeMs).toBe(77);
  });

  test("may count from another offset, as partitions do", () => {
    const { log } = empty(0);
    for (let i = 0; i < 130; i++) log.append(body(1), i);
    log.trim(65);
    expect([log.oldest, log.newest]).toEqual([65, 129]);
    expect(offsets(log, 127)).toEqual([127, 128, 129]);
    expect(log.firstAfter(100)).toBe(101);
  });

  test("L1: is not trimmed backwards, nor behind what comes next", () => {
    const { log } = filled(10);
    log.trim(5);
    expect(() => log.trim(4)).toThrow("L1");
    expect(() => log.trim(12)).toThrow("L1");
    log.trim(11);
    expect([log.oldest, log.newest, log.bytes]).toEqual([11, 10, 0]);
    log.append(body(1), 200);
    expect(offsets(log, 1)).toEqual([11]);
  });

  test("of many events finds and trims in a few steps", () => {
    const { log, table } = filled(200_000);
    expect(steps(table, () => log.firstAfter(1_777_770))).toBeLessThan(200);
    expect(steps(table, () => log.firstWithin(14 * 1_000))).toBeLessThan(200);
    expect(steps(table, () => offsets(log, 100_063, 1))).toBeLessThan(100);
    expect(steps(table, () => log.trim(180_063))).toBeLessThan(100);
    expect(table.rows).toBe(200_000);
    expect([log.oldest, log.size, log.bytes]).toEqual([180_063, 19_938, 19_938 * 14]);
    expect(offsets(log, 0, 2)).toEqual([180_063, 180_064]);
  });

  test("that keeps a window over many events stays as small as the window", () => {
    const { log, table, logs } = empty();
    for (let i = 1; i <= 200_000; i++) {
      log.append(body(8), i);
      log.trim(Math.max(log.oldest, i - 999));
    }
    expect([table.rows, log.size, log.bytes]).toEqual([1_000, 1_000, 14_000]);
    expect(offsets(log, 199_990, 2)).toEqual([199_990, 199_991]);
    const marks = [...logs.marks.values()].map(({ rows }) => rows.length);
    expect(Math.max(...marks)).toBeLessThan(60);
    log.trim(200_001);
    expect(logs.marks.size).toBe(0);
  });
});

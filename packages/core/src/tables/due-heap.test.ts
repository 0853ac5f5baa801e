import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NumberColumn } from "./column.ts";
import { DueHeap } from "./due-heap.ts";
import { NONE } from "./handle.ts";

/** A heap with the column that it reads; 0 is "never". */
class Expiries {
  readonly column = new NumberColumn();
  readonly heap = new DueHeap(this.column);
  readonly #admitted = new Set<number>();

  set(handle: number, expires: number): void {
    if (!this.#admitted.has(handle)) {
      this.heap.admit(handle);
      this.#admitted.add(handle);
    }
    this.column.set(handle, expires);
    this.heap.update(handle);
  }

  remove(handle: number): void {
    if (!this.#admitted.delete(handle)) return;
    this.heap.remove(handle);
  }
}

const steps = fc.array(
  fc.record({
    handle: fc.nat(60),
    expires: fc.oneof(fc.constant(0), fc.nat(50), fc.nat(100_000)),
    removes: fc.boolean(),
    nowMs: fc.nat(100_000),
  }),
  { maxLength: 300 },
);

describe("an expiry heap", () => {
  test("H1: after any updates and removals it holds the handles that expire, the next one first", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const expiries = new Expiries();
        const model = new Map<number, number>();
        for (const { handle, expires, removes, nowMs } of all) {
          if (removes) {
            expiries.remove(handle);
            model.delete(handle);
          } else {
            expiries.set(handle, expires);
            if (expires === 0) model.delete(handle);
            else model.set(handle, expires);
          }
          expect(expiries.heap.size).toBe(model.size);
          const due = [...model.values()].filter((other) => other <= nowMs).length;
          expect(expiries.heap.due(nowMs, 100)).toHaveLength(due);
          const next = expiries.heap.peek();
          const soonest = model.size === 0 ? undefined : Math.min(...model.values());
          expect(next === undefined ? undefined : expiries.column.get(next)).toBe(soonest);
        }
        const drained: number[] = [];
        for (let next = expiries.heap.peek(); next !== undefined; next = expiries.heap.peek()) {
          expect(model.has(next)).toBe(true);
          drained.push(model.get(next) as number);
          model.delete(next);
          expiries.remove(next);
        }
        expect(model.size).toBe(0);
        expect(drained).toEqual([...drained].sort((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });

  test("due handles are exactly those whose time has come, up to the bound", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 120 }),
        fc.nat(110),
        fc.integer({ min: 1, max: 150 }),
        (times, nowMs, max) => {
          const expiries = new Expiries();
          for (const [handle, expires] of times.entries()) expiries.set(handle, expires);
          const due = expiries.heap.due(nowMs, max);
          const wanted = times.filter((expires) => expires <= nowMs).length;
          expect(new Set(due).size).toBe(due.length);
          expect(due).toHaveLength(Math.min(wanted, max));
          for (const handle of due) expect(times[handle]).toBeLessThanOrEqual(nowMs);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("H1: a handle that serves another key begins outside of the heap", () => {
    const expiries = new Expiries();
    expiries.set(7, 100);
    expiries.remove(7);
    expiries.set(7, 0);
    expect(expiries.heap.peek()).toBeUndefined();
    expiries.set(7, 50);
    expect(expiries.heap.peek()).toBe(7);
  });

  test("samples are handles that expire, NONE where there is none", () => {
    const expiries = new Expiries();
    expect(expiries.heap.sample(() => 0)).toBe(NONE);
    for (let handle = 0; handle < 10; handle++) expiries.set(handle, handle % 2 === 0 ? 0 : 9);
    const sampled = Array.from({ length: 10 }, (_, i) => expiries.heap.sample(() => i / 10));
    expect([...new Set(sampled)].sort()).toEqual([1, 3, 5, 7, 9]);
  });

  test("the smallest are the first ones in order, and stay where they are", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 120 }),
        fc.integer({ min: 0, max: 130 }),
        (times, max) => {
          const expiries = new Expiries();
          for (const [handle, expires] of times.entries()) expiries.set(handle, expires);
          const smallest = expiries.heap.smallest(max);
          expect(new Set(smallest).size).toBe(smallest.length);
          const sorted = [...times].sort((a, b) => a - b).slice(0, max);
          expect(smallest.map((handle) => times[handle])).toEqual(sorted);
          expect(expiries.heap.size).toBe(times.length);
          expect(expiries.heap.smallest(Number.POSITIVE_INFINITY)).toHaveLength(times.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("takeAll empties it; what was taken can come back, once it is admitted", () => {
    fc.assert(
      fc.property(steps, fc.nat(60), (all, kept) => {
        const expiries = new Expiries();
        const live = new Set<number>();
        for (const { handle, expires, removes } of all) {
          if (removes) expiries.remove(handle);
          else expiries.set(handle, expires);
          if (removes || expires === 0) live.delete(handle);
          else live.add(handle);
        }
        const taken = expiries.heap.takeAll();
        expect(new Set(taken)).toEqual(live);
        expect(taken).toHaveLength(live.size);
        expect([expiries.heap.size, expiries.heap.peek()]).toEqual([0, undefined]);
        for (const handle of taken.slice(0, kept)) {
          expiries.heap.admit(handle);
          expiries.heap.update(handle);
        }
        expect(expiries.heap.size).toBe(Math.min(kept, live.size));
        expect(expiries.heap.takeAll().sort()).toEqual(taken.slice(0, kept).sort());
      }),
      { numRuns: 200 },
    );
  });
});

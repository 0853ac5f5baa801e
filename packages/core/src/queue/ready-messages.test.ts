import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IntColumn } from "../tables/column.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import { MessageTable } from "./message-table.ts";
import { ReadyMessages } from "./ready-messages.ts";

const BODY = new Uint8Array([1, 120]);

/** Messages that are ready, beside an array that is sorted whenever it is looked at. */
class Ready {
  readonly table = new MessageTable();
  readonly ready: ReadyMessages;
  readonly model: Handle[] = [];
  /** Taken out, to come back. */
  readonly out: Handle[] = [];
  #order = 0;

  constructor(readonly flat: boolean) {
    this.ready = new ReadyMessages(this.table, new IntColumn(), flat);
  }

  add(priority: number): void {
    const { table } = this;
    const order = ++this.#order;
    const handle = table.insert(order, BODY, null);
    table.priority.set(handle, priority);
    table.order.set(handle, order);
    table.time.set(handle, order);
    this.comes(handle);
  }

  comes(handle: Handle): void {
    this.ready.add(handle);
    this.model.push(handle);
  }

  /** Takes the one that is n-th in order. */
  goes(n: number): Handle {
    const handle = this.sorted[n % this.model.length] as Handle;
    this.ready.remove(handle);
    this.model.splice(this.model.indexOf(handle), 1);
    return handle;
  }

  get sorted(): Handle[] {
    const { priority, order } = this.table;
    const rank = (handle: Handle): number => (this.flat ? 0 : priority.get(handle));
    return [...this.model].sort((a, b) => rank(b) - rank(a) || order.get(a) - order.get(b));
  }
}

const steps = fc.array(
  fc.record({
    does: fc.constantFrom("add", "add", "take", "return", "free"),
    priority: fc.nat(9),
    at: fc.nat(50),
    max: fc.constantFrom(1, 2, 5, 100),
  }),
  { maxLength: 120 },
);

describe.each([
  ["by priority", false],
  ["by order alone", true],
])("messages that are ready, %s", (_, flat) => {
  test("L1, L2: after any changes they are in order, and one that comes back has its place", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const lab = new Ready(flat);
        for (const { does, priority, at, max } of all) {
          if (does === "add") lab.add(priority);
          else if (does === "return" && lab.out.length > 0) {
            lab.comes(lab.out.splice(at % lab.out.length, 1)[0] as Handle);
          } else if (does === "take" && lab.model.length > 0) lab.out.push(lab.goes(at));
          else if (does === "free" && lab.model.length > 0) lab.table.remove(lab.goes(at));
          const { ready, sorted, table } = lab;
          expect(ready.size).toBe(sorted.length);
          expect(ready.first()).toBe(sorted[0] ?? NONE);
          expect(ready.next(max)).toEqual(sorted.slice(0, max));
          const above = sorted.filter((h) => flat || table.priority.get(h) >= priority);
          expect(ready.countFrom(flat ? 0 : priority)).toBe(above.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("detached they are all handed over, each once, and the next ones begin anew", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const lab = new Ready(flat);
        for (const { does, priority, at } of all) {
          if (does === "add") lab.add(priority);
          else if (does === "take" && lab.model.length > 0) lab.out.push(lab.goes(at));
          else if (lab.out.length > 0) lab.comes(lab.out.shift() as Handle);
        }
        const found: Handle[] = [];
        lab.ready.detach(
          (head) => {
            for (let at = head; at !== NONE; at = lab.table.next.get(at)) found.push(at);
          },
          (handles) => found.push(...handles),
        );
        const byHandle = (a: Handle, b: Handle): number => a - b;
        expect(found.sort(byHandle)).toEqual([...lab.model].sort(byHandle));
        lab.model.splice(0);
        expect(lab.ready.size).toBe(0);
        expect(lab.ready.first()).toBe(NONE);
        expect(lab.ready.oldestTime()).toBeNull();
        for (const handle of lab.out.splice(0)) lab.comes(handle);
        lab.add(5);
        expect(lab.ready.next(1_000)).toEqual(lab.sorted);
      }),
      { numRuns: 200 },
    );
  });
});

test("L1: what is behind a place is the rest, whether or not somebody still stands there", () => {
  fc.assert(
    fc.property(steps, fc.nat(100), fc.boolean(), (all, nth, goes) => {
      const lab = new Ready(true);
      for (const { does, priority, at } of all) {
        if (does === "add") lab.add(priority);
        else if (does === "take" && lab.model.length > 0) lab.out.push(lab.goes(at));
        else if (lab.out.length > 0) lab.comes(lab.out.pop() as Handle);
      }
      expect(lab.ready.after(NONE, 0, 1_000)).toEqual(lab.sorted);
      if (lab.model.length === 0) return;
      const i = nth % lab.model.length;
      const rest = lab.sorted.slice(i + 1);
      const handle = lab.sorted[i] as Handle;
      const place = lab.table.order.get(handle);
      if (goes) lab.goes(i);
      for (const max of [1, 3, 1_000]) {
        expect(lab.ready.after(goes ? NONE : handle, place, max)).toEqual(rest.slice(0, max));
      }
    }),
    { numRuns: 300 },
  );
});

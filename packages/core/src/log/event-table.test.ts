import { describe, expect, test } from "vitest";
import type { Handle } from "../tables/handle.ts";
import type { EventBody } from "./event-body.ts";
import { bodyLength } from "./event-body.ts";
import { EventTable, eventBytes } from "./event-table.ts";

function body(length = 20, fill = 7): EventBody {
  return { eventType: "tick", metadata: null, data: new Uint8Array(length).fill(fill) };
}

/** A chain of so many events, as a log makes it; returns its first row. */
function chain(table: EventTable, count: number): Handle {
  let first = -1;
  let last = -1;
  for (let i = 0; i < count; i++) {
    const row = table.add(body(), i, 0);
    if (last < 0) first = row;
    else table.next.set(last, row);
    last = row;
  }
  return first;
}

describe("the table of events", () => {
  test("keeps a copy of what it is given", () => {
    const table = new EventTable();
    const given = body(3, 1);
    const row = table.add(given, 5, 9);
    given.data.fill(2);
    expect([...table.bodyOf(row).data]).toEqual([1, 1, 1]);
    expect([table.time.get(row), table.before.get(row), table.lengthOf(row)]).toEqual([5, 9, 9]);
  });

  test("counts what an event takes, as was foretold", () => {
    for (const length of [0, 1, 100, 16_000, 16_380, 40_000]) {
      const table = new EventTable();
      table.add(body(length), 0, 0);
      expect(table.bytes).toBe(eventBytes(bodyLength(body(length))));
    }
  });

  test("large bodies come back whole", () => {
    const table = new EventTable();
    const rows = [16_378, 16_379, 70_000].map((length) => table.add(body(length, 3), 0, 0));
    const sizes = rows.map((row) => table.bodyOf(row).data.filter((byte) => byte === 3).length);
    expect(sizes).toEqual([16_378, 16_379, 70_000]);
  });

  test("T1: frees a few rows at once and uses them again", () => {
    const table = new EventTable();
    const row = chain(table, 10);
    table.release(row, 10);
    expect([table.rows, table.bytes, table.hasGarbage]).toEqual([0, 0, false]);
    const again = Array.from({ length: 10 }, () => table.add(body(), 0, 0));
    expect(new Set(again)).toEqual(new Set(Array.from({ length: 10 }, (_, i) => i)));
  });

  test("T1: frees many rows bit by bit, and leaves the rest of their chain alone", () => {
    const table = new EventTable();
    const row = chain(table, 1_001);
    table.release(row, 1_000);
    expect(table.rows).toBe(1_001);
    expect(table.sweep(400)).toBe(true);
    expect(table.rows).toBe(601);
    expect(table.sweep(600)).toBe(false);
    expect(table.rows).toBe(1);
    expect(table.time.get(1_000)).toBe(1_000);
    expect(table.sweep(1)).toBe(false);
  });

  test("a sweep goes over several chains", () => {
    const table = new EventTable();
    for (const count of [20, 30, 40]) table.release(chain(table, count), count);
    expect(table.sweep(1_000)).toBe(false);
    expect([table.rows, table.bytes]).toEqual([0, 0]);
  });

  test("where nobody sweeps, new events do", () => {
    const table = new EventTable();
    table.release(chain(table, 100), 100);
    for (let i = 0; i < 50; i++) table.add(body(), 0, 0);
    expect([table.rows, table.hasGarbage]).toEqual([50, false]);
  });
});

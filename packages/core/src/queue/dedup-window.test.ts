import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DedupWindow } from "./dedup-window.ts";

describe("a dedup window", () => {
  test("finds what a Map with times would, whenever the window's length changes", () => {
    const steps = fc.array(
      fc.record({ id: fc.nat(30), passMs: fc.nat(40), windowMs: fc.constantFrom(0, 1, 50, 200) }),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const window = new DedupWindow();
        const model = new Map<string, { id: number; until: number }>();
        let nowMs = 1_000;
        for (const [i, { id, passMs, windowMs }] of all.entries()) {
          nowMs += passMs;
          const dedupId = `d${id}`;
          const entry = model.get(dedupId);
          const known = entry !== undefined && entry.until > nowMs ? entry.id : null;
          expect(window.find(dedupId, nowMs)).toBe(known);
          if (known !== null) continue;
          window.add(dedupId, i, nowMs + windowMs, nowMs);
          model.set(dedupId, { id: i, until: nowMs + windowMs });
          const live = [...model.values()].filter(({ until }) => until > nowMs).length;
          expect(window.count(nowMs)).toBeGreaterThanOrEqual(live);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("what it remembers stays near what counts, however long it goes on", () => {
    const window = new DedupWindow();
    for (let nowMs = 0; nowMs < 100_000; nowMs += 2) {
      window.add(`order-${nowMs}`, nowMs + 1, nowMs + 1_000, nowMs);
      expect(window.count(nowMs)).toBeLessThanOrEqual(650);
    }
    expect(window.entries().length).toBeLessThanOrEqual(650);
    expect(window.bytes).toBeLessThan(650 * 120);
  });

  test("counts none of those that have all run out", () => {
    const window = new DedupWindow();
    for (let i = 0; i < 10; i++) window.add(`d${i}`, i + 1, 100, 0);
    expect([window.count(99), window.count(100)]).toEqual([10, 0]);
    window.add("next", 11, 200, 100);
    expect(window.entries()).toEqual([["next", 11, 200]]);
    expect(window.bytes).toBeLessThan(200);
  });

  test("an id that comes again after its time counts once", () => {
    const window = new DedupWindow();
    window.add("a", 1, 10, 0);
    window.add("b", 2, 100, 0);
    window.add("a", 3, 110, 10);
    expect(window.find("a", 50)).toBe(3);
    expect(window.find("b", 50)).toBe(2);
  });

  test("200 000 ids within one window are found and forgotten together", () => {
    const window = new DedupWindow();
    for (let i = 0; i < 200_000; i++) window.add(`d${i}`, i + 1, 1_000, 0);
    expect(window.count(0)).toBe(200_000);
    for (const i of [0, 65_535, 65_536, 131_072, 199_999]) {
      expect(window.find(`d${i}`, 999)).toBe(i + 1);
      expect(window.find(`d${i}`, 1_000)).toBeNull();
    }
    window.add("new", 1, 2_000, 1_000);
    expect(window.entries()).toHaveLength(1);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NameSet } from "./name-set.ts";

function inOrder(set: NameSet): string[] {
  const names: string[] = [];
  set.ordered.walk("", false, (_, name) => names.push(name) > 0);
  return names;
}

describe("a set of names", () => {
  test("after any changes it is a Set that can be read in order", () => {
    const names = fc.constantFrom("a", "b", "ab", "aa", "ü", "😀", "\u{e000}", "*", "#", "a.b");
    const steps = fc.array(fc.record({ name: names, removes: fc.boolean(), reads: fc.boolean() }), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const set = new NameSet();
        const model = new Set<string>();
        for (const { name, removes, reads } of all) {
          if (removes) expect(set.delete(name)).toBe(model.delete(name));
          else {
            set.add(name);
            model.add(name);
          }
          expect(set.has(name)).toBe(model.has(name));
          expect(set.size).toBe(model.size);
          if (reads) {
            const sorted = [...model].sort((a, b) =>
              Buffer.compare(Buffer.from(a), Buffer.from(b)),
            );
            expect(inOrder(set)).toEqual(sorted);
          }
        }
        expect([...set].sort()).toEqual([...model].sort());
      }),
      { numRuns: 300 },
    );
  });

  test("rows of names that went serve others", () => {
    const set = new NameSet();
    for (let i = 0; i < 2_000; i++) {
      set.add(`n${i}`);
      if (i >= 10) set.delete(`n${i - 10}`);
    }
    const rows = new Set<number>();
    set.ordered.walk("", false, (row) => rows.add(row).size > 0);
    expect(rows.size).toBe(10);
    expect(Math.max(...rows)).toBeLessThan(12);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareUtf8 } from "../../test/kv-model.ts";
import { PatternCounts } from "./pattern-counts.ts";

const names = fc.constantFrom("a", "a.b", "a.*", "#", "\u{ffff}", "😀", "b.c.d", "b.c");

function listed(counts: PatternCounts, start = "", exclusive = false): [string, number][] {
  const all: [string, number][] = [];
  counts.patterns.walk(
    start,
    exclusive,
    (_, pattern) => all.push([pattern, counts.countOf(pattern)]) > 0,
  );
  return all;
}

describe("the counts of patterns", { timeout: 30_000 }, () => {
  test("are those of a Map, in the order of UTF-8, whatever is added and removed", () => {
    const steps = fc.array(fc.tuple(fc.boolean(), names), { maxLength: 100, size: "max" });
    fc.assert(
      fc.property(steps, names, (all, start) => {
        const counts = new PatternCounts();
        const model = new Map<string, number>();
        for (const [adds, name] of all) {
          const before = model.get(name) ?? 0;
          if (!adds && before === 0) continue;
          if (adds) counts.add(name);
          else counts.remove(name);
          if (adds || before > 1) model.set(name, before + (adds ? 1 : -1));
          else model.delete(name);
          expect(counts.countOf(name)).toBe(model.get(name) ?? 0);
        }
        const sorted = [...model].sort(([a], [b]) => compareUtf8(a, b));
        expect(counts.size).toBe(model.size);
        expect(listed(counts)).toEqual(sorted);
        expect(listed(counts, start, true)).toEqual(
          sorted.filter(([name]) => compareUtf8(name, start) > 0),
        );
      }),
      { numRuns: 300 },
    );
  });

  test("do not go below none", () => {
    const counts = new PatternCounts();
    expect(() => counts.remove("a")).toThrow("has listened to it");
  });
});

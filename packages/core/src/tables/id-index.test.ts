import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NONE } from "./handle.ts";
import { IdIndex } from "./id-index.ts";

/** Numbers of the one sequence: close together, far apart, as large as they come. */
const ids = fc.oneof(
  fc.integer({ min: 1, max: 200 }),
  fc.integer({ min: 0, max: 200 }).map((i) => Number.MAX_SAFE_INTEGER - i),
  fc.integer({ min: 0, max: 50 }).map((i) => 3_584_000_000_000_000 + i * 64),
  fc.integer({ min: 0, max: 50 }).map((i) => i * 2 ** 32 + 7),
);

describe("an index of ids", () => {
  test("after any changes it finds what a Map would", () => {
    const steps = fc.array(fc.tuple(ids, fc.boolean(), fc.nat(1_000)), { maxLength: 400 });
    fc.assert(
      fc.property(steps, (all) => {
        const index = new IdIndex();
        const model = new Map<number, number>();
        for (const [id, removes, handle] of all) {
          if (removes) {
            index.remove(id);
            model.delete(id);
          } else {
            index.set(id, handle);
            model.set(id, handle);
          }
        }
        for (const [id] of all) expect(index.find(id)).toBe(model.get(id) ?? NONE);
      }),
      { numRuns: 500 },
    );
  });

  test("a removal in the middle of a run of neighbours loses none of them", () => {
    const index = new IdIndex();
    for (let id = 1; id <= 20_000; id++) index.set(id, id);
    for (let id = 1; id <= 20_000; id += 3) index.remove(id);
    for (let id = 1; id <= 20_000; id++) expect(index.find(id)).toBe(id % 3 === 1 ? NONE : id);
    for (let id = 1; id <= 20_000; id++) index.remove(id);
    for (let id = 1; id <= 20_000; id++) expect(index.find(id)).toBe(NONE);
  });

  test("what is none is not found", () => {
    const index = new IdIndex();
    for (const id of [-1, 0, 1, Number.MAX_SAFE_INTEGER]) expect(index.find(id)).toBe(NONE);
    index.remove(5);
    index.set(5, 0);
    expect(index.find(5)).toBe(0);
  });

  test("a window that moves over many ids takes no more room than it needs", () => {
    const index = new IdIndex();
    const live = 1_000;
    for (let id = 1; id <= 100_000; id++) {
      index.set(id, id % live);
      if (id > live) index.remove(id - live);
    }
    expect(index.bytes).toBeLessThan(live * 12 * 8);
    expect(index.find(100_000)).toBe(0);
  });
});

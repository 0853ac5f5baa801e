import { isSynapError } from "@hivellm/synap-protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Page, type PageRequest, pageOfNames, readCursor, writeCursor } from "./pages.ts";
import { NameSet } from "./tables/name-set.ts";

function setOf(names: readonly string[]): NameSet {
  const set = new NameSet();
  for (const name of names) set.add(name);
  return set;
}

function page(set: NameSet, request: PageRequest, maxPageBytes = 100_000): Page<string> {
  const list = { command: "test.list", maxPageBytes, item: (_: number, name: string) => name };
  const found = pageOfNames(set.ordered, request, list);
  if (isSynapError(found)) throw found;
  return found;
}

/** All pages of a list, one after the other. */
function pages(set: NameSet, request: PageRequest, between: () => void = () => {}): string[][] {
  const all: string[][] = [];
  for (let cursor: string | undefined; ; ) {
    const { items, cursor: next, has_more } = page(set, { ...request, cursor });
    all.push(items);
    expect(has_more).toBe(next !== null);
    if (next === null) return all;
    cursor = next;
    between();
  }
}

const names = fc.uniqueArray(
  fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: "grapheme", minLength: 1 })),
  { maxLength: 60 },
);

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

describe("pages of names", () => {
  test("together they are all names with the prefix, in the order of their bytes", () => {
    fc.assert(
      fc.property(
        names,
        fc.string({ maxLength: 1 }),
        fc.integer({ min: 1, max: 20 }),
        (all, prefix, limit) => {
          const seen = pages(setOf(all), { prefix, limit });
          expect(seen.flat()).toEqual(all.filter((n) => n.startsWith(prefix)).sort(byBytes));
          for (const items of seen.slice(0, -1)) expect(items).toHaveLength(limit);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a last page that is full knows that it is the last", () => {
    expect(page(setOf(["a", "b"]), { limit: 2 })).toEqual({
      items: ["a", "b"],
      cursor: null,
      has_more: false,
    });
  });

  test("100 a page unless it is said", () => {
    const many = Array.from({ length: 101 }, (_, i) => `n${i}`);
    expect(pages(setOf(many), {}).map(({ length }) => length)).toEqual([100, 1]);
  });

  test("end behind the item that passes their size, and hold one at least", () => {
    const set = setOf(["a", "b".repeat(900), "c"]);
    expect(page(set, {}, 1)).toMatchObject({ items: ["a"], has_more: true });
    expect(page(set, {}, 1_000)).toMatchObject({ items: ["a", "b".repeat(900)], has_more: true });
    expect(page(set, {}, 2_000)).toMatchObject({ has_more: false });
  });

  test("go on behind the last name, whatever comes and goes meanwhile", () => {
    const set = setOf(["a", "b", "c", "d"]);
    let step = 0;
    const seen = pages(set, { limit: 2 }, () => {
      if (step++ > 0) return;
      set.delete("b");
      set.delete("c");
      set.add("aa");
      set.add("bb");
    });
    expect(seen).toEqual([
      ["a", "b"],
      ["bb", "d"],
    ]);
  });

  test("a cursor of another prefix does not show what is before this one", () => {
    const set = setOf(["a1", "b1", "b2", "c1"]);
    expect(page(set, { prefix: "b", cursor: writeCursor("a1") }).items).toEqual(["b1", "b2"]);
    expect(page(set, { prefix: "b", cursor: writeCursor("b1") }).items).toEqual(["b2"]);
    expect(page(set, { prefix: "b", cursor: writeCursor("c1") }).items).toEqual([]);
  });
});

describe("a cursor", () => {
  test("says the name that it was made of", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        const cursor = writeCursor(name);
        expect(cursor).toMatch(/^[A-Za-z0-9_.=-]+$/);
        expect(readCursor(cursor, "test.list")).toBe(name);
      }),
    );
  });

  test("that no page gave is refused and says which list", () => {
    for (const cursor of ["", "a", "k1", "k2.YQ==", "k1.%", "k1._w=="]) {
      const read = readCursor(cursor, "test.list");
      expect(read).toMatchObject({ code: "INVALID_REQUEST", details: { path: "cursor" } });
      expect(String(read)).toContain("test.list");
    }
  });

  test("of any text is a name or a refusal, never a crash", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = readCursor(`k1.${text}`, "test.list");
        expect(typeof read === "string" || isSynapError(read)).toBe(true);
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareUtf8 } from "../../test/kv-model.ts";
import type { Handle } from "./handle.ts";
import { NONE } from "./handle.ts";
import { OrderedIndex } from "./ordered-index.ts";

/** An index with the table that it asks for keys; handles are reused, the newest free one first. */
class Keys {
  readonly #keys: (string | undefined)[] = [];
  readonly #handles = new Map<string, Handle>();
  readonly #free: Handle[] = [];
  readonly index = new OrderedIndex((handle) => this.#keys[handle] as string);

  add(key: string): void {
    if (this.#handles.has(key)) return;
    const handle = this.#free.pop() ?? this.#keys.length;
    this.#keys[handle] = key;
    this.#handles.set(key, handle);
    this.index.add(key, handle);
  }

  remove(key: string): void {
    const handle = this.#handles.get(key);
    if (handle === undefined) return;
    this.index.remove(key);
    this.#handles.delete(key);
    this.#keys[handle] = undefined;
    this.#free.push(handle);
  }

  get sorted(): string[] {
    const keys = [...this.#handles.keys()].map((key) => ({ key, bytes: Buffer.from(key) }));
    return keys.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ key }) => key);
  }

  keyOf(handle: Handle): string | undefined {
    return this.#keys[handle];
  }

  walked(start = "", exclusive = false, max = Number.POSITIVE_INFINITY): string[] {
    const keys: string[] = [];
    this.index.walk(start, exclusive, (handle, key) => {
      keys.push(this.#handles.get(key) === handle ? key : `${key} under a wrong handle`);
      return keys.length < max;
    });
    return keys;
  }
}

const texts = fc.oneof(
  fc.integer({ min: 0, max: 2_000 }).map((n) => `k${n}`),
  fc
    .array(fc.constantFrom("a", "\u{d7ff}", "\u{e000}", "\u{ffff}", "😀"), {
      minLength: 1,
      maxLength: 3,
    })
    .map((parts) => parts.join("")),
);

describe("an ordered index", { timeout: 30_000 }, () => {
  test("O1, O2: whatever is added and removed, a walk sees what a sorted array has", () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 60, arbitrary: fc.record({ does: fc.constant("add"), key: texts }) },
        { weight: 30, arbitrary: fc.record({ does: fc.constant("remove"), key: texts }) },
        { weight: 1, arbitrary: fc.record({ does: fc.constant("walk"), key: texts }) },
        { weight: 1, arbitrary: fc.record({ does: fc.constant("walk behind"), key: texts }) },
      ),
      { maxLength: 1_200, size: "max" },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const keys = new Keys();
        for (const { does, key } of all) {
          if (does === "add") keys.add(key);
          else if (does === "remove") keys.remove(key);
          else {
            const behind = does === "walk behind";
            const wanted = keys.sorted.filter((other) => {
              const order = compareUtf8(other, key);
              return behind ? order > 0 : order >= 0;
            });
            expect(keys.walked(key, behind)).toEqual(wanted);
          }
        }
        expect(keys.walked()).toEqual(keys.sorted);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ["ascending", (i: number) => i],
    ["descending", (i: number) => 5_000 - i],
    ["shuffled", (i: number) => (i * 2_741) % 5_003],
  ])("O2: 5 000 keys that come %s, in batches and chunks of their own", (_, at) => {
    const keys = new Keys();
    for (let i = 0; i < 5_000; i++) keys.add(`k${String(at(i)).padStart(5, "0")}`);
    expect(keys.walked()).toEqual(keys.sorted);
    expect(keys.walked()).toHaveLength(5_000);
    for (const key of keys.sorted.filter((_, i) => i % 3 !== 0)) keys.remove(key);
    expect(keys.walked()).toEqual(keys.sorted);
    for (const key of keys.sorted) keys.remove(key);
    expect(keys.walked()).toEqual([]);
    keys.add("after all");
    expect(keys.walked()).toEqual(["after all"]);
  });

  test("O1: a key that is removed before its batch has entered is gone, also if its handle serves another", () => {
    const keys = new Keys();
    keys.add("first");
    keys.add("second");
    keys.remove("first");
    keys.add("third");
    keys.remove("second");
    keys.add("first");
    expect(keys.walked()).toEqual(["first", "third"]);
  });

  test("O1: removing a key that is not there changes nothing", () => {
    const keys = new Keys();
    for (const key of ["a", "c"]) keys.add(key);
    expect(keys.walked()).toEqual(["a", "c"]);
    for (const key of ["", "b", "d"]) keys.index.remove(key);
    expect(keys.walked()).toEqual(["a", "c"]);
  });

  test("a walk stops where its visitor says, and starts at, behind and between keys", () => {
    const keys = new Keys();
    for (let i = 0; i < 1_000; i++) keys.add(`k${String(i).padStart(3, "0")}`);
    expect(keys.walked("k500", false, 2)).toEqual(["k500", "k501"]);
    expect(keys.walked("k500", true, 2)).toEqual(["k501", "k502"]);
    expect(keys.walked("k5005", true, 1)).toEqual(["k501"]);
    expect(keys.walked("k999", true)).toEqual([]);
    expect(keys.walked("l")).toEqual([]);
    expect(keys.walked("", true, 1)).toEqual(["k000"]);
  });

  test("samples are live handles of every part, NONE where there is none", () => {
    const keys = new Keys();
    expect(keys.index.sample(() => 0.5)).toBe(NONE);
    for (let i = 0; i < 2_000; i++) keys.add(`k${i}`);
    for (let i = 0; i < 2_000; i += 2) keys.remove(`k${i}`);
    keys.walked();
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const seen = new Set<string | undefined>();
    for (let i = 0; i < 20_000; i++) seen.add(keys.keyOf(keys.index.sample(random)));
    expect(seen.has(undefined)).toBe(false);
    expect(seen.size).toBeGreaterThan(950);
  });

  test("a sample of keys that have only gathered finds one", () => {
    const keys = new Keys();
    keys.add("only");
    expect(keys.keyOf(keys.index.sample(() => 0.99))).toBe("only");
  });
});

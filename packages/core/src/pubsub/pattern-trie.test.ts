import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { naiveMatch } from "../../test/pubsub-lab.ts";
import { PatternTrie } from "./pattern-trie.ts";

const segments = fc.constantFrom("a", "b", "c", "é", "constructor");
const topics = fc.array(segments, { minLength: 1, maxLength: 6 }).map((parts) => parts.join("."));
const patterns = fc
  .array(fc.oneof({ weight: 2, arbitrary: segments }, fc.constantFrom("*", "#")), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join("."));

const steps = fc.array(
  fc.oneof(
    fc.record({ does: fc.constant("add"), text: patterns, value: fc.nat(3) }),
    fc.record({ does: fc.constant("remove"), text: patterns, value: fc.nat(3) }),
    fc.record({ does: fc.constant("remove any"), text: patterns, value: fc.nat(1_000) }),
    {
      weight: 3,
      arbitrary: fc.record({ does: fc.constant("match"), text: topics, value: fc.constant(0) }),
    },
  ),
  { maxLength: 200, size: "max" },
);

/** The naive trie: a list of pairs. */
class Pairs {
  #pairs: { pattern: string; value: number }[] = [];

  add(pattern: string, value: number): boolean {
    if (this.#find(pattern, value) !== undefined) return false;
    this.#pairs.push({ pattern, value });
    return true;
  }

  remove(pattern: string, value: number): boolean {
    const pair = this.#find(pattern, value);
    this.#pairs = this.#pairs.filter((other) => other !== pair);
    return pair !== undefined;
  }

  match(topic: string): number[] {
    const found = this.#pairs.filter(({ pattern }) => naiveMatch(pattern, topic));
    return [...new Set(found.map(({ value }) => value))].sort();
  }

  at(i: number): { pattern: string; value: number } | undefined {
    return this.#pairs[i % this.#pairs.length];
  }

  get all(): readonly { pattern: string; value: number }[] {
    return this.#pairs;
  }

  #find(pattern: string, value: number): { pattern: string; value: number } | undefined {
    return this.#pairs.find((pair) => pair.pattern === pattern && pair.value === value);
  }
}

function check(all: readonly { does: string; text: string; value: number }[], cache: number): void {
  const trie = new PatternTrie<number>(cache);
  const pairs = new Pairs();
  for (const { does, text, value } of all) {
    if (does === "match")
      expect([...trie.match(text)].sort()).toEqual(pairs.match(text)); // T3
    else if (does === "add") expect(trie.add(text, value)).toBe(pairs.add(text, value));
    else {
      const pair = does === "remove" ? { pattern: text, value } : pairs.at(value);
      if (pair === undefined) continue;
      expect(trie.remove(pair.pattern, pair.value)).toBe(pairs.remove(pair.pattern, pair.value));
    }
    expect(trie.size).toBe(pairs.all.length);
  }
  for (const { pattern, value } of pairs.all) trie.remove(pattern, value);
  expect([trie.size, trie.parts]).toEqual([0, 0]); // T1
}

describe("a trie of patterns", { timeout: 30_000 }, () => {
  test.each([[0], [2], [6], [1_000]])(
    "T1, T3: with a cache of %d topics it finds what a naive matcher finds",
    (cache) => {
      fc.assert(
        fc.property(steps, (all) => check(all, cache)),
        { numRuns: 300 },
      );
    },
  );

  test("T1: a pattern leaves no node behind, and takes along no node that others need", () => {
    const trie = new PatternTrie<string>();
    for (const pattern of ["a.*.c", "a.*", "a.*.c.#", "#", "a.b"]) trie.add(pattern, pattern);
    const full = trie.parts;
    trie.add("a.*.c.d.#.e", "x");
    expect(trie.parts).toBeGreaterThan(full);
    trie.remove("a.*.c.d.#.e", "x");
    expect(trie.parts).toBe(full);
    trie.remove("a.*.c", "a.*.c");
    expect([...trie.match("a.b.c.d")].sort()).toEqual(["#", "a.*.c.#"]);
  });

  test("T2: patterns without wildcards are one look each", () => {
    const trie = new PatternTrie<string>();
    for (let i = 0; i < 100; i++) trie.add(`a.b.c.d.${i}`, "x");
    expect(trie.parts).toBe(100);
    expect(trie.match("a.b.c.d.7")).toEqual(["x"]);
    expect(trie.match("a.b.c.d")).toEqual([]);
  });

  test("T3: a value that several matching patterns have comes once", () => {
    const trie = new PatternTrie<string>();
    for (const pattern of ["a.b", "a.*", "#", "#.b", "*.#.b"]) trie.add(pattern, "jobs");
    trie.add("a.*", "mail");
    expect([...trie.match("a.b")].sort()).toEqual(["jobs", "mail"]);
  });

  test("T3: an answer does not change when the patterns do", () => {
    const trie = new PatternTrie<string>();
    trie.add("a.*", "x");
    const before = trie.match("a.b");
    trie.add("a.*", "y");
    trie.add("a.b", "z");
    expect(before).toEqual(["x"]);
    expect([...trie.match("a.b")].sort()).toEqual(["x", "y", "z"]);
  });

  test("answers a topic from the cache until a pattern that matches it changes", () => {
    const trie = new PatternTrie<string>();
    trie.add("a.*", "x");
    const before = trie.match("a.b");
    for (const pattern of ["b.*", "a.c", "a.b.c.*", "b"]) trie.add(pattern, "y");
    trie.remove("a.b.c.*", "y");
    expect(trie.match("a.b")).toBe(before);
    trie.add("#.b", "z");
    expect(trie.match("a.b")).not.toBe(before);
  });

  test("keeps no long answers: they are found anew", () => {
    const trie = new PatternTrie<number>();
    for (let i = 0; i < 64; i++) trie.add("a.*", i);
    expect(trie.match("a.b")).toBe(trie.match("a.b"));
    trie.add("#", 64);
    expect(trie.match("a.b")).not.toBe(trie.match("a.b"));
    expect(trie.match("a.b")).toHaveLength(65);
  });

  test("does not go back: what doubles the ways at each segment is still one set of nodes", () => {
    const trie = new PatternTrie<string>();
    const deep = Array(60).fill("#.*").join(".");
    trie.add(deep, "x");
    trie.add(`${deep}.b`, "y");
    const topic = Array(200).fill("a").join(".");
    expect(trie.match(topic)).toEqual(["x"]);
    expect([...trie.match(`${topic}.b`)].sort()).toEqual(["x", "y"]);
  });
});

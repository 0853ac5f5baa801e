import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TopicCache } from "./topic-cache.ts";

const segments = fc.constantFrom("a", "b", "c");
const topics = fc.array(segments, { minLength: 1, maxLength: 20 }).map((parts) => parts.join("."));
const prefixes = fc.array(segments, { maxLength: 15 });

describe("a cache of topics", { timeout: 30_000 }, () => {
  test.each([0, 1, 2, 3, 10, 101])("K1: of %d topics holds no more of them", (max) => {
    const cache = new TopicCache<number>(max);
    for (let i = 0; i < 500; i++) {
      cache.put(`t.${i}`, i);
      if (i % 3 === 0) cache.get(`t.${Math.floor(i / 2)}`);
      expect(cache.size).toBeLessThanOrEqual(max);
    }
    expect(cache.get("t.499")).toBe(max < 2 ? undefined : 499);
  });

  test("keeps what is asked for, whatever else passes through", () => {
    const cache = new TopicCache<string>(100);
    cache.put("hot", "kept");
    cache.put("cold", "gone");
    for (let i = 0; i < 1_000; i++) {
      cache.put(`passing.${i}`, "x");
      expect(cache.get("hot")).toBe("kept");
    }
    expect(cache.get("cold")).toBeUndefined();
  });

  test("K2: what was found under a prefix is forgotten when a pattern with that prefix changes", () => {
    fc.assert(
      fc.property(topics, prefixes, (topic, prefix) => {
        const cache = new TopicCache<string>(10);
        cache.put(topic, "found");
        expect(cache.get(topic)).toBe("found");
        cache.prefixChanged(prefix);
        const isUnder = `${topic}.`.startsWith(prefix.map((segment) => `${segment}.`).join(""));
        if (isUnder) expect(cache.get(topic)).toBeUndefined();
        cache.put(topic, "found anew");
        expect(cache.get(topic)).toBe("found anew");
      }),
      { numRuns: 1_000 },
    );
  });

  test("K2: also what has moved on to a new generation since", () => {
    const cache = new TopicCache<string>(4);
    cache.put("a.b", "found");
    cache.put("x", "1");
    cache.put("y", "2");
    expect(cache.get("a.b")).toBe("found"); // from the old generation into the young one
    cache.prefixChanged(["a"]);
    expect(cache.get("a.b")).toBeUndefined();
  });

  test("what other prefixes have found stays", () => {
    const cache = new TopicCache<string>(1_000);
    for (let i = 0; i < 100; i++) cache.put(`${i}.a.b`, "found");
    cache.prefixChanged(["7"]);
    cache.prefixChanged(["8", "a"]);
    cache.prefixChanged(["9", "a", "b", "c"]);
    const left = Array.from({ length: 100 }, (_, i) => i).filter(
      (i) => cache.get(`${i}.a.b`) !== undefined,
    );
    expect(left).not.toContain(7);
    expect(left).not.toContain(8);
    expect(left.length).toBeGreaterThan(90); // a few may share a slot
  });

  test("what is found anew takes no other topic's place", () => {
    const cache = new TopicCache<string>(2);
    for (const topic of ["a", "b", "b"]) cache.put(topic, "found");
    expect(cache.get("a")).toBe("found");
  });

  test("what short topics have found outlives any number of changes under longer prefixes", () => {
    const cache = new TopicCache<string>(100);
    cache.put("orders", "found");
    for (let i = 0; i < 20_000; i++) cache.prefixChanged(["session", String(i)]);
    expect(cache.get("orders")).toBe("found");
  });

  test("K2: a topic is forgotten in both generations when it becomes a pattern itself", () => {
    const cache = new TopicCache<string>(4);
    for (const topic of ["a", "b", "c"]) cache.put(topic, topic);
    cache.get("a");
    for (const topic of ["a", "c"]) cache.topicChanged(topic);
    expect(["a", "b", "c"].map((topic) => cache.get(topic))).toEqual([undefined, "b", undefined]);
  });
});

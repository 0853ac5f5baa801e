import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_NAME_BYTES, MAX_PATTERN_HASHES, MAX_PATTERN_SEGMENTS } from "./limits.ts";
import { isName, isPattern, isTopic, matchesPattern } from "./pattern.ts";

/** Whether a pattern matches, as one would say it first. */
function naiveMatch(parts: readonly string[], segments: readonly string[]): boolean {
  const [part, ...others] = parts;
  const [segment, ...rest] = segments;
  if (part === undefined) return segment === undefined;
  if (part === "#") {
    return naiveMatch(others, segments) || (segment !== undefined && naiveMatch(parts, rest));
  }
  return segment !== undefined && (part === "*" || part === segment) && naiveMatch(others, rest);
}

const segment = fc.constantFrom("a", "b", "c", "é", "😀", "constructor", "");
const literal = segment.filter((text) => text !== "");
const topics = fc.array(literal, { minLength: 1, maxLength: 7 }).map((parts) => parts.join("."));
const patterns = fc
  .array(fc.oneof({ weight: 3, arbitrary: literal }, fc.constantFrom("*", "#")), {
    minLength: 1,
    maxLength: 7,
  })
  .map((parts) => parts.join("."));

const as = (count: number): string => Array(count).fill("a").join(".");

describe("a name", () => {
  test.each([
    ["a"],
    ["orders.eu"],
    ["*"],
    [".."],
    [" "],
    ["{tag}"],
    ["\u{a0}\u{2028}"],
    ["x".repeat(MAX_NAME_BYTES)],
    ["😀".repeat(MAX_NAME_BYTES / 4)],
  ])("%j is one", (text) => {
    expect(isName(text)).toBe(true);
  });

  test.each([
    [""],
    ["a\n"],
    ["\u{0}"],
    ["\u{7f}"],
    ["\u{9f}"],
    ["\ud800"],
    ["a\udc00b"],
    ["x".repeat(MAX_NAME_BYTES + 1)],
    [`${"😀".repeat(MAX_NAME_BYTES / 4)}x`],
    ["é".repeat(MAX_NAME_BYTES / 2 + 1)],
  ])("%j is none", (text) => {
    expect(isName(text)).toBe(false);
  });

  test("takes at most so many bytes of UTF-8, whatever the characters", () => {
    const texts = fc.string({ unit: "grapheme-composite", minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(texts, (text) => {
        expect(isName(text)).toBe(Buffer.byteLength(text) <= MAX_NAME_BYTES);
      }),
    );
  });
});

describe("a topic", () => {
  test.each([["a"], ["a.b"], ["a b.c"], ["😀.é"], [as(256)]])("%j is one", (text) => {
    expect(isTopic(text)).toBe(true);
  });

  test.each([["*"], ["a.#"], ["a*"], ["a.b#c"], ["."], ["a."], [".a"], ["a..b"], [""], ["a.\t"]])(
    "%j is none",
    (text) => {
      expect(isTopic(text)).toBe(false);
    },
  );
});

describe("a pattern", { timeout: 30_000 }, () => {
  test("every topic is one", () => {
    expect(isPattern(as(256))).toBe(true);
    fc.assert(fc.property(topics, isPattern));
  });

  test.each([["*"], ["#"], ["a.*"], ["#.a.#"], ["*.*"], ["#.#.#"], [`${as(15)}.*`]])(
    "%j is one",
    (text) => {
      expect(isPattern(text)).toBe(true);
    },
  );

  test.each([
    ...[["a*"], ["*a"], ["**"], ["##"], ["#*"], ["a.b#"], ["a.*b.c"], ["😀*"]],
    ...[["*."], [".#"], ["a..#"], [""], ["*.\n"], ["#.\ud800"]],
  ])("%j is none", (text) => {
    expect(isPattern(text)).toBe(false);
  });

  test("with wildcards has a bounded number of segments, and of #", () => {
    expect(isPattern(`${as(MAX_PATTERN_SEGMENTS - 1)}.*`)).toBe(true);
    expect(isPattern(`${as(MAX_PATTERN_SEGMENTS)}.*`)).toBe(false);
    const hashes = (count: number): string => Array(count).fill("#").join(".a.");
    expect(isPattern(hashes(MAX_PATTERN_HASHES))).toBe(true);
    expect(isPattern(hashes(MAX_PATTERN_HASHES + 1))).toBe(false);
  });

  test("every topic is a pattern, and every pattern a name, whatever the text", () => {
    const texts = fc.string({ unit: "binary", maxLength: 20 });
    fc.assert(
      fc.property(
        fc.oneof(texts, patterns),
        (text) => (!isTopic(text) || isPattern(text)) && (!isPattern(text) || isName(text)),
      ),
    );
  });
});

describe("matching", { timeout: 30_000 }, () => {
  test.each([
    ["a.b", "a.b"],
    ["*", "a"],
    ["#", "a"],
    ["#", "a.b.c"],
    ["a.#", "a"],
    ["a.#", "a.b.c"],
    ["#.a", "a"],
    ["#.c", "a.b.c"],
    ["a.*.c", "a.b.c"],
    ["orders.*.#", "orders.eu"],
    ["#.#.#", "a"],
    ["*.#.*", "a.b"],
    ["#.a.#.b.#", "x.a.y.b.z"],
  ])("%s matches %s", (pattern, topic) => {
    expect(matchesPattern(pattern, topic)).toBe(true);
  });

  test.each([
    ["a.b", "a"],
    ["a", "a.b"],
    ["a", "A"],
    ["*", "a.b"],
    ["a.*", "a"],
    ["a.*.c", "a.c"],
    ["a.#.c", "a.b"],
    ["*.#.*", "a"],
    ["#.a.#.a.#", "x.a.y"],
    ["a.#", "ab"],
  ])("%s does not match %s", (pattern, topic) => {
    expect(matchesPattern(pattern, topic)).toBe(false);
  });

  test("finds what a naive matcher finds", () => {
    fc.assert(
      fc.property(patterns, topics, (pattern, topic) => {
        const wanted = naiveMatch(pattern.split("."), topic.split("."));
        expect(matchesPattern(pattern, topic)).toBe(wanted);
      }),
      { numRuns: 5_000 },
    );
  });

  test("does not go back: what would take a naive matcher for ever takes segments times segments", () => {
    const pattern = Array(60).fill("#.a").join(".");
    expect(matchesPattern(pattern, as(200))).toBe(true);
    expect(matchesPattern(`${pattern}.b`, as(200))).toBe(false);
  });
});

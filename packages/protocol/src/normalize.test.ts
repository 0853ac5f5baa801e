import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainValues } from "../test/values.ts";
import { checkJson, normalize } from "./normalize.ts";

function nested(levels: number, inner: unknown): unknown {
  let value = inner;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

describe("normalising", () => {
  test("keeps plain data as it is, and changes nothing the second time", () => {
    fc.assert(
      fc.property(plainValues, (value) => {
        const normal = normalize(value);
        expect(normal).toEqual(value);
        expect(normalize(normal)).toEqual(normal);
      }),
      { numRuns: 500 },
    );
  });

  test("does not change what it was given", () => {
    const given = { a: [undefined, { b: undefined, c: new Date(0) }] };
    normalize(given);
    expect(given.a[0]).toBeUndefined();
    expect(given.a[1]).toHaveProperty("b");
  });

  test.each<[what: string, given: unknown, normal: unknown]>([
    ["undefined members are dropped", { a: undefined, b: 1 }, { b: 1 }],
    ["undefined in arrays is null", [undefined, 1], [null, 1]],
    ["symbols go as undefined does", { a: Symbol("s"), b: [Symbol("s")] }, { b: [null] }],
    ["toJSON is honoured", { at: new Date(0) }, { at: "1970-01-01T00:00:00.000Z" }],
    ["an invalid date is null, as in JSON", [new Date(Number.NaN)], [null]],
    ["toJSON gets its key", { k: { toJSON: (key: string) => `key ${key}` } }, { k: "key k" }],
    ["toJSON gets its index", [{ toJSON: (key: string) => key }], ["0"]],
    ["toJSON may give undefined", { a: { toJSON: () => undefined }, b: 1 }, { b: 1 }],
    ["toJSON may give bytes", { toJSON: () => new Uint8Array([1]) }, new Uint8Array([1])],
    ["a member named toJSON is data", { toJSON: "x", a: 1 }, { toJSON: "x", a: 1 }],
    ["boxed values are what they box", [Object(1), Object("a"), Object(false)], [1, "a", false]],
    [
      "instances are their own members",
      new (class {
        a = 1;
        #b = 2;
        get c() {
          return this.#b;
        }
      })(),
      { a: 1 },
    ],
    [
      "inherited members are left out",
      Object.create({ a: 1 }, { b: { value: 2, enumerable: true } }),
      { b: 2 },
    ],
    ["objects without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ["symbol keys are left out", { [Symbol("s")]: 1, a: 1 }, { a: 1 }],
    ["a hole in an array is null", Object.assign(new Array(2), { 1: 1 }), [null, 1]],
    ["views are bytes", new Uint16Array([0x0201]), new Uint8Array([1, 2])],
    ["buffers are bytes", new Uint8Array([1, 2]).buffer, new Uint8Array([1, 2])],
    ["a shared value is written twice, not refused", [[1], [1]], [[1], [1]]],
  ])("%s", (_, given, normal) => {
    const bytes = (value: unknown): unknown => (value instanceof Uint8Array ? [...value] : value);
    expect(JSON.stringify(bytes(normalize(given)))).toBe(JSON.stringify(bytes(normal)));
  });

  test("negative zero is zero, in every format", () => {
    const [plain, deep] = normalize([-0, { a: -0 }]) as [number, { a: number }];
    expect([Object.is(plain, 0), Object.is(deep.a, 0)]).toEqual([true, true]);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const endless = { toJSON: (): unknown => endless };

  test.each<[what: string, given: unknown, path: string]>([
    ["NaN", Number.NaN, "value"],
    ["Infinity", { a: Number.POSITIVE_INFINITY }, "value.a"],
    ["-Infinity", [1, Number.NEGATIVE_INFINITY], "value[1]"],
    ["2^53", { a: [2 ** 53] }, "value.a[0]"],
    ["-2^53", -(2 ** 53), "value"],
    ["1e300", 1e300, "value"],
    ["a bigint", [{ n: 1n }], "value[0].n"],
    ["a function", { f: () => 1 }, "value.f"],
    ["a class", [class {}], "value[0]"],
    ["a Map", { m: new Map() }, "value.m"],
    ["a Set", new Set([1]), "value"],
    ["a lone surrogate", ["a", "\ud800b"], "value[1]"],
    ["surrogates the wrong way round", "\udc00\ud800", "value"],
    ["a lone surrogate in a key", { a: { "\udfff": 1 } }, "value.a"],
    ["the key __proto__", JSON.parse('{"a":{"__proto__":1}}'), "value.a"],
    ["65 levels", nested(65, 1), ""],
    ["a cycle", cyclic, `value${".self".repeat(64)}`],
    ["a toJSON without end", endless, "value"],
    ["NaN out of toJSON", { a: { toJSON: () => Number.NaN } }, "value.a"],
  ])("refuses %s with its path", (_, given, path) => {
    expect(() => normalize(given)).toThrow(
      expect.objectContaining({
        code: "INVALID_REQUEST",
        details: expect.objectContaining({
          path: path === "" ? expect.stringMatching(/^value(\[0\]|\.a){64}$/) : path,
        }),
      }),
    );
  });

  test("takes 64 levels", () => {
    expect(normalize(nested(64, 1))).toEqual(nested(64, 1));
  });

  test("names the path that it was given", () => {
    expect(() => normalize([Number.NaN], "entries[3].value")).toThrow(
      /^entries\[3\]\.value\[0\] is NaN, which cannot travel in every format\.$/,
    );
  });
});

describe("checking what JSON.parse returned", () => {
  test("agrees with normalising", () => {
    const strange = fc.oneof(
      fc.constantFrom<unknown>(Number.NaN, 2 ** 53, "\ud800", { "\udfff": 1 }, nested(65, 1)),
      plainValues.filter((value) => !JSON.stringify(value)?.includes('"0":')),
    );
    fc.assert(
      fc.property(fc.array(strange, { maxLength: 3 }), (given) => {
        expect(faultOf(() => checkJson(given, "value"))).toEqual(faultOf(() => normalize(given)));
      }),
      { numRuns: 500 },
    );
  });
});

function faultOf(run: () => unknown): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return (error as { details: unknown }).details;
  }
}

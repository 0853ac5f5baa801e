import fc from "fast-check";
import type { Value } from "../src/index.ts";

const names = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
  fc.constantFrom("$bytes", "$$bytes", "$$$bytes", "bytes", "$", "toJSON", "constructor", "0", ""),
);

const numbers = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(
    0,
    127,
    128,
    255,
    256,
    -32,
    -33,
    65_535,
    65_536,
    2 ** 31,
    2 ** 32,
    -(2 ** 31) - 1,
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => {
    const travels = !Number.isInteger(number) || Number.isSafeInteger(number);
    return travels ? number + 0 : 0.5;
  }),
);

const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("😀", "\u{feff}bom", "line\nbreak\u2028", '{"$bytes":"AA=="}', "\u0000"),
  fc.constantFrom(30, 31, 32, 255, 256, 65_535, 65_536).map((length) => "é".repeat(length)),
);

const bytes = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constant(new Uint8Array(300).fill(7)));

/** Any value that Synap keeps, with everything in it that a format could stumble over. */
export const plainValues: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small", withCrossShrink: true },
    fc.constantFrom<Value>(null, true, false),
    numbers,
    texts,
    bytes,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(
      names.filter((name) => name !== "__proto__"),
      tie("value"),
      { maxKeys: 4, noNullPrototype: true },
    ),
    names
      .filter((name) => name.endsWith("bytes"))
      .chain((name) => tie("value").map((value) => ({ [name]: value }))),
  ),
})).value;

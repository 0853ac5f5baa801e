import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainValues } from "../../test/values.ts";
import { isSynapError } from "../errors.ts";
import { normalize } from "../normalize.ts";
import { packMsgpack, unpackMsgpack } from "./pack.ts";
import { readMsgpack } from "./reader.ts";
import { scanMsgpack } from "./scan.ts";
import { writeMsgpack } from "./writer.ts";

/** Whether the scan takes these bytes; what it refuses is INVALID_REQUEST and nothing else. */
function isTaken(bytes: Uint8Array): boolean {
  try {
    scanMsgpack(bytes);
    return true;
  } catch (error) {
    expect(isSynapError(error) && error.code).toBe("INVALID_REQUEST");
    return false;
  }
}

/** What the scan has taken decodes alike on both decoders, and can be written and read again. */
function checkTaken(bytes: Uint8Array): void {
  const read = unpackMsgpack(bytes);
  expect(readMsgpack(bytes)).toEqual(read);
  const normal = normalize(read);
  for (const write of [packMsgpack, writeMsgpack]) {
    const again = new Uint8Array(write(normal)); // no Buffer: its views would be Buffers too
    scanMsgpack(again);
    expect(unpackMsgpack(again)).toEqual(normal);
  }
  expect(JSON.parse(JSON.stringify(normal))).toBeDefined();
}

const heads = fc.oneof(fc.integer({ min: 0xc0, max: 0xdf }), fc.nat(255), fc.nat(8));

/** Valid bytes with some of them changed, left out, doubled or cut off. */
const mutated = fc
  .record({
    value: plainValues,
    changes: fc.array(
      fc.record({
        how: fc.constantFrom("set", "drop", "double", "cut"),
        at: fc.nat(),
        byte: heads,
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ value, changes }) => {
    const bytes = [...packMsgpack(normalize(value))];
    for (const { how, at, byte } of changes) {
      const i = bytes.length === 0 ? 0 : at % bytes.length;
      if (how === "set") bytes[i] = byte;
      else if (how === "drop") bytes.splice(i, 1);
      else if (how === "double") bytes.splice(i, 0, byte);
      else bytes.length = i;
    }
    return new Uint8Array(bytes);
  });

describe("fuzz: either the scan refuses bytes, or every decoder reads them", () => {
  test.each([
    ["random bytes", fc.uint8Array({ maxLength: 64 }), 3_000, 5],
    [
      "bytes that are mostly heads",
      fc.array(heads, { maxLength: 40 }).map((b) => new Uint8Array(b)),
      3_000,
      5,
    ],
    ["valid bytes, mutated", mutated, 2_000, 60],
  ] as const)("%s", (_, arbitrary, numRuns, atLeast) => {
    let taken = 0;
    fc.assert(
      fc.property(arbitrary, (bytes) => {
        if (!isTaken(bytes)) {
          expect(() => unpackMsgpack(bytes)).toThrow();
          return;
        }
        taken++;
        checkTaken(bytes);
      }),
      { numRuns },
    );
    expect(taken).toBeGreaterThan(atLeast);
  });

  test("valid bytes are all taken", () => {
    fc.assert(
      fc.property(plainValues, (value) => {
        const bytes = new Uint8Array(packMsgpack(normalize(value)));
        expect(isTaken(bytes)).toBe(true);
        checkTaken(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bodyLength, type EventBody, readBody, writeBody } from "./event-body.ts";

function atRest(body: EventBody): Uint8Array {
  const bytes = new Uint8Array(bodyLength(body));
  writeBody(body, bytes);
  return bytes;
}

const texts = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.constantFrom("", "a".repeat(127), "a".repeat(128), "é".repeat(8_192), "__proto__", "😀"),
);
const bodies: fc.Arbitrary<EventBody> = fc.record({
  eventType: texts,
  metadata: fc.option(fc.dictionary(texts, texts, { maxKeys: 5 }), { nil: null }),
  data: fc.uint8Array({ maxLength: 300 }),
});

describe("an event's body", () => {
  test("comes back as it was, in exactly the bytes that were announced", () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const back = readBody(atRest(body));
        expect({ ...back, metadata: Object.entries(back.metadata ?? {}) }).toEqual({
          ...body,
          metadata: Object.entries(body.metadata ?? {}),
        });
        expect(back.metadata === null).toBe(body.metadata === null);
      }),
      { numRuns: 300 },
    );
  });

  test("tells metadata without members from none", () => {
    const data = new Uint8Array([0]);
    expect(readBody(atRest({ eventType: "a", metadata: {}, data })).metadata).toEqual({});
    expect(readBody(atRest({ eventType: "a", metadata: null, data })).metadata).toBeNull();
  });

  test("takes two bytes beside a short type and the data", () => {
    expect(bodyLength({ eventType: "tick", metadata: null, data: new Uint8Array(9) })).toBe(15);
  });

  test("gives the data as a view, without a copy", () => {
    const bytes = atRest({ eventType: "tick", metadata: null, data: new Uint8Array([2, 49]) });
    const { data } = readBody(bytes);
    expect(data.buffer).toBe(bytes.buffer);
    expect([...data]).toEqual([2, 49]);
  });
});

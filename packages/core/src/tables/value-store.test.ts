import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ValueStore } from "./value-store.ts";

const PAGE = 64 * 1024;
const LARGEST_SLOT = PAGE / 4;

function filled(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

const lengths = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(9_000, 12_000, 14_000) }, // a few to a page
  fc.integer({ min: 0, max: 600 }),
  fc.constantFrom(15, 16, 17, 511, 512, 513, LARGEST_SLOT - 1, LARGEST_SLOT, LARGEST_SLOT + 1),
  fc.integer({ min: 0, max: 100_000 }),
);

describe("a value store", () => {
  test("V1, V3: whatever is put and freed, every live value is what it was and is counted once", () => {
    const steps = fc.array(
      fc.record({ length: lengths, byte: fc.nat(255), frees: fc.boolean(), which: fc.nat() }),
      { maxLength: 400 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const store = new ValueStore();
        const live = new Map<number, Uint8Array>();
        let bytes = 0;
        for (const { length, byte, frees, which } of all) {
          if (frees && live.size > 0) {
            const location = [...live.keys()][which % live.size] as number;
            const value = live.get(location) as Uint8Array;
            store.free(location, value.length);
            live.delete(location);
            bytes -= ValueStore.sizeOf(value.length);
          } else {
            const value = filled(length, byte);
            const location = store.put(value);
            expect(live.has(location)).toBe(false); // V1
            live.set(location, value);
            bytes += ValueStore.sizeOf(length);
          }
          expect(store.bytes).toBe(bytes); // V3
        }
        for (const [location, value] of live) {
          expect(Buffer.compare(store.view(location, value.length), value)).toBe(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("V1: slots of one page do not overlap", () => {
    const store = new ValueStore();
    const locations = Array.from({ length: 10_000 }, (_, i) => store.put(filled(17, i % 251)));
    expect(new Set(locations).size).toBe(locations.length);
    for (const [i, location] of locations.entries()) {
      expect([...store.view(location, 17)]).toEqual(Array(17).fill(i % 251));
    }
  });

  test("V1: pages of every slot size are filled to their end and not beyond it", () => {
    for (let length = 16; length <= LARGEST_SLOT; length += Math.ceil(length / 9)) {
      const store = new ValueStore();
      const count = Math.ceil((PAGE / length) * 2) + 2;
      const locations = Array.from({ length: count }, (_, i) => store.put(filled(length, i % 251)));
      const whole = locations.filter((location, i) => {
        const view = store.view(location, length);
        return view.length === length && view[0] === i % 251 && view[length - 1] === i % 251;
      });
      expect(whole).toHaveLength(count);
    }
  });

  test("V1: a freed slot serves the next value of its size", () => {
    const store = new ValueStore();
    const kept = store.put(filled(100, 1));
    const freed = store.put(filled(100, 2));
    store.free(freed, 100);
    expect(store.put(filled(99, 3))).toBe(freed);
    expect([...store.view(kept, 100)]).toEqual(Array(100).fill(1));
  });

  test("V2: an empty page serves values of any size again", () => {
    const store = new ValueStore();
    const pagesOf = (locations: number[]) => new Set(locations.map((l) => Math.floor(l / PAGE)));
    const small = Array.from({ length: 8 * (PAGE / 16) }, () => store.put(filled(16, 1)));
    expect(pagesOf(small).size).toBe(8);
    for (const location of small) store.free(location, 16);
    expect(store.bytes).toBe(0);
    const large = Array.from({ length: 8 * 4 }, () => store.put(filled(LARGEST_SLOT, 2)));
    expect(pagesOf(large)).toEqual(pagesOf(small));
  });

  test("V2: a page in which something lives stays with its size", () => {
    const store = new ValueStore();
    const small = Array.from({ length: PAGE / 16 }, () => store.put(filled(16, 7)));
    for (const location of small.slice(1)) store.free(location, 16);
    const other = store.put(filled(1_000, 8));
    expect(Math.floor(other / PAGE)).not.toBe(Math.floor((small[0] as number) / PAGE));
    expect([...store.view(small[0] as number, 16)]).toEqual(Array(16).fill(7));
  });

  test.each([20, LARGEST_SLOT + 1])("%i bytes of a Buffer are copied too", (length) => {
    const store = new ValueStore();
    const frame = Buffer.alloc(length + 100, 1);
    const location = store.put(frame.subarray(50, 50 + length));
    frame.fill(2);
    const view = store.view(location, length);
    expect(view.every((byte) => byte === 1)).toBe(true);
    expect(view.buffer).not.toBe(frame.buffer);
  });

  test("V3: a value beyond the slots is counted by its length and gone when freed", () => {
    const store = new ValueStore();
    const location = store.put(filled(LARGEST_SLOT + 1, 9));
    expect(store.bytes).toBe(LARGEST_SLOT + 1);
    expect(store.view(location, LARGEST_SLOT + 1)).toHaveLength(LARGEST_SLOT + 1);
    store.free(location, LARGEST_SLOT + 1);
    expect(store.bytes).toBe(0);
  });

  test("V3: freeing more than there is stops the command", () => {
    const store = new ValueStore();
    const location = store.put(filled(20, 1));
    store.free(location, 20);
    expect(() => store.free(location, 20)).toThrow(/Broken invariant: V3/);
  });

  test("a slot wastes at most 15 bytes up to 512, above that at most an eighth and a step", () => {
    for (let length = 1; length <= LARGEST_SLOT; length++) {
      const waste = ValueStore.sizeOf(length) - length;
      const bound = length <= 512 ? 15 : length / 8 + 32;
      if (waste < 0 || waste > bound) expect.fail(`${length} bytes waste ${waste}`);
    }
    expect(ValueStore.sizeOf(LARGEST_SLOT)).toBe(LARGEST_SLOT);
  });
});

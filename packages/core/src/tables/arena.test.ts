import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena } from "./arena.ts";

test("copies are of their own: neither the original nor another copy changes them", () => {
  const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(70_000)), { maxLength: 60 });
  fc.assert(
    fc.property(sizes, (all) => {
      const arena = new Arena();
      const scratch = Buffer.alloc(70_000); // its slices are views
      const copies = all.map((size, i) => arena.copy(scratch.fill(i).subarray(0, size)));
      scratch.fill(255);
      for (const [i, copy] of copies.entries()) {
        expect(copy.length).toBe(all[i]);
        expect(copy.every((byte) => byte === i)).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});

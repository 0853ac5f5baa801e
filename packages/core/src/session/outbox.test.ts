import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Outbox, type Outgoing } from "./outbox.ts";

function message(id: number): Outgoing {
  return { kind: "failure", id, error: { code: "INTERNAL", message: "" } };
}

describe("an outbox", () => {
  test("X1, X2: everything leaves in its order, and nothing before its seq", () => {
    const steps = fc.array(
      fc.oneof(fc.record({ puts: fc.nat(20) }), fc.record({ releases: fc.nat(25) })),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const outbox = new Outbox();
        const seqs: number[] = [];
        const left: number[] = [];
        for (const one of all) {
          if ("puts" in one) {
            outbox.put(message(seqs.push(one.puts) - 1), one.puts);
            continue;
          }
          for (const item of outbox.release(one.releases)) {
            const id = (item as { id: number }).id;
            expect(seqs[id]).toBeLessThanOrEqual(one.releases); // X1
            left.push(id);
          }
          const first = seqs[left.length];
          if (first !== undefined) expect(first).toBeGreaterThan(one.releases); // nothing lingers
          expect(outbox.isEmpty).toBe(left.length === seqs.length);
        }
        expect(left).toEqual(left.map((_, i) => i)); // X2
      }),
      { numRuns: 500 },
    );
  });

  test("X2: what depends on less waits for what stands before it", () => {
    const outbox = new Outbox();
    outbox.put(message(1), 10);
    outbox.put(message(2), 3);
    expect(outbox.release(9)).toEqual([]);
    expect(outbox.release(10)).toEqual([message(1), message(2)]);
    expect(outbox.isEmpty).toBe(true);
  });
});

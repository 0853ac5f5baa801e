import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type TurnTaker, takeTurn } from "./group-turns.ts";
import { type Seat, TurnRing } from "./turn-ring.ts";

interface Worker extends TurnTaker {
  readonly name: string;
  writable: boolean;
  hasEnded: boolean;
}

function workers(...names: string[]): Worker[] {
  return names.map((name, i) => ({ name, writable: true, hasEnded: false, lastTurn: i }));
}

function ringOf(...members: Worker[]): TurnRing<Worker> {
  const ring = new TurnRing<Worker>();
  for (const member of members) ring.join(member);
  return ring;
}

function turns(rings: TurnRing<Worker>[], count: number, from = 100): string {
  const names = Array.from({ length: count }, (_, i) => takeTurn(rings, from + i)?.name);
  return names.join("");
}

describe("a ring", { timeout: 30_000 }, () => {
  test("G1: is an array that who joins enters at the end, and who had a turn enters again", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("join", "leave", "turn"), fc.nat(20)), {
      maxLength: 60,
      size: "max",
    });
    fc.assert(
      fc.property(steps, (all) => {
        const ring = new TurnRing<number>();
        const seats: Seat<number>[] = [];
        let model: number[] = [];
        for (const [i, [does, at]] of all.entries()) {
          const seat = seats[at % seats.length];
          if (does === "join") {
            seats.push(ring.join(i));
            model.push(i);
          } else if (seat === undefined) continue;
          else if (does === "leave") {
            ring.leave(seat);
            seats.splice(seats.indexOf(seat), 1);
            model = model.filter((item) => item !== seat.item);
          } else {
            ring.turnTo(seat);
            const behind = model.indexOf(seat.item) + 1;
            model = [...model.slice(behind), ...model.slice(0, behind)];
          }
          const seen: number[] = [];
          ring.find((item) => seen.push(item) < 0);
          expect(seen).toEqual(model);
          expect([ring.size, ring.first?.item]).toEqual([model.length, model[0]]);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("the turns of a group", { timeout: 30_000 }, () => {
  test("go round", () => {
    expect(turns([ringOf(...workers("a", "b", "c"))], 7)).toBe("abcabca");
  });

  test("pass over who takes nothing; who wakes has a turn when it comes round again", () => {
    const [a, b, c] = workers("a", "b", "c") as [Worker, Worker, Worker];
    const ring = ringOf(a, b, c);
    b.writable = false;
    expect(turns([ring], 4)).toBe("acac");
    b.writable = true;
    expect(turns([ring], 3)).toBe("abc");
  });

  test("go round all of them if none takes anything", () => {
    const all = workers("a", "b", "c");
    for (const worker of all) worker.writable = false;
    expect(turns([ringOf(...all)], 5)).toBe("abcab");
  });

  test("are not taken by who has ended, though it is still in the ring", () => {
    const all = workers("a", "b", "c");
    const [a, b, c] = all as [Worker, Worker, Worker];
    const ring = ringOf(a, b, c);
    a.hasEnded = true;
    expect(turns([ring], 3)).toBe("bcb");
    for (const worker of all) worker.writable = false;
    expect(turns([ring], 3)).toBe("cbc");
    for (const worker of [b, c]) worker.hasEnded = true;
    expect(takeTurn([ring], 1_000)).toBeNull();
  });

  test("G2: are shared fairly by members of several patterns", () => {
    const share = (...rings: string[]): string => {
      const all = new Map(workers("a", "b", "c").map((worker) => [worker.name, worker]));
      const members = (ring: string) => [...ring].map((name) => all.get(name) as Worker);
      return turns(
        rings.map((ring) => ringOf(...members(ring))),
        6,
      );
    };
    expect(share("ab", "a")).toBe("ababab");
    expect(share("a", "b", "c")).toBe("abcabc");
    expect(share("ab", "bc")).toBe("abcabc");
    expect(share("abc", "abc")).toBe("abcabc");
  });

  test("G2: nobody starves, whatever the patterns and whoever is slow at times", () => {
    const shape = fc.array(fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 6 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(shape, fc.array(fc.nat(5), { maxLength: 30 }), (rings, slow) => {
        const all = workers("0", "1", "2", "3", "4", "5");
        const group = rings.map((ring) => ringOf(...ring.map((i) => all[i] as Worker)));
        const members = new Set(rings.flat());
        for (const [i, at] of slow.entries()) {
          const worker = all[at] as Worker;
          worker.writable = false;
          const taken = takeTurn(group, 100 + i);
          const others = [...members].filter((member) => member !== at);
          expect(members.has(Number(taken?.name))).toBe(true);
          expect(taken === worker).toBe(others.length === 0);
          worker.writable = true;
        }
        const served = turns(group, members.size * 4, 1_000);
        for (const member of members) expect(served).toContain(String(member));
      }),
      { numRuns: 500 },
    );
  });
});

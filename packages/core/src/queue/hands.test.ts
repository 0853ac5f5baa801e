import { describe, expect, test } from "vitest";
import type { Peer } from "../session/peer.ts";
import { Hands, type Held } from "./hands.ts";

const peer = (name: string): Peer => ({ bindingId: name, writable: true, push: () => {} });

function held(handle: number, about: Partial<Held> = {}): Held {
  const none = { subscription: null, consumer: null, peer: null };
  return { id: handle + 100, handle, queue: "jobs", ...none, ...about };
}

describe("hands", () => {
  test("M1: know each delivery by its message until it is let go", () => {
    const hands = new Hands();
    const [one, other] = [held(3), held(70_000)];
    hands.add(one, 500);
    hands.add(other, 400);
    expect([hands.get(3), hands.get(70_000), hands.get(5)]).toEqual([one, other, undefined]);
    hands.remove(one);
    expect([hands.size, hands.get(3)]).toEqual([1, undefined]);
    hands.add(held(3), 600);
    expect(hands.nextDeadline).toBe(400);
  });

  test("know whose deadline has passed, a bounded number, and hear of new ones", () => {
    const hands = new Hands();
    for (let handle = 0; handle < 10; handle++) hands.add(held(handle), 100 + handle);
    expect(hands.lapsed(99, 50)).toEqual([]);
    expect(hands.lapsed(104, 50).map(({ handle }) => handle)).toHaveLength(5);
    expect(hands.lapsed(200, 3)).toHaveLength(3);
    hands.setDeadline(0, 1_000);
    expect(hands.nextDeadline).toBe(101);
    for (let handle = 1; handle < 10; handle++) hands.remove(hands.get(handle) as Held);
    expect(hands.nextDeadline).toBe(1_000);
    hands.remove(hands.get(0) as Held);
    expect(hands.nextDeadline).toBeUndefined();
  });

  test("know what a party holds, and forget one that has ended and holds nothing", () => {
    const hands = new Hands();
    const [a, b] = [peer("a"), peer("b")];
    for (let handle = 0; handle < 5; handle++) hands.add(held(handle, { peer: a }), 1);
    hands.add(held(5, { peer: b }), 1);
    hands.add(held(6), 1);
    expect(hands.of(a, 3).map(({ handle }) => handle)).toEqual([0, 1, 2]);
    expect([hands.parties, hands.size]).toEqual([2, 7]);
    expect(hands.forget(a)).toBe(true);
    expect([hands.parties, hands.of(a, 9).length]).toEqual([2, 5]);
    for (const handle of [2, 0, 4, 3, 1]) hands.remove(hands.get(handle) as Held);
    expect([hands.parties, hands.of(a, 9)]).toEqual([1, []]);
    hands.remove(hands.get(5) as Held);
    expect([hands.parties, hands.forget(b), hands.parties, hands.forget(b)]).toEqual([
      ...[1, false, 0, false],
    ]);
  });

  test("go from one party to another with everything in them, beside what that one has", () => {
    const hands = new Hands();
    const [a, b] = [peer("a"), peer("b")];
    hands.add(held(0, { peer: a }), 1);
    hands.add(held(1, { peer: a }), 1);
    hands.add(held(2, { peer: b }), 1);
    const told: number[] = [];
    hands.takeUp(a, b, ({ handle }) => told.push(handle));
    expect(told).toEqual([0, 1]);
    expect([hands.parties, hands.of(a, 9)]).toEqual([1, []]);
    expect(hands.of(b, 9).map(({ handle, peer: of }) => [handle, of === b])).toEqual([
      [2, true],
      [0, true],
      [1, true],
    ]);
    for (const mine of hands.of(b, 9)) hands.remove(mine);
    expect(hands.forget(b)).toBe(false);
    expect([hands.size, hands.parties]).toEqual([0, 0]);
    hands.takeUp(a, b, () => told.push(-1));
    expect(told).toEqual([0, 1]);
  });
});

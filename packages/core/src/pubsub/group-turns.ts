import type { TurnRing } from "./turn-ring.ts";

/** A member of a group, as the turns know it. */
export interface TurnTaker {
  readonly writable: boolean;
  /** It is no member any more, and only still in the ring. */
  readonly hasEnded: boolean;
  /** When it joined or last had a turn; no two members have the same. */
  lastTurn: number;
}

/**
 * Takes the turn for one message of a group: `rings` are those of the patterns that match it. Each
 * offers its next member that takes messages, or simply its next one where no ring has such a member;
 * of these the one goes whose last turn is the longest ago. Null if there is no member.
 *
 * G2  the member that is taken had its turn in every ring that offered it
 */
export function takeTurn<T extends TurnTaker>(
  rings: readonly TurnRing<T>[],
  now: number,
): T | null {
  let offers = rings.map((ring) => ring.find(isReady));
  if (offers.every((seat) => seat === null)) offers = rings.map((ring) => ring.find(isHere));
  let taken: T | null = null;
  for (const seat of offers) {
    if (seat !== null && (taken === null || seat.item.lastTurn < taken.lastTurn)) taken = seat.item;
  }
  for (const [i, seat] of offers.entries()) {
    if (seat !== null && seat.item === taken) rings[i]?.turnTo(seat); // G2
  }
  if (taken !== null) taken.lastTurn = now;
  return taken;
}

/** Whether it is still a member. */
export function isHere(member: TurnTaker): boolean {
  return !member.hasEnded;
}

function isReady(member: TurnTaker): boolean {
  return !member.hasEnded && member.writable;
}

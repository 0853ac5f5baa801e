import type { Call } from "../calls/call.ts";

/** Slots of the ring; a power of two above what is usually under way. */
const SLOTS = 2_048;
const MASK = SLOTS - 1;

/**
 * Calls by their ids. Ids grow by one and most calls are short, so a ring finds them without a
 * hash. A call that still waits when its slot's turn comes again moves to a map.
 *
 * A map for all of them would do, but for the collector: a map that sees many entries come and go
 * is copied again and again, and its old copies drag what they hold into the old generation.
 */
export class PendingCalls {
  readonly #ring: (Call | null)[] = new Array<Call | null>(SLOTS).fill(null);
  readonly #slow = new Map<number, Call>();
  /** No id below this is here. */
  #low = 1;

  set(call: Call): void {
    const slot = call.id & MASK;
    const holder = this.#ring[slot] ?? null;
    if (holder !== null && holder !== call) this.#slow.set(holder.id, holder);
    this.#ring[slot] = call;
  }

  get(id: number): Call | undefined {
    const call = this.#ring[id & MASK];
    if (call?.id === id) return call;
    return this.#slow.size === 0 ? undefined : this.#slow.get(id);
  }

  delete(id: number): boolean {
    const slot = id & MASK;
    if (this.#ring[slot]?.id !== id) return this.#slow.delete(id);
    this.#ring[slot] = null;
    return true;
  }

  /** The lowest id that is here; `next`, which is to be the next one, if none is. */
  lowest(next: number): number {
    while (this.#low < next && this.get(this.#low) === undefined) this.#low++;
    return this.#low;
  }

  /** All of them, in the order of their ids. */
  all(): Call[] {
    const calls = [...this.#ring.filter((call) => call !== null), ...this.#slow.values()];
    return calls.sort((a, b) => a.id - b.id);
  }

  clear(): void {
    this.#ring.fill(null);
    this.#slow.clear();
  }
}

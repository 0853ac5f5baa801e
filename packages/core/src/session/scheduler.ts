import type { Clock } from "../clock.ts";

/** Something that works off what it has received. */
export interface Worker {
  /** Works for about one slice; returns whether work is left. */
  work(): boolean;
}

/**
 * Who runs when. A party works at once when its frame arrives; what does not fit in its slice
 * continues in later turns, one slice a turn for each party, so that no frame holds up the others.
 * A turn ends once, after everything that ran in it.
 *
 * T1  a worker that has work left is in the ring exactly once
 * T2  `endOfTurn` runs once after the last work of a turn
 */
export class Scheduler {
  readonly #clock: Clock;
  readonly #endOfTurn: () => void;
  readonly #ring = new Set<Worker>();
  #scheduled = false;

  constructor(clock: Clock, endOfTurn: () => void) {
    this.#clock = clock;
    this.#endOfTurn = endOfTurn;
  }

  /** Gives a worker its first slice now, unless it already waits for its next one. */
  start(worker: Worker): void {
    if (this.#ring.has(worker)) return;
    if (worker.work()) this.#ring.add(worker); // T1
    this.wake();
  }

  /** Asks for the end of this turn. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.endTurn(() => this.#turn());
  }

  forget(worker: Worker): void {
    this.#ring.delete(worker);
  }

  #turn(): void {
    this.#scheduled = false;
    for (const worker of [...this.#ring]) {
      if (!worker.work()) this.#ring.delete(worker);
    }
    this.#endOfTurn(); // T2
    if (this.#ring.size > 0) this.wake();
  }
}

import type { Clock } from "../clock.ts";

/** Lateness of a timer up to this much is ordinary. */
const ORDINARY_LATENESS_MS = 50;

/**
 * The clock that promises to parties run on (leases, ack deadlines, members, a lost session's
 * grace): monotonic time less every lateness the loop shows, so that a stall of the server never
 * takes from those who kept their side.
 *
 * C1  it never runs faster than monotonic time
 * C2  nothing expires before the sockets have been polled once more after its timer fired
 */
export class ServingClock {
  readonly #clock: Clock;
  #stalledMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.monotonicMs() - this.#stalledMs;
  }

  /** Calls `expire` when this clock has passed `deadline`; the function returned cancels it. */
  at(deadline: number, expire: () => void): () => void {
    let cancelled = false;
    let cancelTimer = (): void => {};
    const arm = (): void => {
      const armed = this.now();
      const due = Math.max(deadline, armed);
      cancelTimer = this.#clock.setTimer(() => {
        // On this clock, so that timers that one stall delays count it once.
        const lateness = this.now() - due;
        if (lateness > ORDINARY_LATENESS_MS) this.#stalledMs += lateness; // C1
        this.#clock.endTurn(settle); // C2
      }, due - armed);
    };
    const settle = (): void => {
      if (cancelled) return;
      if (this.now() < deadline) arm();
      else expire();
    };
    arm();
    return () => {
      cancelled = true;
      cancelTimer();
    };
  }
}

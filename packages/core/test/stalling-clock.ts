import { platformEndTurn } from "../src/clock.ts";
import type { Clock } from "../src/index.ts";
import { turns } from "./turns.ts";

interface Timer {
  readonly dueMs: number;
  readonly fire: () => void;
}

/**
 * A clock on which time can pass while nothing runs, as in a stall of the process: timers that came
 * due meanwhile fire late, all in one turn, the earliest first.
 */
export class StallingClock implements Clock {
  #nowMs = 0;
  #timers: Timer[] = [];
  /** What each look at the monotonic clock takes, for work that must notice time. */
  lookMs = 0;

  wallMs(): number {
    return 1_700_000_000_000 + Math.floor(this.#nowMs);
  }

  monotonicMs(): number {
    this.#nowMs += this.lookMs;
    return this.#nowMs;
  }

  setTimer(fire: () => void, delayMs: number): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  endTurn(run: () => void): void {
    platformEndTurn(run);
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.length;
  }

  /** Time passes at once, then what has become due fires. */
  async stall(ms: number): Promise<void> {
    this.#nowMs += ms;
    this.fireDue();
    await turns(4);
  }

  /** Fires what is due, without letting a turn end in between. */
  fireDue(): void {
    const due = this.#timers.filter((timer) => timer.dueMs <= this.#nowMs);
    this.#timers = this.#timers.filter((timer) => timer.dueMs > this.#nowMs);
    for (const timer of due.sort((a, b) => a.dueMs - b.dueMs)) timer.fire();
  }

  /** Time passes in steps that are too small to be late by. */
  async pass(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    while (this.#nowMs < end) await this.stall(Math.min(10, end - this.#nowMs));
  }
}

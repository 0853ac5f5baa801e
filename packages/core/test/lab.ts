import { type Clock, type Limits, manualClock, type Session } from "../src/index.ts";
import { EngineImpl } from "../src/internal.ts";
import { gatedJournal } from "./gated-journal.ts";
import { Party } from "./party.ts";

/** An engine whose time, journal and chance are the test's, with what it reported as faults. */
export function openLab(limits: Partial<Limits> = {}, clockGiven?: Clock) {
  const manual = manualClock();
  const clock = new CountingClock(clockGiven ?? manual);
  const journal = gatedJournal();
  const faults: unknown[] = [];
  const random = seeded(1);
  let ids = 0;
  const engine = new EngineImpl({
    clock,
    journal,
    limits,
    random,
    randomId: () => `id-${++ids}`,
    version: "1.2.3",
    onFault: (error) => faults.push(error),
  });
  return {
    engine,
    journal,
    faults,
    /** Moves time on; only where no other clock was given. */
    advance: (ms: number) => manual.advance(ms),
    /** Timers that are set and have neither fired nor been cancelled. */
    get timers() {
      return clock.timers;
    },
    party: (client?: string) => new Party(engine, client),
    /** A party without a socket, as an HTTP caller is. */
    caller: (): Session => engine.open(),
  };
}

/** A sequence of numbers in [0, 1) that is the same each time. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

class CountingClock implements Clock {
  readonly #inner: Clock;
  timers = 0;

  constructor(inner: Clock) {
    this.#inner = inner;
  }

  wallMs(): number {
    return this.#inner.wallMs();
  }

  monotonicMs(): number {
    return this.#inner.monotonicMs();
  }

  endTurn(run: () => void): void {
    this.#inner.endTurn(run);
  }

  setTimer(fire: () => void, delayMs: number): () => void {
    this.timers++;
    let done = false;
    const end = (): void => {
      if (!done) this.timers--;
      done = true;
    };
    const cancel = this.#inner.setTimer(() => {
      end();
      fire();
    }, delayMs);
    return () => {
      end();
      cancel();
    };
  }
}

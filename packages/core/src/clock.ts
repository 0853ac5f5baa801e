/** Time and turns as the engine sees them. Injected, so that tests drive both. */
export interface Clock {
  /** Calendar time in integer milliseconds since the epoch. */
  wallMs(): number;
  /** Milliseconds since some start; never goes back. */
  monotonicMs(): number;
  /** Calls once after `delayMs`; the function that is returned cancels it. */
  setTimer(fire: () => void, delayMs: number): () => void;
  /** Calls when this turn of the event loop ends, after pending I/O was polled. */
  endTurn(run: () => void): void;
}

/** The longest delay that timers of the platform take; longer ones are split by their users. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/*
 * Captured when the module loads, so that a test's fake timers do not replace them. Browsers have
 * no setImmediate; a message channel ends a turn there.
 */
const immediate: ((run: () => void) => void) | undefined =
  globalThis.setImmediate?.bind(globalThis);
const timeout = globalThis.setTimeout.bind(globalThis);
const clearTimer = globalThis.clearTimeout.bind(globalThis);
const now = Date.now.bind(Date);
const monotonic = performance.now.bind(performance);

/** Ends a turn on this platform. */
export const platformEndTurn: (run: () => void) => void = immediate ?? channelTurns();

function channelTurns(): (run: () => void) => void {
  const waiting: (() => void)[] = [];
  const channel = new MessageChannel();
  channel.port1.addEventListener("message", () => waiting.shift()?.());
  channel.port1.start();
  return (run) => {
    waiting.push(run);
    channel.port2.postMessage(null);
  };
}

/** The machine's own clock. Its timers keep no process alive. */
export function systemClock(): Clock {
  return {
    wallMs: now,
    monotonicMs: monotonic,
    setTimer(fire, delayMs) {
      const timer: unknown = timeout(fire, Math.min(delayMs, MAX_TIMER_MS));
      (timer as { unref?: () => void }).unref?.();
      return () => clearTimer(timer as Parameters<typeof clearTimer>[0]);
    },
    endTurn: platformEndTurn,
  };
}

/** A clock that stands still until it is advanced; turns still end by themselves. */
export interface ManualClock extends Clock {
  /** Moves time on and fires what becomes due, in order; resolves when that has settled. */
  advance(ms: number): Promise<void>;
}

interface ManualTimer {
  readonly dueMs: number;
  readonly fire: () => void;
}

/** How many turns `advance` lets pass after each timer, so that what it caused is delivered. */
const SETTLE_TURNS = 4;

/**
 * A clock for tests, at `startMs` of wall time.
 *
 * @example
 * const clock = manualClock(); await clock.advance(60_000)
 */
export function manualClock(startMs = 1_700_000_000_000): ManualClock {
  let nowMs = 0;
  let timers: ManualTimer[] = [];
  const settle = async (): Promise<void> => {
    for (let i = 0; i < SETTLE_TURNS; i++) await new Promise<void>(platformEndTurn);
  };
  return {
    wallMs: () => startMs + nowMs,
    monotonicMs: () => nowMs,
    setTimer(fire, delayMs) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), fire };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    endTurn: platformEndTurn,
    async advance(ms) {
      const end = nowMs + ms;
      await settle();
      for (;;) {
        const next = timers.reduce<ManualTimer | null>(
          (first, t) => (t.dueMs <= end && (first === null || t.dueMs < first.dueMs) ? t : first),
          null,
        );
        if (next === null) break;
        timers = timers.filter((other) => other !== next);
        nowMs = Math.max(nowMs, next.dueMs);
        next.fire();
        await settle();
      }
      nowMs = end;
      await settle();
    },
  };
}

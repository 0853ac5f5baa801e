import type { ClientClock } from "./types.ts";

/*
 * Captured when the module loads, so that a test's fake timers, which are for the code under test,
 * do not stop the connection that this code uses.
 */
const timeout = globalThis.setTimeout.bind(globalThis);
const clearTimer = globalThis.clearTimeout.bind(globalThis);
const wall = Date.now.bind(Date);
const monotonic = performance.now.bind(performance);

/** The longest delay that the platform's timers take. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: ClientClock = {
  nowMs: monotonic,
  wallMs: wall,
  setTimer(fire, delayMs, needed) {
    const timer: unknown = timeout(fire, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
    if (!needed) (timer as { unref?: () => void }).unref?.();
    return () => clearTimer(timer as Parameters<typeof clearTimer>[0]);
  },
};

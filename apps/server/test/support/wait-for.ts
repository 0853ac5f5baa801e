import { setImmediate as nextTurn } from "node:timers/promises";

const DEADLINE_MS = 5_000;

/** Lets turns pass until the condition holds. */
export async function waitFor(
  condition: () => boolean,
  what: string,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new TypeError(`waited in vain: ${what}`);
    await nextTurn();
  }
}

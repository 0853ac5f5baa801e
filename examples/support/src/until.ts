import { setImmediate } from "node:timers/promises";

/** How long something may take to become so, on a slow machine. */
const LIMIT_MS = 30_000;

/**
 * Asks again and again until the answer is not undefined, null or false, and answers that. For what
 * tells nobody when it comes about.
 */
export async function until<T>(
  ask: () => Promise<T | undefined | null | false>,
  complaint: () => string,
): Promise<T> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  while (!limit.aborted) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    await setImmediate();
  }
  throw new Error(`${complaint()}, after ${LIMIT_MS} ms`);
}

import type { Peer } from "./peers.ts";

export type Operation = "get" | "set";

const KEYS = 10_000;
const VALUE = "x".repeat(64);
/** How many operations are started between two looks at the clock. */
const LOOK = 64;

/**
 * Operations per second with a fixed number in flight: each one that ends starts the next, so both
 * clients may gather what is issued in one turn.
 */
export async function measure(
  peer: Peer,
  operation: Operation,
  inFlight: number,
  durationMs: number,
): Promise<number> {
  let started = 0;
  let done = 0;
  const start = performance.now();
  let end = start;
  const worker = async (): Promise<void> => {
    while (end - start < durationMs) {
      const key = `bench:${(started * 7_919) % KEYS}`;
      started++;
      await (operation === "get" ? peer.get(key) : peer.set(key, VALUE));
      done++;
      if (done % LOOK === 0 || inFlight < LOOK) end = performance.now();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (done / (performance.now() - start)) * 1000;
}

/** Fills the keys that are measured. */
export async function fill(peer: Peer): Promise<void> {
  const sets: Promise<unknown>[] = [];
  for (let i = 0; i < KEYS; i++) sets.push(peer.set(`bench:${i}`, VALUE));
  await Promise.all(sets);
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (i: number): number => sorted[i] ?? Number.NaN;
  return { min: at(0), median: at(sorted.length >> 1), max: at(sorted.length - 1) };
}

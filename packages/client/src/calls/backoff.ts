/** How long to wait before trying again. */
export interface Backoff {
  readonly retryDelayMs: number;
  readonly retryBackoff: number;
  readonly retryMaxDelayMs: number;
}

/**
 * Exponential back-off with full jitter: uniform between 0 and a bound that grows with each repeat
 * (AWS Architecture Blog, "Exponential Backoff And Jitter").
 *
 * @param repeat counts from 1
 */
export function backoffMs(backoff: Backoff, repeat: number, random: () => number): number {
  const { retryDelayMs, retryBackoff, retryMaxDelayMs } = backoff;
  return random() * Math.min(retryMaxDelayMs, retryDelayMs * retryBackoff ** (repeat - 1));
}

import type { SynapClient } from "@hivellm/synap-client";

export interface RateLimiterOptions {
  /** How many requests a user may make within one window. */
  readonly limit: number;
  /** How long a window lasts; a minute if not given. */
  readonly windowSeconds?: number;
}

export interface Decision {
  readonly allowed: boolean;
  /** How many more requests this window allows. */
  readonly remaining: number;
  /** For the `Retry-After` header: when the next window may begin; 0 for an allowed request. */
  readonly retryAfterSeconds: number;
}

/**
 * Allows each user a number of requests per window, whichever of your servers a request reaches.
 *
 * `kv.incr` adds one and answers the sum in a single step, so no two requests ever see the same
 * count. The counter's ttl is set when the counter is made and not moved afterwards: the window
 * begins with a user's first request and ends by itself. No clock of yours takes part in it.
 */
export class RateLimiter {
  readonly #kv: SynapClient["kv"];
  readonly #limit: number;
  readonly #windowSeconds: number;

  constructor(client: SynapClient, { limit, windowSeconds = 60 }: RateLimiterOptions) {
    this.#kv = client.kv;
    this.#limit = limit;
    this.#windowSeconds = windowSeconds;
  }

  /** Counts one request of a user and says whether it may go on. */
  async take(userId: string): Promise<Decision> {
    const key = `ratelimit:${userId}`;
    const count = await this.#kv.incr(key, 1, { ttl: this.#windowSeconds });
    if (count <= this.#limit)
      return { allowed: true, remaining: this.#limit - count, retryAfterSeconds: 0 };

    // Only the refused pay for a second question. The window may end between the two: then it is 0.
    const { ttl } = await this.#kv.get(key);
    return { allowed: false, remaining: 0, retryAfterSeconds: ttl ?? 0 };
  }
}

import type { SynapClient } from "@hivellm/synap-client";

export interface CacheOptions {
  /** How long a value is served; five minutes if not given. */
  readonly ttlSeconds?: number;
  /** What the keys begin with; `cache:` if not given. */
  readonly prefix?: string;
}

/** A value that is being fetched, for everybody who asked for it meanwhile. */
interface Flight {
  readonly result: Promise<unknown>;
  /** Set by an invalidation: what arrives from here on is already out of date. */
  stale: boolean;
}

/**
 * Keeps what is slow to get. Any JSON value can be cached, also null, false and "".
 *
 * While a value is being loaded, whoever asks for the same key waits for the same load: when a
 * popular entry ends, the database gets one query from this process, not a thousand.
 */
export class Cache {
  readonly #kv: SynapClient["kv"];
  readonly #prefix: string;
  readonly #ttlSeconds: number;
  readonly #flights = new Map<string, Flight>();

  constructor(client: SynapClient, { ttlSeconds = 300, prefix = "cache:" }: CacheOptions = {}) {
    this.#kv = client.kv;
    this.#ttlSeconds = ttlSeconds;
    this.#prefix = prefix;
  }

  /**
   * Answers the cached value, or loads and caches it. Name keys from the general to the particular,
   * such as `user:1:orders`, so that `invalidate` can name a part of them.
   */
  getOrLoad<T>(key: string, load: () => Promise<T>): Promise<T> {
    const known = this.#flights.get(key);
    if (known !== undefined) return known.result as Promise<T>;

    const result = this.#fetch(key, load, () => flight.stale).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    const flight: Flight = { result, stale: false };
    this.#flights.set(key, flight);
    return result;
  }

  /** Forgets one key. */
  async delete(key: string): Promise<void> {
    this.#outdate((other) => other === key);
    await this.#kv.del(this.#prefix + key);
  }

  /** Forgets every key that starts with `prefix` and answers how many there were. */
  async invalidate(prefix: string): Promise<number> {
    this.#outdate((key) => key.startsWith(prefix));
    let deleted = 0;
    for await (const key of this.#kv.keys(this.#prefix + prefix)) {
      deleted += await this.#kv.del(key);
    }
    return deleted;
  }

  async #fetch<T>(key: string, load: () => Promise<T>, isStale: () => boolean): Promise<T> {
    const cached = await this.#kv.get<T>(this.#prefix + key);
    // Not `if (cached.value)`: null, false, 0 and "" are values too.
    if (cached.found) return cached.value;

    const value = await load();
    // Loaded before a change and stored after it, it would be served until its ttl ends.
    if (!isStale()) await this.#kv.set(this.#prefix + key, value, this.#ttlSeconds);
    return value;
  }

  #outdate(matches: (key: string) => boolean): void {
    for (const [key, flight] of this.#flights) {
      if (!matches(key)) continue;
      flight.stale = true;
      this.#flights.delete(key);
    }
  }
}

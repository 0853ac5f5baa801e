import type { RequestOptions } from "../calls/call.ts";
import type {
  ConditionOptions,
  CounterOptions,
  GetResult,
  KvChange,
  KvStats,
  KvWatch,
  MsetEntry,
  MsetResult,
  ScanOptions,
  ScanResult,
  SetOptions,
  SetResult,
  TtlOptions,
  TtlResult,
  WatchOptions,
} from "./types.ts";

/**
 * The key-value store. A key is 1 to 4096 bytes of UTF-8; a value is anything that JSON can say, or
 * bytes (`Uint8Array`), and comes back as what it was. Every method can fail with ConnectionError,
 * TimeoutError, AuthError and, for an argument that breaks a rule, ValidationError.
 */
export interface Kv {
  /**
   * Stores a value. Replaces value and time to live: without `ttl` or `keepTtl` it does not expire.
   *
   * @param ttl time to live in seconds, or options
   * @throws KeyNotFoundError if `ifVersion` names a version and the key does not exist; SynapError
   *   VERSION_MISMATCH if a condition does not hold, PAYLOAD_TOO_LARGE, OUT_OF_MEMORY
   * @example
   * await client.kv.set('user:1', { name: 'Alice' }, 3600)
   * const { success } = await client.kv.set('lock:job', true, { nx: true, ttl: 60 })
   */
  set<T = unknown>(
    key: string,
    value: unknown,
    ttl?: number | SetOptions,
    options?: RequestOptions,
  ): Promise<SetResult<T>>;

  /**
   * Reads a key. One that does not exist is `found: false`, not an error.
   *
   * @example
   * const user = await client.kv.get<User>('user:1')
   * if (user.found) console.log(user.value.name, user.ttl)
   */
  get<T = unknown>(key: string, options?: RequestOptions): Promise<GetResult<T>>;

  /**
   * Deletes keys and answers how many existed.
   *
   * @throws SynapError VERSION_MISMATCH if a condition does not hold
   * @example
   * await client.kv.del('user:1', 'user:2')
   * await client.kv.del(['user:1', 'user:2'], { timeoutMs: 1_000 })
   */
  del(...keys: string[]): Promise<number>;
  del(keys: readonly string[], options?: ConditionOptions): Promise<number>;

  /** The same as {@link Kv.del}. */
  delete(...keys: string[]): Promise<number>;
  delete(keys: readonly string[], options?: ConditionOptions): Promise<number>;

  /**
   * Counts how many of the keys exist; one that is named twice counts twice.
   *
   * @example
   * if ((await client.kv.exists('user:1')) === 1) …
   */
  exists(...keys: string[]): Promise<number>;
  exists(keys: readonly string[], options?: RequestOptions): Promise<number>;

  /**
   * Adds to a counter and answers its new value. A missing key counts as 0; an existing one keeps
   * its time to live. A string that holds an integer stays a string.
   *
   * @param amount 1 if not given
   * @throws SynapError NOT_A_NUMBER, OUT_OF_RANGE beyond 2^53
   * @example
   * const views = await client.kv.incr('article:1:views')
   * await client.kv.incr('rate:alice', 1, { ttl: 60 })
   */
  incr(key: string, amount?: number, options?: CounterOptions): Promise<number>;

  /** Subtracts from a counter; else as {@link Kv.incr}. */
  decr(key: string, amount?: number, options?: CounterOptions): Promise<number>;

  /**
   * Gives a key a new time to live.
   *
   * @param ttl seconds, or `{ ttlMs }`
   * @throws KeyNotFoundError
   * @example
   * await client.kv.expire('session:1', 3600)
   */
  expire(key: string, ttl: number | TtlOptions, options?: RequestOptions): Promise<boolean>;

  /**
   * Takes a key's time to live away; false if it had none.
   *
   * @throws KeyNotFoundError
   */
  persist(key: string, options?: RequestOptions): Promise<boolean>;

  /**
   * Reads a key's time to live.
   *
   * @throws KeyNotFoundError
   * @example
   * const { ttl, ttlMs } = await client.kv.ttl('session:1')
   */
  ttl(key: string, options?: RequestOptions): Promise<TtlResult>;

  /**
   * Stores several keys, all or none of them, with one version.
   *
   * @throws SynapError VERSION_MISMATCH if a condition does not hold, PAYLOAD_TOO_LARGE, OUT_OF_MEMORY
   * @example
   * await client.kv.mset([{ key: 'a', value: 1 }, { key: 'b', value: 2, ttl: 60 }])
   * await client.kv.mset({ a: 1, b: 2 })
   */
  mset(
    entries: readonly MsetEntry[] | Readonly<Record<string, unknown>>,
    options?: ConditionOptions,
  ): Promise<MsetResult>;

  /**
   * Reads several keys at one moment, in the order of the keys.
   *
   * @throws SynapError PAYLOAD_TOO_LARGE if they do not fit in one answer
   * @example
   * const [alice, bob] = await client.kv.mget<User>(['user:1', 'user:2'])
   */
  mget<T = unknown>(keys: readonly string[], options?: RequestOptions): Promise<GetResult<T>[]>;

  /**
   * Lists keys page by page, in the order of their UTF-8 bytes. A key that exists throughout is
   * never missed, whatever is written meanwhile.
   *
   * @example
   * const { keys, cursor, hasMore } = await client.kv.scan({ prefix: 'user:', count: 100 })
   */
  scan(page?: string | ScanOptions, options?: RequestOptions): Promise<ScanResult>;

  /**
   * Iterates over the keys that start with a prefix, all keys if it is empty.
   *
   * @example
   * for await (const key of client.kv.keys('user:')) console.log(key)
   */
  keys(prefix?: string, options?: RequestOptions): AsyncGenerator<string, void, undefined>;

  /**
   * Follows the keys under a prefix: `onChange` gets their current values, then each change, in
   * order. It resolves when the server follows; `onSynced` tells when the current values are
   * through. A handler that throws or rejects is reported as `error` and ends nothing; handlers are
   * not awaited.
   *
   * @throws SynapError SUBSCRIBER_LIMIT
   * @example
   * const watch = await client.kv.watch('config:', (change) => {
   *   if (change.op === 'put') config.set(change.key, change.value)
   *   else config.delete(change.key)
   * }, { onReset: () => config.clear() })
   * await watch.unsubscribe()
   */
  watch<T = unknown>(
    prefix: string,
    onChange: (change: KvChange<T>) => unknown,
    options?: WatchOptions,
  ): Promise<KvWatch>;

  /** Reads counts and sizes of the store. */
  stats(options?: RequestOptions): Promise<KvStats>;
}

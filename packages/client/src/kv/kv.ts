import type { CommandSpec, Fields, RequestOptions } from "../calls/call.ts";
import type { Caller } from "../calls/caller.ts";
import { asIs, bare, renamed } from "../calls/specs.ts";
import { invalid } from "../errors.ts";
import { optionWriter } from "../naming.ts";
import { asSubscription } from "../subscription.ts";
import {
  expirePayload,
  type KeyArguments,
  msetPayload,
  readKeys,
  scanPayload,
  setPayload,
} from "./arguments.ts";
import type { Kv } from "./kv-api.ts";
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
import type { Watches } from "./watches.ts";

const SET = asIs<SetResult<never>>("kv.set");
const GET = asIs<GetResult<never>>("kv.get");
const DEL = bare<number>("kv.del", "deleted");
const EXISTS = bare<number>("kv.exists", "count");
const INCR = bare<number>("kv.incr", "value");
const DECR = bare<number>("kv.decr", "value");
const EXPIRE = bare<boolean>("kv.expire", "success");
const PERSIST = bare<boolean>("kv.persist", "success");
const TTL = renamed<TtlResult>("kv.ttl");
const MSET = asIs<MsetResult>("kv.mset");
const MGET = bare<GetResult<never>[]>("kv.mget", "values");
const SCAN = renamed<ScanResult>("kv.scan");
const STATS = renamed<KvStats>("kv.stats");

/** How many keys an iteration fetches at once. */
const KEYS_PER_PAGE = 500;

const addDelOptions = optionWriter(DEL.command, ["keys"]);
const addCounterOptions = optionWriter(INCR.command, ["key", "amount"]);
const addMsetOptions = optionWriter(MSET.command, ["entries"]);

/** The key-value methods. */
export class KvClient implements Kv {
  readonly #caller: Caller;
  readonly #watches: Watches;

  constructor(caller: Caller, watches: Watches) {
    this.#caller = caller;
    this.#watches = watches;
  }

  set<T>(
    key: string,
    value: unknown,
    ttl?: number | SetOptions,
    options?: RequestOptions,
  ): Promise<SetResult<T>> {
    return this.#caller.build(SET, options, () => setPayload(key, value, ttl));
  }

  get<T>(key: string, options?: RequestOptions): Promise<GetResult<T>> {
    return this.#caller.run(GET, { key }, options);
  }

  del(...given: KeyArguments<ConditionOptions>): Promise<number> {
    const { keys, options } = readKeys(given);
    return this.#caller.build(DEL, options, () => {
      const payload: Fields = { keys };
      if (options !== undefined) addDelOptions(payload, options);
      return payload;
    });
  }

  delete(...given: KeyArguments<ConditionOptions>): Promise<number> {
    return this.del(...(given as [readonly string[]]));
  }

  exists(...given: KeyArguments<RequestOptions>): Promise<number> {
    const { keys, options } = readKeys(given);
    return this.#caller.run(EXISTS, { keys }, options);
  }

  incr(key: string, amount?: number, options?: CounterOptions): Promise<number> {
    return this.#count(INCR, key, amount, options);
  }

  decr(key: string, amount?: number, options?: CounterOptions): Promise<number> {
    return this.#count(DECR, key, amount, options);
  }

  expire(key: string, ttl: number | TtlOptions, options?: RequestOptions): Promise<boolean> {
    return this.#caller.build(EXPIRE, options, () => expirePayload(key, ttl));
  }

  persist(key: string, options?: RequestOptions): Promise<boolean> {
    return this.#caller.run(PERSIST, { key }, options);
  }

  ttl(key: string, options?: RequestOptions): Promise<TtlResult> {
    return this.#caller.run(TTL, { key }, options);
  }

  mset(
    entries: readonly MsetEntry[] | Readonly<Record<string, unknown>>,
    options?: ConditionOptions,
  ): Promise<MsetResult> {
    return this.#caller.build(MSET, options, () => {
      const payload = msetPayload(entries);
      if (options !== undefined) addMsetOptions(payload, options);
      return payload;
    });
  }

  mget<T>(keys: readonly string[], options?: RequestOptions): Promise<GetResult<T>[]> {
    return this.#caller.run(MGET, { keys: [...keys] }, options);
  }

  scan(page?: string | ScanOptions, options?: RequestOptions): Promise<ScanResult> {
    return this.#caller.build(SCAN, options, () => scanPayload(page));
  }

  async *keys(prefix = "", options?: RequestOptions): AsyncGenerator<string, void, undefined> {
    let cursor: string | null = null;
    do {
      const page: ScanResult = await this.scan({ prefix, cursor, count: KEYS_PER_PAGE }, options);
      yield* page.keys;
      cursor = page.cursor;
    } while (cursor !== null);
  }

  async watch<T>(
    prefix: string,
    onChange: (change: KvChange<T>) => unknown,
    options: WatchOptions = {},
  ): Promise<KvWatch> {
    if (typeof prefix !== "string") throw invalid("prefix", "a string", prefix);
    if (typeof onChange !== "function") throw invalid("onChange", "a function", onChange);
    const { onSynced, onReset } = options;
    const handlers = { onChange: onChange as (change: KvChange) => unknown, onSynced, onReset };
    const unsubscribe = await this.#watches.add(prefix, handlers, options);
    return asSubscription({ prefix }, unsubscribe);
  }

  stats(options?: RequestOptions): Promise<KvStats> {
    return this.#caller.run(STATS, {}, options);
  }

  #count(
    spec: CommandSpec<number>,
    key: string,
    amount: number | undefined,
    options: CounterOptions | undefined,
  ): Promise<number> {
    if (options === undefined) {
      return this.#caller.run(spec, amount === undefined ? { key } : { key, amount }, undefined);
    }
    return this.#caller.build(spec, options, () => {
      const payload: Fields = amount === undefined ? { key } : { key, amount };
      addCounterOptions(payload, options);
      return payload;
    });
  }
}

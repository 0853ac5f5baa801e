/** What the key-value methods take and give. Times end in `Ms` where they are milliseconds. */
import type { RequestOptions } from "../calls/call.ts";
import type { Subscription } from "../subscription.ts";

/** A condition on another key: nothing is written unless it has this version; 0: it must not exist. */
export interface VersionCondition {
  readonly key: string;
  readonly version: number;
}

/** A time to live: in seconds or in milliseconds, not both. */
export interface TtlOptions {
  /** Time to live in seconds, greater than 0; fractions are fine. */
  readonly ttl?: number | undefined;
  /** Time to live in whole milliseconds, greater than 0. */
  readonly ttlMs?: number | undefined;
}

/** How `set` stores a value. */
export interface SetOptions extends TtlOptions {
  /** Only if the key does not exist; a miss answers `success: false`. */
  readonly nx?: boolean | undefined;
  /** Only if the key exists; a miss answers `success: false`. */
  readonly xx?: boolean | undefined;
  /** Keep the time to live that the key has. */
  readonly keepTtl?: boolean | undefined;
  /** Only if the key has this version, else VERSION_MISMATCH; 0: only if it does not exist. */
  readonly ifVersion?: number | undefined;
  /** Only if these other keys have these versions, else VERSION_MISMATCH. */
  readonly if?: readonly VersionCondition[] | undefined;
  /** Answer the value that the key had before, as `previous`. */
  readonly get?: boolean | undefined;
  /** Bind the key to this connection: it goes when the connection ends. Not over HTTP. */
  readonly session?: boolean | undefined;
}

/** What `set` answers. */
export interface SetResult<T = unknown> {
  readonly key: string;
  /** False if `nx` or `xx` did not hold. */
  readonly success: boolean;
  /** The key's version as it is now; after a miss that of the key as it was, 0 if it does not exist. */
  readonly version: number;
  /** With `get`: the value before, if there was one. */
  readonly previous?: T;
}

/** What `get` answers. */
export type GetResult<T = unknown> = FoundValue<T> | MissingValue;

/** A key that exists. */
export interface FoundValue<T = unknown> {
  readonly found: true;
  readonly value: T;
  /** Time to live in whole seconds, rounded up; null if it does not expire. */
  readonly ttl: number | null;
  /** Grows with every write of the value; for `ifVersion`. */
  readonly version: number;
}

/** A key that does not exist. */
export interface MissingValue {
  readonly found: false;
  readonly value: null;
  readonly ttl: null;
  readonly version: 0;
}

/** What `ttl` answers: null where the key does not expire. */
export interface TtlResult {
  /** Whole seconds, rounded up. */
  readonly ttl: number | null;
  /** Milliseconds. */
  readonly ttlMs: number | null;
}

/** One key of `mset`. */
export interface MsetEntry extends TtlOptions {
  readonly key: string;
  readonly value: unknown;
}

/** What `mset` answers. */
export interface MsetResult {
  /** The version that all of the keys got. */
  readonly version: number;
}

/** Which keys `scan` lists. */
export interface ScanOptions {
  /** Only keys that start with this text; all keys if not given. */
  readonly prefix?: string | undefined;
  /** Where the page before ended; null or nothing for the first page. */
  readonly cursor?: string | null | undefined;
  /** How many keys a page holds at most, 1 to 10 000; 100 if not given. */
  readonly count?: number | undefined;
}

/** A page of keys, in the order of their UTF-8 bytes. */
export interface ScanResult {
  readonly keys: string[];
  /** Where the next page starts; null after the last. */
  readonly cursor: string | null;
  /** Whether there is a next page. */
  readonly hasMore: boolean;
}

/** Counts and sizes of the key-value store; counters run from the start of the server. */
export interface KvStats {
  /** Keys that exist. */
  readonly keys: number;
  /** Those of them that expire. */
  readonly keysWithTtl: number;
  /** Those of them that are bound to a connection. */
  readonly sessionKeys: number;
  /** What keys, values and their bookkeeping take, in bytes. */
  readonly bytes: number;
  /** The limit in bytes; null if there is none. */
  readonly maxMemoryBytes: number | null;
  /** `noeviction`, `allkeys-lru` or `volatile-ttl`. */
  readonly evictionPolicy: string;
  /** Reads of a key that existed. */
  readonly hits: number;
  /** Reads of a key that did not exist. */
  readonly misses: number;
  /** Keys whose time to live ended. */
  readonly expired: number;
  /** Keys that were evicted to make room. */
  readonly evicted: number;
  /** Watches that are open. */
  readonly watchers: number;
}

/** A key under a watched prefix: its value at the start, later each change. */
export type KvChange<T = unknown> = KvPut<T> | KvRemoval;

/** A key has this value. */
export interface KvPut<T = unknown> {
  readonly op: "put";
  readonly key: string;
  readonly value: T;
  readonly version: number;
  /** Time to live in whole seconds, rounded up; null if it does not expire. */
  readonly ttl: number | null;
}

/** A key is gone: deleted, or its time to live ended. */
export interface KvRemoval {
  readonly op: "delete" | "expire";
  readonly key: string;
  readonly version: number;
}

/** What a watch tells beside the changes. */
export interface WatchOptions extends RequestOptions {
  /** The current values have all been told; from here on come changes. */
  readonly onSynced?: ((synced: { readonly version: number }) => unknown) | undefined;
  /**
   * Changes were missed, after a long loss of the connection: forget what was told so far. The
   * current values follow, then `onSynced` again.
   */
  readonly onReset?: (() => unknown) | undefined;
}

/** Options of commands that take conditions on other keys. */
export interface ConditionOptions extends RequestOptions {
  /** Only if these keys have these versions, else VERSION_MISMATCH. */
  readonly if?: readonly VersionCondition[] | undefined;
}

/** Options of `incr` and `decr`: the time to live is for a key that the command creates. */
export interface CounterOptions extends TtlOptions, ConditionOptions {}

/** A watch on the keys under a prefix. */
export interface KvWatch extends Subscription {
  readonly prefix: string;
}

import type { ErrorCode, Value } from "@hivellm/synap-protocol";
import type { Request, Response } from "./calls.ts";

/** What the model knows of a key. `owner` is the party that it is bound to. */
export interface ModelEntry {
  readonly value: Value;
  readonly version: number;
  readonly expires: number;
  readonly owner: unknown;
}

/** What a command must answer: its payload, or the code of its refusal. */
export type Expected = { readonly payload: unknown } | { readonly code: ErrorCode };

type Condition = { key: string; version: number };
type Times = { ttl?: number; ttl_ms?: number };

const INTEGER = /^[+-]?\d{1,16}$/;

/**
 * The key-value store as a reader of its documentation would write it on a whiteboard: a Map. The
 * version of a write is the engine's to choose, so the caller hands it in.
 */
export class KvModel {
  readonly #keys = new Map<string, ModelEntry>();
  readonly #onGone: (key: string) => void;
  nowMs: number;

  constructor(nowMs: number, onGone: (key: string) => void) {
    this.nowMs = nowMs;
    this.#onGone = onGone;
  }

  get entries(): ReadonlyMap<string, ModelEntry> {
    return this.#keys;
  }

  /** Moves time on: what has expired goes. */
  advance(ms: number): void {
    this.nowMs += ms;
    this.#dropWhere((entry) => entry.expires !== 0 && entry.expires <= this.nowMs);
  }

  /** The party is gone: so are its keys. */
  release(owner: unknown): void {
    this.#dropWhere((entry) => entry.owner === owner);
  }

  versionOf(key: string): number {
    return this.#keys.get(key)?.version ?? 0;
  }

  get(key: string): Response<"kv.get"> {
    const entry = this.#keys.get(key);
    return entry === undefined
      ? { found: false, value: null, ttl: null, version: 0 }
      : { found: true, value: entry.value, ttl: this.#seconds(entry), version: entry.version };
  }

  set(request: Request<"kv.set">, owner: unknown, version: () => number): Expected {
    const { key, value } = request;
    const before = this.#keys.get(key);
    const wanted = request.if_version;
    if (wanted !== undefined && wanted !== this.versionOf(key)) {
      return { code: before === undefined ? "KEY_NOT_FOUND" : "VERSION_MISMATCH" };
    }
    if (!this.#holds(request.if)) return { code: "VERSION_MISMATCH" };
    const previous = request.get && before !== undefined ? { previous: before.value } : {};
    if (before === undefined ? request.xx : request.nx) {
      return { payload: { success: false, key, version: this.versionOf(key), ...previous } };
    }
    const expires =
      request.keep_ttl && before !== undefined ? before.expires : this.#expiresOf(request);
    const entry = { value, version: version(), expires, owner: request.session ? owner : null };
    this.#keys.set(key, entry);
    return { payload: { success: true, key, version: entry.version, ...previous } };
  }

  mset(request: Request<"kv.mset">, version: () => number): Expected {
    if (!this.#holds(request.if)) return { code: "VERSION_MISMATCH" };
    for (const entry of request.entries) {
      const { key, value } = entry;
      const expires = this.#expiresOf(entry);
      this.#keys.set(key, { value, version: version(), expires, owner: null });
    }
    return { payload: { version: version() } };
  }

  del(request: Request<"kv.del">): Expected {
    if (!this.#holds(request.if)) return { code: "VERSION_MISMATCH" };
    let deleted = 0;
    for (const key of request.keys) {
      if (!this.#keys.delete(key)) continue;
      deleted++;
      this.#onGone(key);
    }
    return { payload: { deleted } };
  }

  count(request: Request<"kv.incr">, sign: number, version: () => number): Expected {
    if (!this.#holds(request.if)) return { code: "VERSION_MISMATCH" };
    const before = this.#keys.get(request.key);
    const count = before === undefined ? 0 : countOf(before.value);
    if (count === null) return { code: "NOT_A_NUMBER" };
    const result = count + sign * (request.amount ?? 1);
    if (!Number.isSafeInteger(result)) return { code: "OUT_OF_RANGE" };
    this.#keys.set(request.key, {
      value: typeof before?.value === "string" ? String(result) : result,
      version: version(),
      expires: before === undefined ? this.#expiresOf(request) : before.expires,
      owner: before === undefined ? null : before.owner,
    });
    return { payload: { value: result } };
  }

  expire(request: Request<"kv.expire">): Expected {
    if (request.ttl === undefined && request.ttl_ms === undefined) {
      return { code: "INVALID_REQUEST" };
    }
    return this.#setExpiry(request.key, this.#expiresOf(request));
  }

  persist({ key }: Request<"kv.persist">): Expected {
    return this.#setExpiry(key, 0);
  }

  ttl({ key }: Request<"kv.ttl">): Expected {
    const entry = this.#keys.get(key);
    if (entry === undefined) return { code: "KEY_NOT_FOUND" };
    const ttlMs = entry.expires === 0 ? null : entry.expires - this.nowMs;
    return { payload: { ttl: this.#seconds(entry), ttl_ms: ttlMs } };
  }

  mget({ keys }: Request<"kv.mget">): Expected {
    return { payload: { values: keys.map((key) => this.get(key)) } };
  }

  exists({ keys }: Request<"kv.exists">): Expected {
    return { payload: { count: keys.filter((key) => this.#keys.has(key)).length } };
  }

  #setExpiry(key: string, expires: number): Expected {
    const entry = this.#keys.get(key);
    if (entry === undefined) return { code: "KEY_NOT_FOUND" };
    this.#keys.set(key, { ...entry, expires });
    return { payload: { success: expires !== 0 || entry.expires !== 0 } };
  }

  #holds(conditions: readonly Condition[] | undefined): boolean {
    return (conditions ?? []).every(({ key, version }) => this.versionOf(key) === version);
  }

  #expiresOf({ ttl, ttl_ms }: Times): number {
    if (ttl_ms !== undefined) return this.nowMs + ttl_ms;
    return ttl === undefined ? 0 : this.nowMs + Math.max(1, Math.round(ttl * 1000));
  }

  #seconds(entry: ModelEntry): number | null {
    return entry.expires === 0 ? null : Math.ceil((entry.expires - this.nowMs) / 1000);
  }

  #dropWhere(goes: (entry: ModelEntry) => boolean): void {
    for (const [key, entry] of this.#keys) {
      if (!goes(entry)) continue;
      this.#keys.delete(key);
      this.#onGone(key);
    }
  }
}

function countOf(value: Value): number | null {
  const count = typeof value === "string" && INTEGER.test(value) ? Number(value) : value;
  return typeof count === "number" && Number.isSafeInteger(count) ? count : null;
}

/** The order of UTF-8 bytes, computed from the bytes. */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

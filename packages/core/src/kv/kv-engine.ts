import { SynapError, type TaggedValue } from "@hivellm/synap-protocol";
import type { AnswerOf, CommandName, RequestOf } from "@hivellm/synap-protocol/schema";
import type { Decided, DecisionContext, Handlers } from "../commands.ts";
import type { Limits } from "../limits.ts";
import type { MemoryAccount } from "../memory-account.ts";
import { readCursor } from "../pages.ts";
import { needsSession, tooLarge } from "../refusals.ts";
import { Arena } from "../tables/arena.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import { readCounter, writeCounter } from "./counter-value.ts";
import { makeRoom } from "./eviction.ts";
import type { KvEffect } from "./kv-effects.ts";
import type { KvState } from "./kv-state.ts";
import { entryBytes } from "./kv-table.ts";
import {
  checkOneTtl,
  keyNotFound,
  needsTtl,
  notANumber,
  outOfRange,
  versionMismatch,
} from "./refusals.ts";
import { scanPage } from "./scan.ts";
import type { WatchDesk } from "./watch-desk.ts";

type VersionCondition = NonNullable<RequestOf<"kv.set">["if"]>[number];
type Entry = AnswerOf<"kv.get">;

type Answered<Name extends CommandName> = Decided<AnswerOf<Name>> | SynapError;

const UNCHANGED: readonly KvEffect[] = [];

/**
 * Decides kv commands: state, command and time in; answer and effects, or a refusal, out. Changes
 * nothing itself.
 */
export class KvEngine implements Handlers<"kv"> {
  readonly #state: KvState;
  readonly #limits: Limits;
  readonly #memory: MemoryAccount;
  readonly #random: () => number;
  readonly #watches: WatchDesk;
  readonly #answers = new Arena();
  #hits = 0;
  #misses = 0;

  constructor(parts: {
    state: KvState;
    watches: WatchDesk;
    limits: Limits;
    memory: MemoryAccount;
    /** Uniform in [0, 1): picks the keys that eviction looks at. */
    random: () => number;
  }) {
    this.#state = parts.state;
    this.#watches = parts.watches;
    this.#limits = parts.limits;
    this.#memory = parts.memory;
    this.#random = parts.random;
  }

  get({ key }: RequestOf<"kv.get">, { nowMs }: DecisionContext): Answered<"kv.get"> {
    return { payload: this.#read(key, nowMs), effects: UNCHANGED };
  }

  mget({ keys }: RequestOf<"kv.mget">, { nowMs }: DecisionContext): Answered<"kv.mget"> {
    const values: Entry[] = [];
    let bytes = 0;
    for (const key of keys) {
      const entry = this.#read(key, nowMs);
      bytes += entry.value?.length ?? 0;
      if (bytes > this.#limits.maxFrameBytes)
        return tooLarge("the answer", this.#limits.maxFrameBytes);
      values.push(entry);
    }
    return { payload: { values }, effects: UNCHANGED };
  }

  exists({ keys }: RequestOf<"kv.exists">, { nowMs }: DecisionContext): Answered<"kv.exists"> {
    let count = 0;
    for (const key of keys) if (this.#state.findLive(key, nowMs) !== NONE) count++;
    return { payload: { count }, effects: UNCHANGED };
  }

  ttl({ key }: RequestOf<"kv.ttl">, { nowMs }: DecisionContext): Answered<"kv.ttl"> {
    const handle = this.#state.findLive(key, nowMs);
    if (handle === NONE) return keyNotFound(key);
    const expires = this.#state.table.expires.get(handle);
    const payload =
      expires === 0 ? NO_TTL : { ttl: wholeSeconds(expires, nowMs), ttl_ms: expires - nowMs };
    return { payload, effects: UNCHANGED };
  }

  set(request: RequestOf<"kv.set">, context: DecisionContext): Answered<"kv.set"> {
    const { key, value } = request;
    const { nowMs, seq } = context;
    const handle = this.#state.findLive(key, nowMs);
    const refusal =
      this.#checkValue(value, "value") ??
      this.#checkVersion(key, handle, request.if_version) ??
      this.#checkConditions(request.if, nowMs);
    if (refusal !== null) return refusal;
    const previous = request.get === true && handle !== NONE ? this.#copyValue(handle) : undefined;
    if (handle === NONE ? request.xx === true : request.nx === true) {
      const version = this.#versionOf(handle);
      return { payload: { success: false, key, version, previous }, effects: UNCHANGED };
    }
    if (request.session === true && context.peer === null) return needsSession("session");
    const room = this.#makeRoomFor([request]);
    if (room instanceof SynapError) return room;
    const kept = request.keep_ttl === true && handle !== NONE;
    const expires = kept ? this.#state.table.expires.get(handle) : expiryOf(request, nowMs);
    const session = request.session === true ? (context.peer?.bindingId ?? null) : null;
    const effects: KvEffect[] = [...room];
    if (session !== null) this.#unbindDurable(key, effects);
    effects.push({ type: "kv.put", key, value, expires, session });
    return { payload: { success: true, key, version: seq, previous }, effects };
  }

  mset(request: RequestOf<"kv.mset">, { nowMs, seq }: DecisionContext): Answered<"kv.mset"> {
    for (const [i, entry] of request.entries.entries()) {
      const refusal = this.#checkValue(entry.value, `entries[${i}].value`) ?? checkOneTtl(entry, i);
      if (refusal !== null) return refusal;
    }
    const refusal = this.#checkConditions(request.if, nowMs);
    if (refusal !== null) return refusal;
    // The last entry of a key wins, and only it is written.
    const last = new Map(request.entries.map((entry) => [entry.key, entry]));
    const room = this.#makeRoomFor([...last.values()]);
    if (room instanceof SynapError) return room;
    const effects: KvEffect[] = [...room];
    for (const [key, entry] of last) {
      const expires = expiryOf(entry, nowMs);
      effects.push({ type: "kv.put", key, value: entry.value, expires, session: null });
    }
    return { payload: { version: seq }, effects };
  }

  del(request: RequestOf<"kv.del">, { nowMs }: DecisionContext): Answered<"kv.del"> {
    const refusal = this.#checkConditions(request.if, nowMs);
    if (refusal !== null) return refusal;
    const effects: KvEffect[] = [];
    for (const key of new Set(request.keys)) {
      if (this.#state.findLive(key, nowMs) === NONE) continue;
      effects.push({ type: "kv.delete", key, reason: "deleted", volatile: this.#isBound(key) });
    }
    return { payload: { deleted: effects.length }, effects };
  }

  incr(request: RequestOf<"kv.incr">, context: DecisionContext): Answered<"kv.incr"> {
    return this.#count(request, 1, context);
  }

  decr(request: RequestOf<"kv.decr">, context: DecisionContext): Answered<"kv.decr"> {
    return this.#count(request, -1, context);
  }

  #count(
    request: RequestOf<"kv.incr">,
    sign: 1 | -1,
    { nowMs }: DecisionContext,
  ): Answered<"kv.incr"> {
    const { key } = request;
    const refusal = this.#checkConditions(request.if, nowMs);
    if (refusal !== null) return refusal;
    const handle = this.#state.findLive(key, nowMs);
    const before = handle === NONE ? null : this.#state.table.valueOf(handle);
    const count = before === null ? 0 : readCounter(before);
    if (count === null) return notANumber(key);
    const result = count + sign * (request.amount ?? 1);
    if (!Number.isSafeInteger(result)) return outOfRange(key, count);
    const value = writeCounter(result, before);
    const room = this.#makeRoomFor([{ key, value }]);
    if (room instanceof SynapError) return room;
    const expires =
      handle === NONE ? expiryOf(request, nowMs) : this.#state.table.expires.get(handle);
    const session = handle === NONE ? null : this.#state.ownerOf(key);
    const effects: KvEffect[] = [...room, { type: "kv.put", key, value, expires, session }];
    return { payload: { value: result }, effects };
  }

  expire(request: RequestOf<"kv.expire">, { nowMs }: DecisionContext): Answered<"kv.expire"> {
    if (request.ttl === undefined && request.ttl_ms === undefined) {
      return needsTtl();
    }
    return this.#setExpiry(request.key, expiryOf(request, nowMs), nowMs);
  }

  persist({ key }: RequestOf<"kv.persist">, { nowMs }: DecisionContext): Answered<"kv.persist"> {
    return this.#setExpiry(key, 0, nowMs);
  }

  /** One page of keys, in order. */
  scan(request: RequestOf<"kv.scan">, { nowMs }: DecisionContext): Answered<"kv.scan"> {
    const after = request.cursor === undefined ? null : readCursor(request.cursor, "kv.scan");
    if (after instanceof SynapError) return after;
    const payload = scanPage(this.#state, request, after, nowMs, this.#limits.maxPageBytes);
    return { payload, effects: UNCHANGED };
  }

  watch(request: RequestOf<"kv.watch">, { peer }: DecisionContext): Answered<"kv.watch"> {
    if (peer === null) return needsSession("command");
    const payload = this.#watches.watch(peer, request.prefix, request.from_version);
    return payload instanceof SynapError ? payload : { payload, effects: UNCHANGED };
  }

  unwatch({ prefix }: RequestOf<"kv.unwatch">, { peer }: DecisionContext): Answered<"kv.unwatch"> {
    if (peer === null) return needsSession("command");
    const success = this.#watches.unwatch(peer, prefix);
    return { payload: { success }, effects: UNCHANGED };
  }

  stats(): Answered<"kv.stats"> {
    const { table, expiry, sessionKeys, expired, evicted } = this.#state;
    const payload = {
      keys: table.size,
      keys_with_ttl: expiry.size,
      session_keys: sessionKeys,
      bytes: table.bytes,
      max_memory_bytes: this.#limits.maxMemoryBytes,
      eviction_policy: this.#limits.evictionPolicy,
      hits: this.#hits,
      misses: this.#misses,
      expired,
      evicted,
      watchers: this.#watches.watches,
    };
    return { payload, effects: UNCHANGED };
  }

  /** What removes keys whose time has come, at most `max` of them. */
  expireDue(nowMs: number, max: number): KvEffect[] {
    const effects: KvEffect[] = [];
    const { expiry, table } = this.#state;
    for (const handle of expiry.due(nowMs, max)) {
      const key = table.keyOf(handle);
      effects.push({ type: "kv.delete", key, reason: "expired", volatile: this.#isBound(key) });
    }
    return effects;
  }

  /** What removes the keys of a session that has ended, at most `max` of them. */
  releaseSession(session: string, max: number): KvEffect[] {
    const effects: KvEffect[] = [];
    for (const key of this.#state.keysOwnedBy(session)) {
      if (effects.length === max) break;
      effects.push({ type: "kv.delete", key, reason: "session-ended", volatile: true });
    }
    return effects;
  }

  #read(key: string, nowMs: number): Entry {
    const handle = this.#state.findLive(key, nowMs);
    if (handle === NONE) {
      this.#misses++;
      return MISS;
    }
    this.#hits++;
    this.#state.touch(handle);
    const { table } = this.#state;
    const expires = table.expires.get(handle);
    return {
      found: true,
      value: this.#copyValue(handle),
      ttl: expires === 0 ? null : wholeSeconds(expires, nowMs),
      version: table.version.get(handle),
    };
  }

  #setExpiry(key: string, expires: number, nowMs: number): Answered<"kv.expire"> {
    const handle = this.#state.findLive(key, nowMs);
    if (handle === NONE) return keyNotFound(key);
    if (expires === 0 && this.#state.table.expires.get(handle) === 0) {
      return { payload: { success: false }, effects: UNCHANGED };
    }
    const volatile = this.#isBound(key);
    return { payload: { success: true }, effects: [{ type: "kv.expiry", key, expires, volatile }] };
  }

  /** An answer outlives the turn in which a later command may reuse the value's place. */
  #copyValue(handle: Handle): TaggedValue {
    return this.#answers.copy(this.#state.table.valueOf(handle));
  }

  #versionOf(handle: Handle): number {
    return handle === NONE ? 0 : this.#state.table.version.get(handle);
  }

  #isBound(key: string): boolean {
    return this.#state.ownerOf(key) !== null;
  }

  /** A key of a session that replaces a durable one: the durable one's end must be journaled. */
  #unbindDurable(key: string, effects: KvEffect[]): void {
    if (this.#state.table.find(key) === NONE || this.#isBound(key)) return;
    effects.push({ type: "kv.delete", key, reason: "rebound", volatile: false });
  }

  #checkValue(value: TaggedValue, path: string): SynapError | null {
    const limit = this.#limits.maxValueBytes;
    return value.length - 1 > limit ? tooLarge(path, limit, value.length - 1) : null;
  }

  #checkVersion(key: string, handle: Handle, expected: number | undefined): SynapError | null {
    if (expected === undefined) return null;
    const actual = this.#versionOf(handle);
    if (actual === expected) return null;
    return handle === NONE ? keyNotFound(key) : versionMismatch(key, expected, actual);
  }

  #checkConditions(
    conditions: readonly VersionCondition[] | undefined,
    nowMs: number,
  ): SynapError | null {
    for (const { key, version } of conditions ?? []) {
      const actual = this.#versionOf(this.#state.findLive(key, nowMs));
      if (actual !== version) return versionMismatch(key, version, actual);
    }
    return null;
  }

  #makeRoomFor(
    entries: readonly { readonly key: string; readonly value: TaggedValue }[],
  ): KvEffect[] | SynapError {
    if (this.#limits.maxMemoryBytes === null) return [];
    const { table } = this.#state;
    let growth = 0;
    for (const { key, value } of entries) {
      const handle = table.find(key);
      growth += entryBytes(key, value.length);
      if (handle !== NONE) growth -= entryBytes(key, table.valueOf(handle).length);
    }
    const spared = new Set(entries.map((entry) => entry.key));
    return makeRoom(this.#state, this.#memory, growth, this.#limits, this.#random, spared);
  }
}

const MISS: Entry = { found: false, value: null, ttl: null, version: 0 };
const NO_TTL: AnswerOf<"kv.ttl"> = { ttl: null, ttl_ms: null };

/** When something with this time to live expires, in whole wall-clock milliseconds; 0 never. */
function expiryOf(times: { ttl?: number; ttl_ms?: number }, nowMs: number): number {
  if (times.ttl_ms !== undefined) return nowMs + times.ttl_ms;
  return times.ttl === undefined ? 0 : nowMs + Math.max(1, Math.round(times.ttl * 1000));
}

function wholeSeconds(expires: number, nowMs: number): number {
  return Math.ceil((expires - nowMs) / 1000);
}

import type { TaggedValue } from "@hivellm/synap-protocol";
import { invariant } from "../invariant.ts";
import { DueHeap } from "../tables/due-heap.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import { OrderedIndex } from "../tables/ordered-index.ts";
import type { KvEffect } from "./kv-effects.ts";
import { type KvTable, MemoryKvTable } from "./kv-table.ts";

/** A change as watchers hear of it. */
export interface KvChange {
  readonly op: "put" | "delete" | "expire";
  readonly key: string;
  /** The value of a put: a view, good only during the call. */
  readonly value: TaggedValue | null;
  readonly version: number;
  readonly expires: number;
}

/**
 * The keys and everything that is derived from them. It knows no sessions (a bound key carries an
 * opaque owner) and no clock; it changes in `apply` and nowhere else, live and in recovery alike.
 *
 * K1  a key's version is the seq of the put that made its value
 * K2  a key is in the expiry heap if and only if it expires
 * K3  a key has an owner if and only if its last put named one
 */
export class KvState {
  readonly table: KvTable = new MemoryKvTable();
  readonly index = new OrderedIndex((handle) => this.table.keyOf(handle));
  readonly expiry = new DueHeap(this.table.expires);
  readonly #owners = new Map<string, string>();
  readonly #owned = new Map<string, Set<string>>();
  #uses = 0;
  expired = 0;
  evicted = 0;

  get sessionKeys(): number {
    return this.#owners.size;
  }

  /** The session that a key is bound to, or null. */
  ownerOf(key: string): string | null {
    return this.#owners.get(key) ?? null;
  }

  /** The keys that are bound to a session. */
  keysOwnedBy(session: string): ReadonlySet<string> {
    return this.#owned.get(session) ?? NO_KEYS;
  }

  /** The handle of a key that exists at this time, or NONE. */
  findLive(key: string, nowMs: number): Handle {
    const handle = this.table.find(key);
    return handle === NONE || this.isExpired(handle, nowMs) ? NONE : handle;
  }

  isExpired(handle: Handle, nowMs: number): boolean {
    const expires = this.table.expires.get(handle);
    return expires !== 0 && expires <= nowMs;
  }

  /** Notes a use, for allkeys-lru. */
  touch(handle: Handle): void {
    this.table.access.set(handle, ++this.#uses);
  }

  /** Changes the state by one effect and returns what watchers hear of it, if anything. */
  apply(effect: KvEffect, seq: number): KvChange | null {
    switch (effect.type) {
      case "kv.put":
        return this.#put(effect, seq);
      case "kv.delete":
        return this.#delete(effect, seq);
      case "kv.expiry": {
        const handle = this.table.find(effect.key);
        invariant(handle !== NONE, "kv.expiry names a key that exists");
        this.#setExpires(handle, effect.expires);
        return null;
      }
    }
  }

  #put(effect: KvEffect & { type: "kv.put" }, seq: number): KvChange {
    const { key, value, expires } = effect;
    let handle = this.table.find(key);
    if (handle === NONE) {
      handle = this.table.insert(key, value);
      this.expiry.admit(handle);
      this.index.add(key, handle);
    } else {
      invariant(this.table.version.get(handle) <= seq, "K1: versions only grow");
      this.table.replaceValue(handle, value);
    }
    this.table.version.set(handle, seq);
    this.#setExpires(handle, expires);
    this.#bind(key, effect.session);
    this.touch(handle);
    return { op: "put", key, value, version: seq, expires };
  }

  #delete(effect: KvEffect & { type: "kv.delete" }, seq: number): KvChange | null {
    const { key, reason } = effect;
    const handle = this.table.find(key);
    invariant(handle !== NONE, "kv.delete names a key that exists");
    this.#bind(key, null);
    this.expiry.remove(handle);
    this.index.remove(key);
    this.table.remove(handle);
    if (reason === "expired") this.expired++;
    if (reason === "evicted") this.evicted++;
    if (reason === "rebound") return null; // the put that follows in the same record is what is heard
    const op = reason === "expired" ? "expire" : "delete";
    return { op, key, value: null, version: seq, expires: 0 };
  }

  #setExpires(handle: Handle, expires: number): void {
    this.table.expires.set(handle, expires);
    this.expiry.update(handle); // K2
  }

  #bind(key: string, session: string | null): void {
    const before = this.#owners.get(key);
    if ((before ?? null) === session) return;
    if (before !== undefined) {
      const keys = this.#owned.get(before);
      keys?.delete(key);
      if (keys?.size === 0) this.#owned.delete(before);
      this.#owners.delete(key);
    }
    if (session === null) return;
    this.#owners.set(key, session); // K3
    const keys = this.#owned.get(session);
    if (keys === undefined) this.#owned.set(session, new Set([key]));
    else keys.add(key);
  }
}

const NO_KEYS: ReadonlySet<string> = new Set();

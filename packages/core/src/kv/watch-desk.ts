import { type ServerPush, SynapError } from "@hivellm/synap-protocol";
import type { Limits } from "../limits.ts";
import type { Peer } from "../session/peer.ts";
import { Arena } from "../tables/arena.ts";
import { compareKeys } from "../tables/key-order.ts";
import type { KvChange, KvState } from "./kv-state.ts";
import { WatchHistory } from "./watch-history.ts";

/** How a watch was begun, as `kv.watch` answers it. */
export interface WatchAnswer {
  readonly version: number;
  readonly reset: boolean;
}

/** Keys that a follower gets, and changes that it looks at, before its bytes are counted. */
const STEP = 256;

/** How long changes are kept after the last watch ended, for one that comes back. */
const HISTORY_IDLE_MS = 60_000;

/**
 * A follower is a cursor, not a buffer: it reads the index or the history when its socket takes
 * more, so a slow one costs nothing but its place.
 *
 * F1  `walking`: every key up to `position` has been sent as it was at `cursor`, no key behind it
 * F2  `behind`: everything up to `cursor` has been sent
 * F3  `live`: everything has been sent; changes come to it as they happen
 */
interface Follower {
  /** Changes when another party takes it up. */
  peer: Peer;
  readonly group: Group;
  phase: "walking" | "behind" | "live";
  /** The last key that was walked; null before the first. */
  position: string | null;
  cursor: number;
}

/** The followers of one prefix: what is pushed to them is made, and encoded, once. */
interface Group {
  readonly prefix: string;
  readonly followers: Set<Follower>;
  /** This turn's changes, for the live ones. */
  fresh: KvChange[];
}

/** Watches on prefixes: who follows what, and how far. */
export class WatchDesk {
  readonly #state: KvState;
  readonly #limits: Limits;
  readonly #seq: () => number;
  readonly #nowMs: () => number;
  readonly #wake: () => void;
  readonly history: WatchHistory;
  readonly #walked = new Arena();
  readonly #groups = new Map<string, Group>();
  /** How many groups have a prefix of this length: a change looks only at lengths that exist. */
  readonly #lengths = new Map<number, number>();
  readonly #followers = new Map<Peer, Map<string, Follower>>();
  readonly #freshGroups = new Set<Group>();
  readonly #pumping = new Set<Follower>();
  #watches = 0;
  #idleSinceMs = 0;

  constructor(ports: {
    state: KvState;
    limits: Limits;
    seq: () => number;
    nowMs: () => number;
    /** Asks for `flush` at the end of this turn. */
    wake: () => void;
  }) {
    this.#state = ports.state;
    this.#limits = ports.limits;
    this.#seq = ports.seq;
    this.#nowMs = ports.nowMs;
    this.#wake = ports.wake;
    this.history = new WatchHistory(ports.limits);
  }

  get watches(): number {
    return this.#watches;
  }

  /** Begins a watch, or begins it anew. The first pushes come at the end of this turn. */
  watch(peer: Peer, prefix: string, fromVersion?: number): WatchAnswer | SynapError {
    const mine = this.#followers.get(peer) ?? new Map<string, Follower>();
    if (!mine.has(prefix) && mine.size >= this.#limits.maxWatchesPerSession) {
      return new SynapError("SUBSCRIBER_LIMIT", "This session has as many watches as it may.", {
        details: { limit: this.#limits.maxWatchesPerSession },
      });
    }
    this.unwatch(peer, prefix);
    const seq = this.#seq();
    this.history.activate(seq);
    const resumes =
      fromVersion !== undefined && fromVersion >= this.history.floor && fromVersion <= seq;
    const follower: Follower = {
      peer,
      group: this.#join(prefix),
      phase: resumes ? "behind" : "walking",
      position: null,
      cursor: resumes ? fromVersion : seq,
    };
    follower.group.followers.add(follower);
    mine.set(prefix, follower);
    this.#followers.set(peer, mine);
    this.#watches++;
    this.#pump(follower);
    return { version: seq, reset: !resumes };
  }

  unwatch(peer: Peer, prefix: string): boolean {
    const mine = this.#followers.get(peer);
    const follower = mine?.get(prefix);
    if (mine === undefined || follower === undefined) return false;
    mine.delete(prefix);
    if (mine.size === 0) this.#followers.delete(peer);
    this.#pumping.delete(follower);
    follower.group.followers.delete(follower);
    if (follower.group.followers.size === 0) this.#leave(follower.group);
    this.#watches--;
    this.#idleSinceMs = this.#nowMs();
    return true;
  }

  /** Ends everything that this party watches. */
  forget(peer: Peer): void {
    for (const prefix of [...(this.#followers.get(peer)?.keys() ?? [])]) {
      this.unwatch(peer, prefix);
    }
    this.#followers.delete(peer);
  }

  /** Another party takes up what one watched: each watch goes on where it was, its own ones stay. */
  takeUp(from: Peer, to: Peer): void {
    const theirs = this.#followers.get(from) ?? new Map<string, Follower>();
    const mine = this.#followers.get(to) ?? new Map<string, Follower>();
    for (const [prefix, follower] of theirs) {
      if (mine.has(prefix) || mine.size >= this.#limits.maxWatchesPerSession) continue;
      follower.peer = to;
      theirs.delete(prefix);
      mine.set(prefix, follower);
      if (follower.phase !== "live") this.#pump(follower);
    }
    if (mine.size > 0) this.#followers.set(to, mine);
    this.forget(from);
  }

  /** The party's socket takes more. */
  drained(peer: Peer): void {
    for (const follower of this.#followers.get(peer)?.values() ?? []) {
      if (follower.phase !== "live") this.#pump(follower);
    }
  }

  /** Hears of each change as it is applied. */
  onChange(change: KvChange): void {
    if (!this.history.isActive) return;
    if (this.#watches === 0 && this.#nowMs() - this.#idleSinceMs > HISTORY_IDLE_MS) {
      this.history.deactivate();
      return;
    }
    const kept = this.history.add(change);
    for (const length of this.#lengths.keys()) {
      if (length > kept.key.length) continue;
      const group = this.#groups.get(kept.key.slice(0, length));
      if (group === undefined) continue;
      group.fresh.push(kept);
      this.#freshGroups.add(group);
    }
    if (this.#freshGroups.size > 0) this.#wake();
  }

  /** The end of a turn: live followers get this turn's changes, the others one step. */
  flush(): void {
    for (const group of this.#freshGroups) this.#deliver(group);
    this.#freshGroups.clear();
    const pumping = [...this.#pumping];
    this.#pumping.clear();
    for (const follower of pumping) {
      if (!follower.peer.writable) continue; // `drained` pumps it again
      this.#step(follower);
      if (follower.phase !== "live") this.#pump(follower);
    }
  }

  #deliver(group: Group): void {
    const changes = group.fresh;
    group.fresh = [];
    let pushes: ServerPush[] | null = null;
    const first = (changes[0] as KvChange).version;
    const last = (changes.at(-1) as KvChange).version;
    for (const follower of group.followers) {
      if (follower.phase !== "live") continue;
      if (follower.peer.writable) {
        pushes ??= changes.map((change) => this.#pushOf(group.prefix, change));
        follower.peer.push(pushes, last);
      } else {
        follower.phase = "behind";
        follower.cursor = first - 1; // F2: whole versions, so the one before the first is safe
      }
    }
  }

  #pump(follower: Follower): void {
    this.#pumping.add(follower);
    this.#wake();
  }

  #step(follower: Follower): void {
    if (follower.cursor < this.history.floor) {
      this.#restart(follower);
      return;
    }
    if (!this.#readOn(follower)) return;
    follower.cursor = this.#seq();
    if (follower.phase === "walking") this.#walk(follower);
    else follower.phase = "live"; // F3
  }

  /**
   * Sends what the history has after the cursor, up to a page of it; returns whether that is all. A
   * step must not stop at what does not concern the follower, or writers elsewhere could outrun it.
   */
  #readOn(follower: Follower): boolean {
    let bytes = 0;
    while (bytes < this.#limits.maxPageBytes) {
      const changes = this.history.after(follower.cursor, STEP);
      const last = changes.at(-1);
      if (last === undefined) return true;
      const mine = changes.filter((change) => isFor(follower, change));
      for (const change of mine) bytes += change.key.length + (change.value?.length ?? 0);
      this.#send(follower, mine);
      follower.cursor = last.version;
    }
    return false;
  }

  /** Sends the next keys as they are now; F1 holds because nothing runs between both halves. */
  #walk(follower: Follower): void {
    const { prefix } = follower.group;
    const { table, index } = this.#state;
    const nowMs = this.#nowMs();
    const pushes: ServerPush[] = [];
    let seen = 0;
    let bytes = 0;
    let more = false;
    const start = follower.position ?? prefix;
    index.walk(start, follower.position !== null, (handle, key) => {
      if (!key.startsWith(prefix)) return false;
      if (seen === STEP || bytes >= this.#limits.maxPageBytes) {
        more = true;
        return false;
      }
      seen++;
      follower.position = key;
      if (this.#state.isExpired(handle, nowMs)) return true;
      const value = this.#walked.copy(table.valueOf(handle));
      bytes += value.length + key.length;
      const expires = table.expires.get(handle);
      const change = {
        op: "put",
        key,
        value,
        version: table.version.get(handle),
        expires,
      } as const;
      pushes.push(this.#pushOf(prefix, change));
      return true;
    });
    const seq = this.#seq();
    if (!more) {
      pushes.push({ kind: "push", type: "synced", fields: { prefix, version: seq } });
      follower.phase = "live"; // F3: nothing was written since the history was read
    }
    if (pushes.length > 0) follower.peer.push(pushes, seq);
  }

  /** The history no longer reaches back to the cursor: tell the gap once, then send all values. */
  #restart(follower: Follower): void {
    const { prefix } = follower.group;
    const seq = this.#seq();
    const fields = { kind: "watch", prefix, reason: "slow", from: follower.cursor, to: seq };
    follower.peer.push([{ kind: "push", type: "gap", fields }], seq);
    follower.phase = "walking";
    follower.position = null;
    follower.cursor = seq;
  }

  #send(follower: Follower, changes: readonly KvChange[]): void {
    const last = changes.at(-1);
    if (last === undefined) return;
    const { prefix } = follower.group;
    follower.peer.push(
      changes.map((change) => this.#pushOf(prefix, change)),
      last.version,
    );
  }

  #pushOf(prefix: string, change: KvChange): ServerPush {
    const { op, key, value, version, expires } = change;
    const ttl = op === "put" ? ttlSeconds(expires, this.#nowMs()) : undefined;
    const fields = { prefix, op, key, value: value ?? undefined, version, ttl };
    return { kind: "push", type: "watch", fields };
  }

  #join(prefix: string): Group {
    const known = this.#groups.get(prefix);
    if (known !== undefined) return known;
    const group: Group = { prefix, followers: new Set(), fresh: [] };
    this.#groups.set(prefix, group);
    this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1);
    return group;
  }

  #leave(group: Group): void {
    this.#groups.delete(group.prefix);
    this.#freshGroups.delete(group);
    const left = (this.#lengths.get(group.prefix.length) as number) - 1;
    if (left === 0) this.#lengths.delete(group.prefix.length);
    else this.#lengths.set(group.prefix.length, left);
  }
}

/** Whether a follower must hear of a change: a walking one only of keys it has already passed. */
function isFor(follower: Follower, change: KvChange): boolean {
  if (!change.key.startsWith(follower.group.prefix)) return false;
  if (follower.phase !== "walking") return true;
  return follower.position !== null && compareKeys(change.key, follower.position) <= 0;
}

function ttlSeconds(expires: number, nowMs: number): number | undefined {
  return expires === 0 ? undefined : Math.max(0, Math.ceil((expires - nowMs) / 1000));
}

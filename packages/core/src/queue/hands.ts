import type { Peer } from "../session/peer.ts";
import { NumberColumn } from "../tables/column.ts";
import { DueHeap } from "../tables/due-heap.ts";
import type { Handle } from "../tables/handle.ts";
import type { Subscription } from "./takers.ts";

/** A delivery in somebody's hands. */
export interface Held {
  readonly id: number;
  readonly handle: Handle;
  readonly queue: string;
  /** Whose credit it takes, if it came by a subscription. */
  subscription: Subscription | null;
  /** Who polled for it, if its queue is exclusive. */
  readonly consumer: string | null;
  /** The session it returns with when that ends; null over HTTP. */
  peer: Peer | null;
}

/**
 * The deliveries in hand, by message, by party, and by deadline on the serving clock.
 *
 * M1  every message in flight is held exactly once, from its delivery until it is let go
 */
export class Hands {
  readonly #byHandle = new Map<Handle, Held>();
  readonly #byPeer = new Map<Peer, Set<Held>>();
  readonly #deadlines = new NumberColumn();
  readonly #due = new DueHeap(this.#deadlines);

  get size(): number {
    return this.#byHandle.size;
  }

  /** Parties that hold something. */
  get parties(): number {
    return this.#byPeer.size;
  }

  /** When the next deadline lapses, on the serving clock. */
  get nextDeadline(): number | undefined {
    const handle = this.#due.peek();
    return handle === undefined ? undefined : this.#deadlines.get(handle);
  }

  add(held: Held, deadline: number): void {
    this.#byHandle.set(held.handle, held); // M1
    this.#due.admit(held.handle);
    this.setDeadline(held.handle, deadline);
    this.#join(held);
  }

  setDeadline(handle: Handle, deadline: number): void {
    this.#deadlines.set(handle, deadline);
    this.#due.update(handle);
  }

  get(handle: Handle): Held | undefined {
    return this.#byHandle.get(handle);
  }

  remove(held: Held): void {
    this.#byHandle.delete(held.handle);
    this.#due.remove(held.handle);
    this.#leave(held);
  }

  /** Those whose deadline has lapsed, at most `max`. */
  lapsed(now: number, max: number): Held[] {
    return this.#due.due(now, max).map((handle) => this.#byHandle.get(handle) as Held);
  }

  /** Something that this party holds, at most `max`. */
  of(peer: Peer, max: number): Held[] {
    const found: Held[] = [];
    for (const held of this.#byPeer.get(peer) ?? []) {
      if (found.length === max) break;
      found.push(held);
    }
    return found;
  }

  /** What one party holds is in another's hands now; `each` hears of it. */
  takeUp(from: Peer, to: Peer, each: (held: Held) => void): void {
    for (const held of this.#byPeer.get(from) ?? []) {
      held.peer = to;
      this.#join(held);
      each(held);
    }
    this.#byPeer.delete(from);
  }

  #join(held: Held): void {
    if (held.peer === null) return;
    const mine = this.#byPeer.get(held.peer);
    if (mine === undefined) this.#byPeer.set(held.peer, new Set([held]));
    else mine.add(held);
  }

  #leave(held: Held): void {
    if (held.peer === null) return;
    const mine = this.#byPeer.get(held.peer);
    mine?.delete(held);
    if (mine?.size === 0) this.#byPeer.delete(held.peer);
  }
}

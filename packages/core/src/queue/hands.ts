import type { Peer } from "../session/peer.ts";
import { IntColumn, NumberColumn } from "../tables/column.ts";
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

/** A delivery among those of its party. */
interface Link {
  readonly held: Held;
  of: Chain | null;
  before: Link | null;
  after: Link | null;
}

/** What one party holds, in the order in which it came. */
interface Chain {
  first: Link | null;
  last: Link | null;
  /** The party has ended: it is forgotten when nothing is left. */
  ends: boolean;
}

/**
 * The deliveries in hand, by message, by party, and by deadline on the serving clock. Rows and
 * chains rather than maps and sets: those leave tables behind at this rate of coming and going, and
 * the collector carries along what dead tables hold.
 *
 * M1  every message in flight is held exactly once, from its delivery until it is let go
 */
export class Hands {
  readonly #links: (Link | null)[] = [];
  readonly #free: number[] = [];
  /** Of a message's row, its place in `#links` plus 1; 0 if it is not held. */
  readonly #places = new IntColumn();
  /** Rows from here on were never held. */
  #end = 0;
  readonly #chains = new Map<Peer, Chain>();
  readonly #deadlines = new NumberColumn();
  readonly #due = new DueHeap(this.#deadlines);

  get size(): number {
    return this.#links.length - this.#free.length;
  }

  /** Parties that hold something, or did and are still there. */
  get parties(): number {
    return this.#chains.size;
  }

  /** When the next deadline lapses, on the serving clock. */
  get nextDeadline(): number | undefined {
    const handle = this.#due.peek();
    return handle === undefined ? undefined : this.#deadlines.get(handle);
  }

  add(held: Held, deadline: number): void {
    const { handle, peer } = held;
    const link: Link = { held, of: null, before: null, after: null };
    const place = this.#free.pop() ?? this.#links.length;
    this.#links[place] = link;
    this.#places.set(handle, place + 1); // M1
    this.#end = Math.max(this.#end, handle + 1);
    this.#due.admit(handle);
    this.setDeadline(handle, deadline);
    if (peer !== null) append(this.#chainOf(peer), link);
  }

  setDeadline(handle: Handle, deadline: number): void {
    this.#deadlines.set(handle, deadline);
    this.#due.update(handle);
  }

  get(handle: Handle): Held | undefined {
    return this.#linkOf(handle)?.held;
  }

  remove({ handle, peer }: Held): void {
    const place = this.#places.get(handle) - 1;
    const link = this.#links[place] as Link;
    this.#links[place] = null;
    this.#free.push(place);
    this.#places.set(handle, 0);
    this.#due.remove(handle);
    const chain = link.of;
    if (chain === null || peer === null) return;
    leave(chain, link);
    if (chain.ends && chain.first === null) this.#chains.delete(peer);
  }

  /** Those whose deadline has lapsed, at most `max`. */
  lapsed(now: number, max: number): Held[] {
    return this.#due.due(now, max).map((handle) => this.get(handle) as Held);
  }

  /** Something that this party holds, at most `max`. */
  of(peer: Peer, max: number): Held[] {
    const found: Held[] = [];
    let link = this.#chains.get(peer)?.first ?? null;
    for (; link !== null && found.length < max; link = link.after) found.push(link.held);
    return found;
  }

  /** What one party holds is in another's hands now; `each` hears of it. */
  takeUp(from: Peer, to: Peer, each: (held: Held) => void): void {
    const theirs = this.#chains.get(from);
    if (theirs === undefined) return;
    this.#chains.delete(from);
    const mine = this.#chainOf(to);
    for (let link = theirs.first; link !== null; ) {
      const { held, after } = link;
      held.peer = to;
      append(mine, link);
      each(held);
      link = after;
    }
  }

  /** The party has ended; returns whether it holds something. */
  forget(peer: Peer): boolean {
    const chain = this.#chains.get(peer);
    if (chain === undefined) return false;
    chain.ends = true;
    if (chain.first !== null) return true;
    this.#chains.delete(peer);
    return false;
  }

  #linkOf(handle: Handle): Link | null {
    if (handle < 0 || handle >= this.#end) return null;
    return this.#links[this.#places.get(handle) - 1] ?? null;
  }

  #chainOf(peer: Peer): Chain {
    const known = this.#chains.get(peer);
    if (known !== undefined) return known;
    const chain: Chain = { first: null, last: null, ends: false };
    this.#chains.set(peer, chain);
    return chain;
  }
}

function append(chain: Chain, link: Link): void {
  link.of = chain;
  link.before = chain.last;
  link.after = null;
  if (chain.last === null) chain.first = link;
  else chain.last.after = link;
  chain.last = link;
}

function leave(chain: Chain, link: Link): void {
  const { before, after } = link;
  if (before === null) chain.first = after;
  else before.after = after;
  if (after === null) chain.last = before;
  else after.before = before;
  link.before = null; // a dead link that outlives a collection would keep those behind it
  link.after = null;
}

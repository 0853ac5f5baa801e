import type { ServerPush, SynapError } from "@hivellm/synap-protocol";
import type { Limits } from "../limits.ts";
import type { Peer } from "../session/peer.ts";
import type { PatternCounts } from "./pattern-counts.ts";
import type { PubsubEffect } from "./pubsub-effects.ts";
import { type SharedPush, sharedPush } from "./shared-push.ts";
import { BufferedBytes, SlowBuffer } from "./slow-buffer.ts";
import { type Subscriber, Subscriptions } from "./subscriptions.ts";

/**
 * Brings messages to those who listen: at the end of the turn, or from a bounded buffer when their
 * socket takes more.
 *
 * S1  a message goes once to each subscriber with a matching pattern outside groups, and once to each
 *     group with a matching pattern, to one member of it
 * S2  what a subscriber gets, it gets in the order in which it was published
 * S3  a gap stands where messages are missing, once for all that are missing there, and counts them
 * S4  a copy is delivered, dropped or waiting
 * S5  when nobody listens, nothing is held
 */
export class PubsubDesk {
  readonly subscriptions: Subscriptions;
  readonly #limits: Limits;
  readonly #seq: () => number;
  readonly #wake: () => void;
  readonly #buffered = new BufferedBytes();
  /** Those who have something to get at the end of the turn. */
  readonly #due = new Set<Subscriber>();
  #published = 0;
  #delivered = 0;
  #dropped = 0;

  constructor(ports: {
    limits: Limits;
    seq: () => number;
    /** Asks for `flush` at the end of this turn. */
    wake: () => void;
    counts: PatternCounts;
  }) {
    this.#limits = ports.limits;
    this.#seq = ports.seq;
    this.#wake = ports.wake;
    this.subscriptions = new Subscriptions(ports.limits, ports.counts);
  }

  get published(): number {
    return this.#published;
  }

  get delivered(): number {
    return this.#delivered;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** What subscriptions and buffers take. */
  get bytes(): number {
    return this.subscriptions.bytes + this.#buffered.bytes;
  }

  /** How many entries there are in all of its tables; 0 when nobody listens (S5). For tests. */
  get parts(): number {
    return this.subscriptions.parts + this.#buffered.bytes + this.#due.size;
  }

  subscribe(peer: Peer, topics: readonly string[], group: string | null): SynapError | null {
    return this.subscriptions.subscribe(peer, topics, group);
  }

  /**
   * Ends subscriptions: those to `topics`, or all; with `group` those of this group. What was
   * published before comes before the answer.
   */
  unsubscribe(peer: Peer, topics?: readonly string[], group?: string): number {
    const subscriber = this.subscriptions.find(peer);
    if (subscriber === undefined) return 0;
    this.#settle(subscriber);
    const removed =
      topics === undefined
        ? this.subscriptions.unsubscribeAll(subscriber, group)
        : this.subscriptions.unsubscribe(subscriber, topics, group ?? null);
    if (subscriber.size === 0) this.#discard(subscriber);
    this.#sweep();
    return removed;
  }

  /** Gives a message to all whom it concerns (S1). */
  deliver(message: PubsubEffect, seq: number): void {
    this.#published++;
    const matches = this.subscriptions.match(message.topic);
    if (matches.length === 0) return;
    const mark = this.subscriptions.nextMark();
    let shared: SharedPush | null = null;
    for (const { plain } of matches) {
      for (const subscriber of plain) {
        if (subscriber.hasEnded || subscriber.reached === mark) continue;
        subscriber.reached = mark;
        shared ??= sharedPush(message, seq);
        this.#give(subscriber, shared);
      }
    }
    for (const [group, rings] of this.subscriptions.ringsOf(matches)) {
      const taken = this.subscriptions.takeTurn(rings);
      if (taken !== null) this.#give(taken, sharedPush(message, seq, group));
    }
  }

  /** The end of a turn: everybody gets what is theirs, and what has ended is cleared away. */
  flush(): void {
    this.#sweep();
    const due = [...this.#due];
    this.#due.clear();
    for (const subscriber of due) this.#settle(subscriber);
  }

  /** The party's socket takes more. */
  drained(peer: Peer): void {
    const subscriber = this.subscriptions.find(peer);
    if (subscriber !== undefined && subscriber.buffer !== null) this.#remind(subscriber);
  }

  /** Another party takes up what one listened to, and what waits for it. */
  takeUp(from: Peer, to: Peer): void {
    const left = this.subscriptions.find(from);
    if (left === undefined) return;
    const own = this.subscriptions.takeUp(left, to);
    if (own !== null) this.#merge(left, own);
    if (left.buffer !== null) this.#remind(left);
    this.#sweep();
  }

  /** Ends everything that this party listens to. */
  forget(peer: Peer): void {
    const subscriber = this.subscriptions.find(peer);
    if (subscriber === undefined) return;
    this.subscriptions.unsubscribeAll(subscriber);
    this.#discard(subscriber);
    this.#sweep();
  }

  #give(subscriber: Subscriber, shared: SharedPush): void {
    subscriber.fresh.push(shared);
    if (subscriber.fresh.length === 1) this.#remind(subscriber);
  }

  #remind(subscriber: Subscriber): void {
    this.#due.add(subscriber);
    this.#wake();
  }

  /** Sends what waits, a page of it, and then what is fresh; or lets both wait (S2). */
  #settle(subscriber: Subscriber): void {
    const { peer } = subscriber;
    if (!peer.writable) {
      this.#hold(subscriber); // `drained` comes back to it
      return;
    }
    const pushes = this.#takeWaiting(subscriber);
    if (subscriber.buffer === null) {
      for (const { push } of subscriber.fresh) pushes.push(push);
      this.#delivered += subscriber.fresh.length;
      subscriber.fresh = [];
    } else {
      this.#hold(subscriber);
      this.#remind(subscriber);
    }
    if (pushes.length > 0) peer.push(pushes, this.#seq());
  }

  #takeWaiting(subscriber: Subscriber): ServerPush[] {
    const { buffer } = subscriber;
    if (buffer === null) return [];
    const pushes = buffer.lost > 0 ? [gapOf(buffer.lost)] : []; // S3
    for (const { push } of buffer.take(this.#limits.maxPageBytes)) {
      pushes.push(push);
      this.#delivered++;
    }
    if (buffer.isEmpty) subscriber.buffer = null;
    return pushes;
  }

  /** What is fresh waits behind what waits already. */
  #hold(subscriber: Subscriber): void {
    if (subscriber.fresh.length === 0) return;
    subscriber.buffer ??= new SlowBuffer(this.#limits, this.#buffered);
    for (const shared of subscriber.fresh) this.#dropped += subscriber.buffer.add(shared);
    subscriber.fresh = [];
  }

  /** What waits for a party's own subscriptions is added to what waited for those it took up. */
  #merge(left: Subscriber, own: Subscriber): void {
    this.#hold(own);
    if (own.buffer !== null) {
      this.#hold(left);
      left.buffer ??= new SlowBuffer(this.#limits, this.#buffered);
      this.#dropped += left.buffer.merge(own.buffer);
    }
    this.#discard(own);
  }

  /** Many subscriptions that have ended are cleared away over several turns. */
  #sweep(): void {
    if (this.subscriptions.sweep()) this.#wake();
  }

  /** A party that listens to nothing gets nothing any more (S5). */
  #discard(subscriber: Subscriber): void {
    this.#dropped += subscriber.fresh.length + (subscriber.buffer?.clear() ?? 0); // S4
    subscriber.fresh = [];
    subscriber.buffer = null;
    this.#due.delete(subscriber);
  }
}

function gapOf(lost: number): ServerPush {
  return { kind: "push", type: "gap", fields: { reason: "slow", lost, kind: "pubsub" } };
}

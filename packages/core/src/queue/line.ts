import { TurnRing } from "../pubsub/turn-ring.ts";
import type { Queue } from "./queue.ts";
import type { Poll, Subscription, Taker } from "./takers.ts";

/**
 * Who waits at one queue.
 *
 * N1  the ring holds those that have room, in the order in which they are served next; subscriptions
 *     that want to be alone are not in it: they take when they lead
 * N2  whoever has taken goes to the end
 */
export class Line {
  /** In the order they came: the first leads, if it or its queue is exclusive. */
  readonly #subscriptions = new Set<Subscription>();
  readonly #ring = new TurnRing<Taker>();
  /** What each consumer of an exclusive queue has in hand by polls. */
  readonly #polled = new Map<string, number>();
  #leader: Subscription | undefined;
  #polls = 0;

  /** Nobody waits here, and of nobody is remembered what it holds: the line can go. */
  get isEmpty(): boolean {
    return this.size === 0 && this.#polled.size === 0;
  }

  get size(): number {
    return this.#subscriptions.size + this.#polls;
  }

  /** How many have room and share what there is. */
  get ready(): number {
    return this.#ring.size;
  }

  has(subscription: Subscription): boolean {
    return this.#subscriptions.has(subscription);
  }

  addPoll(poll: Poll): void {
    this.#polls++;
    this.update(poll);
  }

  removePoll(poll: Poll): void {
    this.#polls--;
    this.#leaveRing(poll);
  }

  /** Adds a subscription, or hears that it asks for something else now. */
  addSubscription(subscription: Subscription): void {
    this.#subscriptions.add(subscription);
    this.#leader ??= subscription;
    this.update(subscription);
  }

  removeSubscription(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
    this.#leaveRing(subscription);
    if (this.#leader === subscription) this.#leader = first(this.#subscriptions);
  }

  /** A subscription let a deadline lapse: another that is there may lead before it. */
  stepBack(subscription: Subscription): void {
    if (this.#leader !== subscription) return;
    this.#subscriptions.delete(subscription);
    this.#subscriptions.add(subscription);
    this.#leader = first(this.#subscriptions);
  }

  /** Puts a taker in the ring, or out of it, as it has room (N1). */
  update(taker: Taker): void {
    if (taker.room <= 0 || taker.exclusive) this.#leaveRing(taker);
    else taker.seat ??= this.#ring.join(taker);
  }

  /** After it has taken (N2). A leader takes out of turn: those who wait keep their places. */
  served(taker: Taker, queue: Queue): void {
    if (taker.seat !== null && !this.#isExclusive(queue)) this.#ring.turnTo(taker.seat);
    this.update(taker);
  }

  /** Who is served next, or undefined if nobody can be. */
  next(queue: Queue): Taker | undefined {
    if (!this.#isExclusive(queue)) return this.#nextInRing();
    if (this.#leader === undefined) {
      return this.#ring.find((poll) => this.mayTake(poll, queue))?.item;
    }
    const leader = this.#leader;
    return leader.room > 0 && this.mayTake(leader, queue) ? leader : undefined;
  }

  /** Whether a taker may have messages now: of an exclusive queue, one at a time has any. */
  mayTake(taker: Taker, queue: Queue): boolean {
    if (!this.#isExclusive(queue)) return !taker.exclusive;
    if (this.#leader !== undefined && this.#leader !== taker) return false;
    return queue.inFlight.size === this.#heldBy(taker);
  }

  /** A poll of an exclusive queue took a message. */
  hold(consumer: string): void {
    this.#polled.set(consumer, (this.#polled.get(consumer) ?? 0) + 1);
  }

  unhold(consumer: string): void {
    const left = (this.#polled.get(consumer) ?? 1) - 1;
    if (left === 0) this.#polled.delete(consumer);
    else this.#polled.set(consumer, left);
  }

  #isExclusive(queue: Queue): boolean {
    return queue.settings.exclusive || this.#leader?.exclusive === true;
  }

  #heldBy(taker: Taker): number {
    return taker.kind === "subscription" ? taker.inHand : (this.#polled.get(pollerOf(taker)) ?? 0);
  }

  #nextInRing(): Taker | undefined {
    for (;;) {
      const taker = this.#ring.first?.item;
      if (taker === undefined || taker.room > 0) return taker;
      this.#leaveRing(taker); // its socket filled up meanwhile
    }
  }

  #leaveRing(taker: Taker): void {
    if (taker.seat === null) return;
    this.#ring.leave(taker.seat);
    taker.seat = null;
  }
}

/** Polls of one consumer are one party, whichever poll took. */
export function pollerOf(poll: Poll): string {
  return poll.consumer ?? "";
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  for (const item of set) return item;
  return undefined;
}

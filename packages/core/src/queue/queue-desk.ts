import { SynapError } from "@hivellm/synap-protocol";
import type { PartPorts } from "../part.ts";
import type { Peer } from "../session/peer.ts";
import type { Handle } from "../tables/handle.ts";
import { NONE } from "../tables/handle.ts";
import { Hands, type Held } from "./hands.ts";
import { Line, pollerOf } from "./line.ts";
import { type Delivery, MessageViews } from "./message-view.ts";
import { deadQueueOf, type Queue } from "./queue.ts";
import type { QueueEffect } from "./queue-effects.ts";
import type { QueueState } from "./queue-state.ts";
import { Returns } from "./returns.ts";
import { type Poll, Subscription, type Taker } from "./takers.ts";

/** What a subscription asks for. */
export type SubscribeRequest = Pick<
  Subscription,
  "queue" | "consumer" | "prefetch" | "ackDeadlineMs" | "exclusive"
>;

/** So many bytes of a message count as one more message in what a turn may do. */
const BYTES_PER_UNIT = 1_024;

/**
 * Who takes messages, and what is in whose hands. Long polls and subscriptions are takers of one
 * line; lines belong to names, so that a queue that is deleted and comes back finds its consumers.
 *
 * T1  a message is delivered only by `#deliver`, which commits before anyone is handed anything
 * T4  who waits has its turn before one who comes later
 */
export class QueueDesk {
  readonly #state: QueueState;
  readonly #ports: PartPorts;
  readonly #views: MessageViews;
  readonly #lines = new Map<string, Line>();
  /** The line where nobody waits. */
  readonly #nobody = new Line();
  readonly #subscriptions = new Map<Peer, Map<string, Subscription>>();
  readonly #hands = new Hands();
  readonly #returns: Returns;
  /** Queues where a message may have found a taker. */
  readonly #stirred = new Set<string>();
  #closed = false;

  constructor(state: QueueState, ports: PartPorts) {
    this.#state = state;
    this.#ports = ports;
    this.#views = new MessageViews(state.table);
    this.#returns = new Returns(state, this.#hands, ports, (held) => this.#letGo(held, false));
  }

  /** What the desk remembers, for tests of leaks. */
  get counts() {
    return {
      lines: this.#lines.size,
      parties: this.#subscriptions.size + this.#hands.parties,
      inHand: this.#hands.size,
      returning: this.#returns.size,
    };
  }

  /** Subscriptions and waiting polls of a queue. */
  consumersOf(queue: string): number {
    return this.#lines.get(queue)?.size ?? 0;
  }

  subscribe(peer: Peer, request: SubscribeRequest): SynapError | null {
    const { queue } = request;
    const mine = this.#subscriptions.get(peer) ?? new Map<string, Subscription>();
    const limit = this.#ports.limits.maxSubscriptionsPerSession;
    const known = mine.get(queue);
    if (known === undefined && mine.size >= limit) {
      return new SynapError("SUBSCRIBER_LIMIT", "This session consumes as many queues as it may.", {
        details: { limit },
      });
    }
    const subscription = known ?? new Subscription(peer, queue);
    subscription.consumer = request.consumer;
    subscription.prefetch = request.prefetch;
    subscription.ackDeadlineMs = request.ackDeadlineMs;
    subscription.exclusive = request.exclusive;
    subscription.silent = false; // it speaks
    mine.set(queue, subscription);
    this.#subscriptions.set(peer, mine);
    this.#lineOf(queue).addSubscription(subscription);
    this.stir(queue);
    return null;
  }

  unsubscribe(peer: Peer, queue: string): boolean {
    const mine = this.#subscriptions.get(peer);
    const subscription = mine?.get(queue);
    if (mine === undefined || subscription === undefined) return false;
    mine.delete(queue);
    if (mine.size === 0) this.#subscriptions.delete(peer);
    this.#lines.get(queue)?.removeSubscription(subscription);
    this.stir(queue); // the next may be its turn
    this.#dropIfEmpty(queue);
    return true;
  }

  /** Takes what is ready now. */
  takeNow(poll: Poll, queue: Queue, nowMs: number): Delivery[] {
    if (queue.ready.size === 0) return poll.taken;
    const line = this.#lines.get(queue.name) ?? this.#nobody;
    if (line.ready > 0) this.#serve(queue.name, this.#turnsWork); // T4
    this.#dropExpired(queue, this.#turnsWork, nowMs);
    if (this.#hasNext(queue, nowMs) && line.mayTake(poll, queue)) {
      this.#deliver(poll, queue, poll.room, nowMs);
    }
    return poll.taken;
  }

  /** Has a poll wait for its turn; the function that is returned ends the wait. */
  wait(poll: Poll, onTaken: () => void): () => void {
    const line = this.#lineOf(poll.queue);
    const leave = (): void => {
      line.removePoll(poll);
      this.#dropIfEmpty(poll.queue);
    };
    poll.onTaken = () => {
      leave();
      onTaken();
    };
    line.addPoll(poll);
    this.stir(poll.queue);
    return leave;
  }

  /** A party acknowledged, refused or released something of this queue: it is alive. */
  spoke(peer: Peer | null, queue: string): void {
    const subscription = peer === null ? undefined : this.#subscriptions.get(peer)?.get(queue);
    if (subscription?.silent !== true) return;
    subscription.silent = false;
    this.#credit(subscription);
  }

  /** All of a party's subscriptions may go on: it said hello. */
  greeted(peer: Peer): void {
    for (const queue of this.#subscriptions.get(peer)?.keys() ?? []) this.spoke(peer, queue);
  }

  drained(peer: Peer): void {
    for (const subscription of this.#subscriptions.get(peer)?.values() ?? []) {
      this.#credit(subscription);
    }
  }

  /** Another party takes up what one left: its subscriptions, and what it has in hand. */
  takeUp(from: Peer, to: Peer): void {
    const theirs = this.#subscriptions.get(from) ?? new Map<string, Subscription>();
    const mine = this.#subscriptions.get(to) ?? new Map<string, Subscription>();
    for (const [queue, subscription] of theirs) {
      if (mine.has(queue)) continue;
      theirs.delete(queue);
      subscription.peer = to;
      mine.set(queue, subscription);
    }
    if (mine.size > 0) this.#subscriptions.set(to, mine);
    this.#hands.takeUp(from, to, (held) => {
      const { subscription } = held;
      const other = mine.get(held.queue);
      if (subscription === null || theirs.get(held.queue) !== subscription) return;
      if (other === undefined) return;
      held.subscription = other; // it subscribed before it said hello: one credit for both (D1)
      other.inHand++;
    });
    for (const subscription of mine.values()) this.#credit(subscription);
  }

  /** The party has ended: its subscriptions end, what it holds returns. */
  forget(peer: Peer): void {
    for (const queue of [...(this.#subscriptions.get(peer)?.keys() ?? [])]) {
      this.unsubscribe(peer, queue);
    }
    this.#subscriptions.delete(peer);
    this.#returns.forget(peer);
  }

  /** Something changed that may bring a message and a taker together. */
  stir(queue: string): void {
    if (!this.#lines.has(queue)) return;
    this.#stirred.add(queue);
    this.#ports.wake();
  }

  /** Hears of each effect after it was applied. */
  heard(effect: QueueEffect): void {
    switch (effect.type) {
      case "queue.extend":
        this.#extend(effect.id, effect.deadline);
        return;
      case "queue.bury":
        this.stir(effect.queue);
        this.stir(deadQueueOf(effect.queue));
        return;
      default:
        this.stir(effect.queue);
    }
  }

  /** Takes deliveries out of hands, before the effect that ends them is applied. */
  release(ids: readonly number[], lapsed: boolean): void {
    for (const id of ids) {
      const held = this.#hands.get(this.#state.table.find(id));
      if (held !== undefined) this.#letGo(held, lapsed);
    }
  }

  /** A message is freed whose queue was deleted while it was in hand. */
  gone(handle: Handle): void {
    const held = this.#hands.get(handle);
    if (held !== undefined) this.#letGo(held, false);
  }

  /** The end of a turn: what waits is delivered, what ended parties held returns. */
  flush(): void {
    if (this.#closed) return;
    let budget = this.#turnsWork;
    budget -= this.#returns.flush(budget);
    for (const name of this.#stirred) {
      if (budget <= 0) break;
      budget -= this.#serve(name, budget);
    }
    if (this.#stirred.size > 0 || this.#returns.size > 0) this.#ports.wake();
    this.#returns.arm();
  }

  /** Nothing is delivered and nothing returns any more. */
  close(): void {
    this.#closed = true;
    this.#returns.close();
  }

  get #turnsWork(): number {
    return this.#ports.limits.maxQueueWorkPerTurn;
  }

  /** Brings messages and takers of one queue together; returns how much it did. */
  #serve(name: string, budget: number): number {
    const line = this.#lines.get(name);
    const queue = this.#state.find(name);
    const nowMs = this.#ports.nowMs();
    let done = 0;
    let share = 0;
    let left = 0; // of those who share
    while (line !== undefined && queue !== undefined && done < budget) {
      done += this.#dropExpired(queue, budget - done, nowMs);
      const taker = this.#hasNext(queue, nowMs) ? line.next(queue) : undefined;
      if (taker === undefined || done >= budget) break;
      if (left === 0) {
        left = Math.max(1, line.ready);
        share = Math.ceil(queue.ready.size / left);
      }
      left--;
      done += this.#deliver(taker, queue, Math.min(taker.room, share, budget - done), nowMs);
      line.served(taker, queue);
    }
    this.#stirred.delete(name);
    if (done >= budget) this.#stirred.add(name); // goes on in the next turn, behind the others
    return done;
  }

  /** Removes those at the front whose time to live has ended; returns how many. */
  #dropExpired(queue: Queue, max: number, nowMs: number): number {
    let dropped = 0;
    while (dropped < max && queue.ready.size > 0 && !this.#hasNext(queue, nowMs)) {
      const ids = [this.#state.table.id.get(queue.ready.first())];
      this.#ports.commit([{ type: "queue.expire", queue: queue.name, ids }]);
      dropped++;
    }
    return dropped;
  }

  /** Whether the message at the front is there to be delivered. */
  #hasNext(queue: Queue, nowMs: number): boolean {
    const handle = queue.ready.first();
    return handle !== NONE && !this.#state.isExpired(handle, nowMs);
  }

  /**
   * Commits the delivery of the first `count` messages, or as many as make a page, and hands them
   * over (T1); returns what they count in a turn's work. There is a next one.
   */
  #deliver(taker: Taker, queue: Queue, count: number, nowMs: number): number {
    const { table } = this.#state;
    const handles = queue.ready.next(count);
    let bytes = 0;
    let end = 0;
    for (const handle of handles) {
      if (bytes >= this.#ports.limits.maxPageBytes || this.#state.isExpired(handle, nowMs)) break;
      bytes += table.lengthOf(handle);
      end++;
    }
    handles.length = end;
    const ackMs = taker.ackDeadlineMs ?? queue.settings.ackDeadlineMs;
    this.#ports.commit([
      {
        type: "queue.deliver",
        queue: queue.name,
        ids: handles.map((handle) => table.id.get(handle)),
        deadline: nowMs + ackMs,
        session: taker.peer?.bindingId ?? null,
        consumer: taker.consumer,
      },
    ]);
    this.#hold(taker, queue, handles, ackMs);
    taker.take(handles, this.#views, this.#ports.seq());
    return handles.length + Math.floor(bytes / BYTES_PER_UNIT);
  }

  #hold(taker: Taker, queue: Queue, handles: readonly Handle[], ackMs: number): void {
    const { peer } = taker;
    const subscription = taker.kind === "subscription" ? taker : null;
    const polls = taker.kind === "poll" && queue.settings.exclusive;
    const consumer = polls ? pollerOf(taker) : null;
    const line = consumer === null ? null : this.#lineOf(queue.name);
    const deadline = this.#ports.serving.now() + ackMs;
    for (const handle of handles) {
      const id = this.#state.table.id.get(handle);
      this.#hands.add({ id, handle, queue: queue.name, subscription, consumer, peer }, deadline);
      if (consumer !== null) line?.hold(consumer);
    }
    this.#returns.arm();
  }

  #letGo(held: Held, lapsed: boolean): void {
    this.#hands.remove(held);
    const { subscription, consumer } = held;
    if (consumer !== null) this.#lines.get(held.queue)?.unhold(consumer);
    if (subscription !== null) {
      subscription.inHand--;
      if (lapsed) {
        subscription.silent = true; // D2
        this.#lines.get(held.queue)?.stepBack(subscription);
      }
      this.#credit(subscription);
    }
    this.stir(held.queue);
    this.#dropIfEmpty(held.queue);
  }

  #extend(id: number, deadlineMs: number): void {
    const handle = this.#state.table.find(id);
    if (handle === NONE || this.#hands.get(handle) === undefined) return;
    const left = deadlineMs - this.#ports.nowMs();
    this.#hands.setDeadline(handle, this.#ports.serving.now() + left);
    this.#returns.arm();
  }

  /** Puts a subscription where its credit says. */
  #credit(subscription: Subscription): void {
    const line = this.#lines.get(subscription.queue);
    if (line?.has(subscription) !== true) return; // it has been unsubscribed
    line.update(subscription);
    this.stir(subscription.queue);
  }

  #lineOf(queue: string): Line {
    const known = this.#lines.get(queue);
    if (known !== undefined) return known;
    const line = new Line();
    this.#lines.set(queue, line);
    return line;
  }

  #dropIfEmpty(queue: string): void {
    if (this.#lines.get(queue)?.isEmpty !== true) return;
    this.#lines.delete(queue);
    this.#stirred.delete(queue);
  }
}

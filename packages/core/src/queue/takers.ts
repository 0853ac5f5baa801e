import type { Seat } from "../pubsub/turn-ring.ts";
import type { Peer } from "../session/peer.ts";
import type { Handle } from "../tables/handle.ts";
import type { Delivery, MessageViews } from "./message-view.ts";

/** Someone who takes messages of a queue: a subscription, or a poll. */
export type Taker = Subscription | Poll;

/** What both are asked by the line and the desk. */
interface TakesMessages {
  readonly queue: string;
  /** Whose hands they are in; null over HTTP. Changes when another party takes it up. */
  readonly peer: Peer | null;
  readonly consumer: string | null;
  /** In the place of the queue's; null is the queue's. */
  readonly ackDeadlineMs: number | null;
  readonly exclusive: boolean;
  /** How many more it takes now. */
  readonly room: number;
  /** Its place in the ring of those that have room. */
  seat: Seat<Taker> | null;
  /** Hands over what was committed as delivered to it. */
  take(handles: readonly Handle[], views: MessageViews, seq: number): void;
}

/**
 * A subscription's credit.
 *
 * D1  what it has in hand never passes `prefetch`
 * D2  a deadline that lapses gives nothing: the party gets no more until it has spoken
 */
export class Subscription implements TakesMessages {
  readonly kind = "subscription";
  readonly queue: string;
  peer: Peer;
  consumer: string | null = null;
  prefetch = 1;
  ackDeadlineMs: number | null = null;
  exclusive = false;
  seat: Seat<Taker> | null = null;
  inHand = 0;
  /** One of its deadlines has lapsed, and it has not spoken since. */
  silent = false;

  constructor(peer: Peer, queue: string) {
    this.peer = peer;
    this.queue = queue;
  }

  get room(): number {
    return this.silent || !this.peer.writable ? 0 : this.prefetch - this.inHand; // D1, D2
  }

  take(handles: readonly Handle[], views: MessageViews, seq: number): void {
    this.inHand += handles.length;
    this.peer.push(
      handles.map((handle) => views.push(this.queue, handle)),
      seq,
    );
  }
}

/** One consume: takes once, at most `room`. */
export class Poll implements TakesMessages {
  readonly kind = "poll";
  readonly queue: string;
  readonly peer: Peer | null;
  readonly consumer: string | null;
  readonly ackDeadlineMs: number | null;
  readonly exclusive = false;
  seat: Seat<Taker> | null = null;
  room: number;
  taken: Delivery[] = [];
  /** Hears that it has taken; set while it waits. */
  onTaken: (() => void) | null = null;

  constructor(
    about: Pick<Poll, "queue" | "peer" | "consumer" | "ackDeadlineMs"> & { max: number },
  ) {
    this.queue = about.queue;
    this.peer = about.peer;
    this.consumer = about.consumer;
    this.ackDeadlineMs = about.ackDeadlineMs;
    this.room = about.max;
  }

  take(handles: readonly Handle[], views: MessageViews): void {
    this.taken = handles.map((handle) => views.delivery(handle));
    this.room = 0;
    this.onTaken?.();
  }
}

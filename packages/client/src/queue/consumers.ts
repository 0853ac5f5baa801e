import { type SynapError, wireCommand } from "@hivellm/synap-protocol";
import { optionAdder } from "../arguments.ts";
import type { CallOptions, CommandSpec, Fields, RequestOptions } from "../calls/call.ts";
import { done } from "../calls/specs.ts";
import { invalid, makeError } from "../errors.ts";
import type { ClientClock } from "../platform/types.ts";
import type { PushReceiver, SubscriptionPorts } from "../push-receiver.ts";
import { Delivery } from "./delivery.ts";
import { type Found, InHand } from "./in-hand.ts";
import type { DeliveryOptions } from "./types.ts";

const SUBSCRIBE = wireCommand("queue.subscribe");
const UNSUBSCRIBE: CommandSpec<void> = { ...done("queue.unsubscribe"), once: true };
const RELEASE = done("queue.release");

const addOptions = optionAdder(SUBSCRIBE, ["queue", "prefetch"]);

/** How long the server keeps what a lost connection had in hand, in milliseconds. */
const GRACE_MS = 500;

/**
 * Deliveries that a taker may have in hand beyond its prefetch: those whose deadline has passed on the
 * server and that nobody has settled here. Beyond that the oldest are forgotten.
 */
const MAX_UNSETTLED = 1_000;

/** Who gets the deliveries of a queue. */
export interface DeliveryTaker {
  /** Deliveries that it has in hand at most. */
  readonly prefetch: number;
  take(delivery: Delivery): void;
  /** A delivery that it has in hand is no longer its own. */
  lost(delivery: Delivery, error: SynapError): void;
  /** Nothing comes any more: the subscription was refused after a loss, or the client is closed. */
  ended(error: SynapError | null): void;
}

/** One taker's place at a queue. */
export interface Seat {
  readonly queue: string;
  readonly taker: DeliveryTaker;
  /** How many deliveries it has in hand. */
  held: number;
  /** Its request is under way; it takes deliveries; it only has what is in its hand. */
  phase: "asking" | "taking" | "leaving";
}

/** One queue that the server delivers to us, and who takes what comes. */
interface Consumed {
  readonly queue: string;
  /** What all seats agree on, as it travels. */
  readonly settings: Fields;
  readonly seats: Set<Seat>;
}

export interface ConsumerPorts extends SubscriptionPorts {
  readonly clock: ClientClock;
}

/**
 * The queues that a client has delivered to it. The server knows one consumer for each, whose
 * prefetch is the sum of all takers', and of what those who left still have in hand:
 *
 * Q1  a delivery is in one taker's hand; where nobody takes any more, it is released at once
 * Q2  it leaves the hand when it is settled, when it is delivered anew, or when the server's grace for
 *     a lost connection is over
 * Q3  what came by the socket is settled over the socket: that is the consumer's own word, by which
 *     its credit returns
 */
export class Consumers implements PushReceiver {
  readonly inHand = new InHand<Seat>();
  readonly #ports: ConsumerPorts;
  readonly #consumed = new Map<string, Consumed>();
  #connected = false;
  #cancelGrace: (() => void) | null = null;

  constructor(ports: ConsumerPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#consumed.size;
  }

  /** Gives a taker a seat, once the server delivers. */
  async add(queue: string, taker: DeliveryTaker, options: DeliveryOptions): Promise<Seat> {
    this.#ports.route(); // fails here where there is no WebSocket
    const consumed = this.#enter(queue, options);
    const seat: Seat = { queue, taker, held: 0, phase: "asking" };
    consumed.seats.add(seat);
    try {
      await this.#ask(consumed, options, () => {
        seat.phase = "taking";
      });
      return seat;
    } catch (error) {
      this.remove(seat).catch(() => undefined); // the caller need not wait for it
      throw error;
    }
  }

  /** Takes a seat away: nothing reaches its taker from here on. What it has in hand stays there. */
  async remove(seat: Seat): Promise<void> {
    const consumed = this.#consumed.get(seat.queue);
    if (seat.phase === "leaving" || consumed?.seats.has(seat) !== true) return;
    seat.phase = "leaving";
    if (seat.held === 0) consumed.seats.delete(seat);
    const isLast = [...consumed.seats].every(({ phase }) => phase === "leaving");
    if (isLast) this.#consumed.delete(seat.queue);
    if (!this.#connected) return; // the server's side went with the connection
    // If either fails, the connection is gone, and the subscription with it.
    if (isLast) await this.run(UNSUBSCRIBE, { queue: seat.queue }).catch(nothing);
    else await this.#ask(consumed, {}, nothing).catch(nothing);
  }

  /** Runs a command about something that came by the socket (Q3). */
  run<T>(spec: CommandSpec<T>, payload: Fields, options?: CallOptions): Promise<T> {
    const { dispatcher, route } = this.#ports;
    return dispatcher.start(route(), spec, payload, options);
  }

  /** A delivery is settled, or gone: its taker has room for another one. */
  settled(found: Found<Seat>): void {
    const held = this.inHand.settled(found);
    if (held !== undefined) this.#freed(held.holder);
  }

  connected(): void {
    this.#connected = true;
    for (const consumed of this.#consumed.values()) this.#resume(consumed);
  }

  disconnected(): void {
    this.#connected = false;
    if (this.inHand.orphan() === 0) return;
    this.#cancelGrace?.();
    this.#cancelGrace = this.#ports.clock.setTimer(() => this.#lose("orphans"), GRACE_MS, false); // Q2
  }

  push(_type: string, fields: Fields): void {
    const queue = fields.queue as string;
    const delivery = new Delivery(fields);
    const seat = freest(this.#consumed.get(queue));
    if (seat === null) {
      this.#giveBack(queue, delivery); // Q1
      return;
    }
    const earlier = this.inHand.pushed(queue, delivery, seat);
    seat.held++;
    if (earlier !== undefined) {
      this.#freed(earlier.holder);
      const message = `The message ${delivery.messageId} was delivered anew.`;
      earlier.holder.taker.lost(earlier.delivery, makeError("MESSAGE_NOT_FOUND", message)); // Q2
    }
    if (seat.held > seat.taker.prefetch + MAX_UNSETTLED && this.inHand.forgetOldest(seat)) {
      this.#freed(seat);
    }
    seat.taker.take(delivery);
  }

  clear(): void {
    const seats = [...this.#consumed.values()].flatMap((consumed) => [...consumed.seats]);
    this.#consumed.clear();
    this.#cancelGrace?.();
    this.#cancelGrace = null;
    this.#lose("all");
    for (const { taker, phase } of seats) if (phase === "taking") taker.ended(null);
  }

  #enter(queue: string, options: DeliveryOptions): Consumed {
    const settings = addOptions({ queue }, options);
    const known = this.#consumed.get(queue);
    if (known === undefined) {
      const consumed = { queue, settings, seats: new Set<Seat>() };
      this.#consumed.set(queue, consumed);
      return consumed;
    }
    if (textOf(known.settings) === textOf(settings)) return known;
    const expected = `those of this client's other subscription to it: ${textOf(known.settings)}`;
    throw invalid("options", expected, settings);
  }

  #ask(
    { settings, seats }: Consumed,
    { signal, timeoutMs }: RequestOptions,
    answered: () => void,
    once?: true,
  ): Promise<void> {
    let prefetch = 0;
    for (const { taker, held, phase } of seats) {
      prefetch += phase === "leaving" ? held : taker.prefetch;
    }
    // A repeat does no harm: it asks for the same.
    const spec: CommandSpec<void> = { command: SUBSCRIBE, result: answered, mutates: false };
    return this.run(
      once ? { ...spec, once } : spec,
      { ...settings, prefetch },
      { signal, timeoutMs },
    );
  }

  /** Asks a new connection to deliver; it is asked again after the next loss. */
  #resume(consumed: Consumed): void {
    if (![...consumed.seats].some(({ phase }) => phase === "taking")) return; // one asks for itself
    const forEver = { timeoutMs: Number.POSITIVE_INFINITY };
    this.#ask(consumed, forEver, nothing, true).catch((error: SynapError) => {
      if (error.code === "CONNECTION_LOST") return;
      if (this.#consumed.get(consumed.queue) !== consumed) return;
      for (const seat of [...consumed.seats]) {
        if (seat.phase === "asking") continue; // its own request may fare better
        consumed.seats.delete(seat);
        if (seat.phase === "taking") seat.taker.ended(error);
      }
      if (consumed.seats.size === 0) this.#consumed.delete(consumed.queue);
    });
  }

  /** One delivery less is in a taker's hand. */
  #freed(seat: Seat): void {
    seat.held--;
    const consumed = this.#consumed.get(seat.queue);
    if (seat.phase !== "leaving" || consumed?.seats.has(seat) !== true) return;
    if (seat.held === 0) consumed.seats.delete(seat);
    if (this.#connected) this.#ask(consumed, {}, nothing).catch(nothing); // the others' room
  }

  #giveBack(queue: string, { receipt }: Delivery): void {
    // If it fails, the connection is gone, and what it had in hand returns.
    this.run(RELEASE, { queue, message_id: receipt }).catch(nothing);
  }

  #lose(what: "orphans" | "all"): void {
    this.#cancelGrace = null;
    const message = "The connection that the message came by was lost.";
    for (const { delivery, holder } of this.inHand.takeOut(what)) {
      this.#freed(holder);
      holder.taker.lost(delivery, makeError("CONNECTION_LOST", message));
    }
  }
}

/** The seat with the most room; null if nobody takes anything. */
function freest(consumed: Consumed | undefined): Seat | null {
  let found: Seat | null = null;
  for (const seat of consumed?.seats ?? []) {
    if (seat.phase === "taking" && (found === null || roomOf(seat) > roomOf(found))) found = seat;
  }
  return found;
}

/** The same for settings that are the same. */
function textOf(settings: Fields): string {
  return JSON.stringify(settings, Object.keys(settings).sort());
}

function roomOf({ taker, held }: Seat): number {
  return taker.prefetch - held;
}

function nothing(): void {}

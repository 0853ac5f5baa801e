import { type Delivery, idOf, receiptIn } from "./delivery.ts";
import type { DeliveryRef } from "./types.ts";

/** Receipts of consumed messages that are remembered, for callers who name a message by its id. */
const MAX_RECEIPTS = 10_000;

/** A delivery that was pushed to somebody, and who that is. */
export interface Held<H> {
  readonly key: string;
  readonly delivery: Delivery;
  readonly holder: H;
  /** The connection that it came by is gone: it is ours only for the server's grace. */
  orphaned: boolean;
}

/** What a caller means by a message or an id. */
export interface Found<H> {
  readonly key: string;
  readonly receipt: string;
  /** Set if it was pushed. */
  readonly held: Held<H> | undefined;
}

/**
 * The deliveries that a client has in hand, as far as it must know them.
 *
 * I1  a message that was pushed is here until it is settled or lost; credit bounds how many these are
 * I2  of a message that was consumed only the receipt of a repeated delivery is here, the newest of
 *     them: that of a first delivery is the message's id
 */
export class InHand<H> {
  readonly #held = new Map<string, Held<H>>();
  readonly #receipts = new Map<string, string>();

  /** A message was consumed (I2). */
  consumed(queue: string, { messageId, receipt }: Delivery): void {
    const key = keyOf(queue, messageId);
    this.#receipts.delete(key); // it becomes the youngest
    if (receipt === messageId) return;
    this.#receipts.set(key, receipt);
    if (this.#receipts.size <= MAX_RECEIPTS) return;
    for (const oldest of this.#receipts.keys()) {
      this.#receipts.delete(oldest);
      return;
    }
  }

  /** A message was pushed; returns its earlier delivery, which that one puts an end to. */
  pushed(queue: string, delivery: Delivery, holder: H): Held<H> | undefined {
    const key = keyOf(queue, delivery.messageId);
    const earlier = this.#held.get(key);
    this.#held.set(key, { key, delivery, holder, orphaned: false });
    return earlier;
  }

  /** Whether this very delivery was pushed and is neither settled nor lost. */
  holds(queue: string, delivery: Delivery): boolean {
    return this.#held.get(keyOf(queue, delivery.messageId))?.delivery === delivery;
  }

  /** Throws INVALID_REQUEST for what is neither a message nor an id. */
  find(queue: string, ref: DeliveryRef): Found<H> {
    const id = idOf(ref);
    const key = keyOf(queue, id);
    const held = this.#held.get(key);
    const receipt = receiptIn(ref) ?? held?.delivery.receipt ?? this.#receipts.get(key) ?? id;
    return { key, receipt, held: held?.delivery.receipt === receipt ? held : undefined };
  }

  /** The delivery is over; returns who held it, if it was held until now. */
  settled({ key, receipt, held }: Found<H>): Held<H> | undefined {
    if (this.#receipts.get(key) === receipt) this.#receipts.delete(key);
    if (held === undefined || this.#held.get(key) !== held) return undefined;
    this.#held.delete(key);
    return held;
  }

  /** Forgets the oldest delivery that somebody holds; returns whether there was one. */
  forgetOldest(holder: H): boolean {
    for (const held of this.#held.values()) {
      if (held.holder === holder) return this.#held.delete(held.key);
    }
    return false;
  }

  /** Everything that was pushed is ours only for the server's grace; returns how much that is. */
  orphan(): number {
    for (const held of this.#held.values()) held.orphaned = true;
    return this.#held.size;
  }

  /** Takes out what was pushed: the orphans, or everything. */
  takeOut(what: "orphans" | "all"): Held<H>[] {
    const out = [...this.#held.values()].filter((held) => what === "all" || held.orphaned);
    for (const { key } of out) this.#held.delete(key);
    return out;
  }
}

/** No name has a line break. */
function keyOf(queue: string, messageId: string): string {
  return `${queue}\n${messageId}`;
}

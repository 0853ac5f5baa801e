import type { SynapError } from "@hivellm/synap-protocol";
import { Mailbox, type MailboxReader } from "../mailbox.ts";
import type { DeliveryTaker } from "./consumers.ts";
import type { Delivery } from "./delivery.ts";

/** What a reader does with its place at the queue. */
export interface DeliveryReaderPorts {
  /** Has deliveries come to the taker; resolves to the way out. */
  join(taker: DeliveryTaker): Promise<() => Promise<void>>;
  release(delivery: Delivery): Promise<void>;
}

/** Deliveries as a loop reads them; credit bounds how many wait. */
export class DeliveryReader implements DeliveryTaker, MailboxReader<Delivery> {
  readonly mailbox = new Mailbox<Delivery>();
  readonly prefetch: number;
  readonly #ports: DeliveryReaderPorts;
  #leave: (() => Promise<void>) | null = null;

  constructor(ports: DeliveryReaderPorts, prefetch: number) {
    this.#ports = ports;
    this.prefetch = prefetch;
  }

  async fill(): Promise<boolean> {
    if (this.#leave === null && !this.mailbox.ended) this.#leave = await this.#ports.join(this);
    return await this.mailbox.filled();
  }

  async leave(): Promise<void> {
    this.mailbox.end();
    const unread = this.mailbox.clear();
    // If one fails, the connection is gone, and what it had in hand returns.
    const released = unread.map((delivery) => this.#ports.release(delivery).catch(() => undefined));
    await Promise.all([this.#leave?.(), ...released]);
  }

  take(delivery: Delivery): void {
    this.mailbox.put(delivery);
  }

  lost(delivery: Delivery): void {
    this.mailbox.remove(delivery);
  }

  ended(error: SynapError | null): void {
    this.mailbox.end(error);
  }
}

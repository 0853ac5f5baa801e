import { randomUUID } from "node:crypto";
import type { SynapClient } from "@hivellm/synap-client";
import type { OrderEvents } from "./order-events.ts";

/** Takes orders and tells what became of them. It knows none of those who listen. */
export class OrderService {
  readonly #client: SynapClient;

  constructor(client: SynapClient) {
    this.#client = client;
  }

  async createOrder(userId: string, items: readonly string[], total: number): Promise<string> {
    const orderId = await this.#saveToDb(userId, items, total);
    const timestamp = Date.now();
    await this.#publish("events.order.created", { orderId, userId, items, total, timestamp });
    return orderId;
  }

  async shipOrder(orderId: string, userId: string, tracking: string): Promise<void> {
    await this.#publish("events.order.shipped", { orderId, userId, tracking });
  }

  async #publish<T extends keyof OrderEvents>(topic: T, event: OrderEvents[T]): Promise<void> {
    await this.#client.pubsub.publish(topic, event);
  }

  /** Stands for your database. */
  async #saveToDb(userId: string, items: readonly string[], total: number): Promise<string> {
    const orderId = randomUUID();
    await this.#client.kv.set(`order:${orderId}`, { userId, items, total });
    return orderId;
  }
}

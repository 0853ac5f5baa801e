import type { StreamEvent } from "@hivellm/synap-client";

/** The room of all events. */
export const ROOM = "system-events";

/** Every type of event, named `domain.what`, with what is told of it. */
export interface SystemEvents {
  "user.registered": { readonly userId: string; readonly email: string };
  "order.created": Order;
  "inventory.reserved": Order;
  "inventory.reservation_failed": { readonly orderId: string; readonly reason: string };
  "inventory.released": { readonly orderId: string };
  "payment.completed": {
    readonly paymentId: string;
    readonly orderId: string;
    readonly amount: number;
  };
  "payment.failed": { readonly orderId: string; readonly reason: string };
}

export interface Order {
  readonly orderId: string;
  readonly userId: string;
  readonly items: readonly string[];
  readonly total: number;
}

export type EventType = keyof SystemEvents;

/** What the broadcaster adds to each event's data. */
export interface Envelope {
  /** The version of this data's shape: who reads it can tell an old event from a new one. */
  readonly version: "1.0";
  /** Who published it. */
  readonly service: string;
  readonly timestamp: number;
}

/** An event as its consumers get it. */
export type SystemEvent<T extends EventType = EventType> = {
  [Type in T]: StreamEvent<SystemEvents[Type] & Envelope> & { readonly eventType: Type };
}[T];

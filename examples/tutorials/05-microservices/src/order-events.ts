/** What the order service tells the world: its topics, and what comes with each. */
export interface OrderEvents {
  "events.order.created": OrderCreated;
  "events.order.shipped": OrderShipped;
}

export interface OrderCreated {
  readonly orderId: string;
  readonly userId: string;
  readonly items: readonly string[];
  readonly total: number;
  readonly timestamp: number;
}

export interface OrderShipped {
  readonly orderId: string;
  readonly userId: string;
  readonly tracking: string;
}

/**
 * The order service: takes orders, and follows what becomes of them. An order is a saga: each step is
 * an event, and when a step fails, what was done before is undone by whoever did it.
 */
import { randomUUID } from "node:crypto";
import express from "express";
import { EventBroadcaster } from "../event-broadcaster.ts";
import { EventConsumer } from "../event-consumer.ts";
import { serve } from "../http.ts";
import { closeOnSignal, connect } from "../program.ts";

const PRICES: Readonly<Record<string, number>> = { tea: 4, cake: 6, piano: 5_000 };

interface OrderState {
  readonly status: "pending" | "confirmed" | "cancelled";
  readonly reason?: string;
}

const synap = connect();
const broadcaster = new EventBroadcaster("order-service", synap);

async function createOrder(userId: string, items: readonly string[]): Promise<string> {
  const orderId = randomUUID();
  const total = items.reduce((sum, item) => sum + (PRICES[item] ?? 0), 0);
  await saveOrder(orderId, { status: "pending" });
  await broadcaster.publishEvent("order.created", { orderId, userId, items, total });
  return orderId;
}

async function saveOrder(orderId: string, state: OrderState): Promise<void> {
  await synap.kv.set(`order:${orderId}`, state);
}

const app = express();
app.use(express.json());
app.post("/orders", async (req, res) => {
  const { userId, items } = req.body ?? {};
  if (typeof userId !== "string" || !Array.isArray(items) || !items.every(isForSale)) {
    res.status(400).json({ error: "userId and items are needed" });
    return;
  }
  res.status(202).json({ orderId: await createOrder(userId, items) });
});
app.get("/orders/:orderId", async (req, res) => {
  const order = await synap.kv.get<OrderState>(`order:${req.params.orderId}`);
  res.status(order.found ? 200 : 404).json(order.value);
});

function isForSale(item: unknown): boolean {
  return typeof item === "string" && Object.hasOwn(PRICES, item);
}

const consumer = new EventConsumer("order-service", synap)
  .on("payment.completed", ({ data: { orderId } }) => saveOrder(orderId, { status: "confirmed" }))
  .on("payment.failed", ({ data: { orderId, reason } }) =>
    saveOrder(orderId, { status: "cancelled", reason }),
  )
  .on("inventory.reservation_failed", ({ data: { orderId, reason } }) =>
    saveOrder(orderId, { status: "cancelled", reason }),
  );
await consumer.start();

const server = await serve(app, 3001);
closeOnSignal(server, consumer, synap);
console.log(`Order service at ${server.url}`);

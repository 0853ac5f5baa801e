/** The payment service: charges for what is reserved. */
import { randomUUID } from "node:crypto";
import { EventBroadcaster } from "../event-broadcaster.ts";
import { EventConsumer } from "../event-consumer.ts";
import { once } from "../once.ts";
import { closeOnSignal, connect } from "../program.ts";

/** What a customer's card is good for. */
const CARD_LIMIT = 1_000;

const synap = connect();
const broadcaster = new EventBroadcaster("payment-service", synap);

const consumer = new EventConsumer("payment-service", synap).on(
  "inventory.reserved",
  async ({ data: { orderId, total: amount } }) => {
    await once(synap.kv, `processed:charge:${orderId}`, async () => {
      if (amount > CARD_LIMIT) {
        const reason = `the card is not good for ${amount}`;
        await broadcaster.publishEvent("payment.failed", { orderId, reason });
        return;
      }
      const paymentId = randomUUID(); // Stands for charging the customer.
      await broadcaster.publishEvent("payment.completed", { paymentId, orderId, amount });
    });
  },
);
await consumer.start();

closeOnSignal(consumer, synap);
console.log("Payment service listening for events...");

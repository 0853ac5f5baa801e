/** The email service: writes to people about what happened. */
import { EventConsumer } from "../event-consumer.ts";
import { once } from "../once.ts";
import { closeOnSignal, connect } from "../program.ts";

const synap = connect();
const { kv } = synap;

const consumer = new EventConsumer("email-service", synap)
  .on("user.registered", async ({ data: { userId, email } }) => {
    await once(kv, `processed:user_registered:${userId}`, () => {
      console.log(`Sending welcome email to ${email}`);
    });
  })
  .on("order.created", async ({ data: { orderId } }) => {
    await once(kv, `processed:order_created:${orderId}`, () => {
      console.log(`Sending order confirmation for order ${orderId}`);
    });
  })
  .on("payment.completed", async ({ data: { paymentId, orderId } }) => {
    await once(kv, `processed:payment_completed:${paymentId}`, () => {
      console.log(`Sending payment receipt for order ${orderId}`);
    });
  });
await consumer.start();

closeOnSignal(consumer, synap);
console.log("Email service listening for events...");

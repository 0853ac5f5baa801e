/** The email service: writes to people about their orders. Start it as often as the load demands. */
import { SynapClient } from "@hivellm/synap-client";
import { handleEvents } from "./listener.ts";
import { closeOnSignal } from "./signals.ts";

const client = new SynapClient({ url: process.env.SYNAP_URL });
const service = await handleEvents(client, "email-service", "events.order.#", {
  async "events.order.created"({ userId, orderId }) {
    console.log(`📧 Sending order confirmation to ${userId} for order ${orderId}`);
  },
  async "events.order.shipped"({ userId, orderId, tracking }) {
    console.log(`📧 Sending shipping notification to ${userId} for order ${orderId}: ${tracking}`);
  },
});
closeOnSignal(service, client);
console.log("Email Service listening...");

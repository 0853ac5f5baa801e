/** The inventory service: takes what was ordered off the stock. */
import { SynapClient } from "@hivellm/synap-client";
import { handleEvents } from "./listener.ts";
import { closeOnSignal } from "./signals.ts";

const client = new SynapClient({ url: process.env.SYNAP_URL });
const service = await handleEvents(client, "inventory-service", "events.order.created", {
  async "events.order.created"({ items, orderId }) {
    await Promise.all(items.map((item) => client.kv.decr(`stock:${item}`)));
    console.log(`📦 Updated inventory for order ${orderId}`);
  },
});
closeOnSignal(service, client);
console.log("Inventory Service listening...");

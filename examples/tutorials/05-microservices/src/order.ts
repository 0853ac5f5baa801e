/**
 * Makes an order and ships it.
 *
 *   npm run order -- [user] [total] [items…]    with a server at SYNAP_URL, or on port 15500
 */
import { SynapClient } from "@hivellm/synap-client";
import { OrderService } from "./order-service.ts";

const [user = "user-123", total = "99.99", ...items] = process.argv.slice(2);

await using client = new SynapClient({ url: process.env.SYNAP_URL });
const orders = new OrderService(client);

const ordered = items.length > 0 ? items : ["item1", "item2"];
const orderId = await orders.createOrder(user, ordered, Number(total));
console.log(`created order ${orderId}`);
await orders.shipOrder(orderId, user, "1Z999AA10123456784");
console.log(`shipped order ${orderId}`);

/**
 * Sends a notification; without arguments some of each kind.
 *
 *   npm run notify -- system error '{"service":"api","error":"High error rate"}'
 */
import { SynapClient } from "@hivellm/synap-client";
import { NotificationService } from "./notification-service.ts";

const SOME: readonly (readonly [category: string, event: string, data: object])[] = [
  ["user", "signup", { userId: "123", email: "new@example.com" }],
  ["user", "password_reset", { email: "old@example.com", token: "f00d" }],
  ["payment", "received", { orderId: "456", amount: 99.99 }],
  ["system", "error", { service: "api", error: "High error rate" }],
];

const [category, event, data = "{}"] = process.argv.slice(2);
const given = category && event ? [[category, event, JSON.parse(data)] as const] : SOME;

await using client = new SynapClient({ url: process.env.SYNAP_URL });
const notifier = new NotificationService(client);
for (const [category, event, data] of given) {
  const subscribers = await notifier.notify(category, event, data);
  console.log(`${category}.${event} went to ${subscribers}`);
}

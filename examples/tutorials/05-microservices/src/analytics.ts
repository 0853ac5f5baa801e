/**
 * The analytics service: counts events as they pass. It listens without a queue: what happens while
 * it is not running is not counted, and nothing is kept for it.
 */
import { SynapClient } from "@hivellm/synap-client";
import { closeOnSignal } from "./signals.ts";

const counts = new Map<string, number>();

const client = new SynapClient({ url: process.env.SYNAP_URL });
client.on("gap", ({ lost }) => console.log(`📊 missed ${lost ?? "some"} events`));
await client.pubsub.subscribe("events.#", (topic) => {
  const count = (counts.get(topic) ?? 0) + 1;
  counts.set(topic, count);
  console.log(`📊 ${topic}: ${count} so far`);
});
closeOnSignal(client);
console.log("Analytics Service listening...");

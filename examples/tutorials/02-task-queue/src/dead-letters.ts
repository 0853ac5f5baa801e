/**
 * Lists the jobs that were given up, and why.
 *
 *   npm run dead-letters                 what there is
 *   npm run dead-letters -- redrive      and puts it back into the queue, with all its retries
 */
import { SynapClient } from "@hivellm/synap-client";
import { createQueue, type Job, QUEUE } from "./jobs.ts";

await using client = new SynapClient({ url: process.env.SYNAP_URL });
await createQueue(client);

const { items } = await client.queue.dead.list<Job>(QUEUE);
for (const { messageId, message, reason, error } of items) {
  console.log(`${messageId}: ${message.type}, ${reason}, ${error}`);
}
if (process.argv[2] === "redrive") {
  const { redriven } = await client.queue.dead.redrive(QUEUE);
  console.log(`${redriven} put back`);
}

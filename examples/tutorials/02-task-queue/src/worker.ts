/**
 * Works on jobs until it is told to end; then it finishes what it has begun.
 *
 *   npm run worker -- [concurrency]     start as many as you like, on as many machines
 */
import { setTimeout } from "node:timers/promises";
import { SynapClient } from "@hivellm/synap-client";
import { type JobHandlers, startJobWorker } from "./job-worker.ts";
import { createQueue } from "./jobs.ts";

const [concurrency = "1"] = process.argv.slice(2);

/** Stands for your work. What takes long passes the signal on. */
const handlers: JobHandlers = {
  async send_email({ to }, signal) {
    console.log(`Sending email to ${to}`);
    if (!to.includes("@")) throw new Error(`${to} is no address`);
    await setTimeout(100, undefined, { signal });
  },
  async resize_image({ imageId, sizes }, signal) {
    for (const size of sizes) {
      console.log(`Resizing image ${imageId} to ${size}`);
      await setTimeout(100, undefined, { signal });
    }
  },
};

const client = new SynapClient({ url: process.env.SYNAP_URL });
await createQueue(client);
const worker = await startJobWorker(client, handlers, Number(concurrency));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await worker.close({ timeoutMs: 10_000 });
    await client.close();
  });
}
console.log("Waiting for jobs");

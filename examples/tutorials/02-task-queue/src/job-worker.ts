import type { SynapClient, Worker } from "@hivellm/synap-client";
import { type Job, type JobTypes, QUEUE } from "./jobs.ts";

/** What is done for each type of job. Stops early when the signal says that the job is lost. */
export type JobHandlers = {
  readonly [T in keyof JobTypes]: (data: JobTypes[T], signal: AbortSignal) => Promise<void>;
};

/**
 * Works on jobs until it is closed. A handler that returns has done its job; one that throws gets it
 * again, after the queue's back-off, until its retries are used up.
 */
export function startJobWorker(
  client: SynapClient,
  handlers: JobHandlers,
  concurrency = 1,
): Promise<Worker> {
  return client.queue.process<Job>(
    QUEUE,
    async (message, { signal }) => {
      const { messageId, message: job } = message;
      if (!Object.hasOwn(handlers, job.type)) {
        // No retry would help: it waits among the dead letters until somebody knows what to do.
        const error = `Unknown job type: ${job.type}`;
        await client.queue.nack(QUEUE, message, { requeue: false, error });
        console.log(`✗ ${error}`);
        return;
      }
      try {
        await run(handlers, job, signal);
        console.log(`✓ Processed job ${messageId}`);
      } catch (error) {
        console.log(`✗ Error processing ${messageId}: ${error}`);
        throw error;
      }
    },
    { concurrency },
  );
}

function run<T extends keyof JobTypes>(
  handlers: JobHandlers,
  { type, data }: Job<T>,
  signal: AbortSignal,
): Promise<void> {
  return handlers[type](data, signal);
}

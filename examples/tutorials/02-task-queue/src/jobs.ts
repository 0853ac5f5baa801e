import type { SynapClient } from "@hivellm/synap-client";

export const QUEUE = "background-jobs";

/** The types of jobs, and what each needs to know. */
export interface JobTypes {
  send_email: { readonly to: string; readonly subject: string; readonly body: string };
  resize_image: { readonly imageId: string; readonly sizes: readonly number[] };
}

/** A job as it travels: a plain object, which the queue gives back as it was. */
export type Job<T extends keyof JobTypes = keyof JobTypes> = {
  [Type in T]: { readonly type: Type; readonly data: JobTypes[Type] };
}[T];

/** Creates the queue, or finds it with these settings: whoever starts first. */
export async function createQueue(client: SynapClient): Promise<void> {
  await client.queue.create(QUEUE, {
    maxDepth: 100_000,
    defaultMaxRetries: 3,
    retryBackoffSecs: 1, // Then 2 and 4: what failed a moment ago will most likely fail again now.
    ackDeadlineSecs: 30, // A worker that lives asks for more while it works.
  });
}

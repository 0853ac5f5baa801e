import type { SynapClient } from "@hivellm/synap-client";
import { type JobTypes, QUEUE } from "./jobs.ts";

/** Submits jobs; who works on them, and when, is not its business. */
export class JobProducer {
  readonly #queue: SynapClient["queue"];

  constructor(client: SynapClient) {
    this.#queue = client.queue;
  }

  /** Submits a job and answers its id. Of priority 0 to 9, those of a higher one are done first. */
  async submitJob<T extends keyof JobTypes>(
    type: T,
    data: JobTypes[T],
    priority = 5,
  ): Promise<string> {
    const { messageId } = await this.#queue.publish(QUEUE, { type, data }, { priority });
    return messageId;
  }
}

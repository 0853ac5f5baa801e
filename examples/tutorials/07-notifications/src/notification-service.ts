import type { SynapClient } from "@hivellm/synap-client";

/** A part of a topic: no dot, which would make two of it, and no wildcard. */
const SEGMENT = /^[\w-]+$/;

/** Tells whoever listens what happened, by category and event. */
export class NotificationService {
  readonly #pubsub: SynapClient["pubsub"];

  constructor(client: SynapClient) {
    this.#pubsub = client.pubsub;
  }

  /** Sends a notification and answers how many subscribers it went to. */
  async notify(category: string, event: string, data: object): Promise<number> {
    for (const name of [category, event])
      if (!SEGMENT.test(name)) throw new TypeError(`${name} is no name of a category or an event`);
    const topic = `notifications.${category}.${event}`;
    const { subscribersMatched } = await this.#pubsub.publish(topic, data);
    return subscribersMatched;
  }
}

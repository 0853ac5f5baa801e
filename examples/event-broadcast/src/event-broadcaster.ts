import type { PublishEventResult, SynapClient } from "@hivellm/synap-client";
import { type Envelope, type EventType, ROOM, type SystemEvents } from "./system-events.ts";

/** Publishes the events of one service. */
export class EventBroadcaster {
  readonly #serviceName: string;
  readonly #stream: SynapClient["stream"];

  constructor(serviceName: string, synap: SynapClient) {
    this.#serviceName = serviceName;
    this.#stream = synap.stream;
  }

  /** Publishes an event; `metadata` travels beside its data, such as a correlation id. */
  publishEvent<T extends EventType>(
    eventType: T,
    data: SystemEvents[T],
    metadata?: Readonly<Record<string, string>>,
  ): Promise<PublishEventResult> {
    const envelope: Envelope = {
      version: "1.0",
      service: this.#serviceName,
      timestamp: Date.now(),
    };
    return this.#stream.publish(ROOM, eventType, { ...data, ...envelope }, metadata);
  }
}

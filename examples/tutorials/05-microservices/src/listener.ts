import type { SynapClient, Worker } from "@hivellm/synap-client";
import type { OrderEvents } from "./order-events.ts";

/** What a service does about the events that concern it. */
export type EventHandlers = {
  readonly [T in keyof OrderEvents]?: (event: OrderEvents[T]) => Promise<void>;
};

/**
 * Has a service handle every event of a pattern: those of today, and those that come while it is not
 * running. They wait in a queue of the service's own, which is bound to the pattern; its instances
 * share them. An event whose handler throws comes again.
 */
export async function handleEvents(
  client: SynapClient,
  service: string,
  pattern: string,
  handlers: EventHandlers,
): Promise<Worker> {
  await client.queue.create(service, { retryBackoffSecs: 1 });
  await client.queue.bind(service, pattern);
  return client.queue.process<OrderEvents[keyof OrderEvents]>(
    service,
    async ({ message, headers }) => {
      await handle(handlers, headers["synap-topic"] as keyof OrderEvents, message);
    },
  );
}

/** Events that the service has no handler for are not its business. */
async function handle<T extends keyof OrderEvents>(
  handlers: EventHandlers,
  topic: T,
  event: OrderEvents[T],
): Promise<void> {
  await handlers[topic]?.(event);
}

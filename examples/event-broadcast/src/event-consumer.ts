import { setTimeout } from "node:timers/promises";
import type { StreamEvent, SynapClient } from "@hivellm/synap-client";
import { type EventType, ROOM, type SystemEvent } from "./system-events.ts";

/** What a service does about a type of event. It may be called again for the same event. */
export type EventHandler<T extends EventType> = (event: SystemEvent<T>) => Promise<void> | void;

export interface EventConsumerOptions {
  /** How often a handler that fails is called before its event is set aside; 5 if not given. */
  readonly attempts?: number;
  /** Milliseconds before the second call, doubled for each one after it; 1 000 if not given. */
  readonly retryDelayMs?: number;
}

/**
 * Calls a service's handlers for each event, one after another, in their order.
 *
 * - C1 Its position is kept in Synap: it goes on after the last event that it has handled, also when
 *   it was restarted. The first time it begins with what is new.
 * - C2 The position moves after the handler has returned, so every event is handled at least once.
 * - C3 An event whose handler fails again and again is set aside in a queue, `<service>-failed`, and
 *   holds up nothing.
 * - C4 Trouble with the server ends nothing: the consumer tries again until it is closed.
 */
export class EventConsumer {
  readonly #serviceName: string;
  readonly #synap: SynapClient;
  readonly #attempts: number;
  readonly #retryDelayMs: number;
  readonly #handlers = new Map<string, (event: StreamEvent) => Promise<void> | void>();
  readonly #closing = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(serviceName: string, synap: SynapClient, options: EventConsumerOptions = {}) {
    this.#serviceName = serviceName;
    this.#synap = synap;
    this.#attempts = options.attempts ?? 5;
    this.#retryDelayMs = options.retryDelayMs ?? 1_000;
  }

  /** Registers the handler of a type of event. */
  on<T extends EventType>(eventType: T, handler: EventHandler<T>): this {
    this.#handlers.set(eventType, (event) => handler(event as SystemEvent<T>));
    return this;
  }

  /** Begins. Resolves when no event from here on can be missed. */
  async start(): Promise<void> {
    await this.#position();
    this.#done = this.#consumeWithRetry();
  }

  /** Waits for the handler that runs, if one does, and ends. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
  }

  async #consumeWithRetry(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        await this.#consume();
      } catch (error) {
        console.error(`${this.#serviceName}: ${error}`);
        await this.#pause(this.#retryDelayMs);
      }
    }
  }

  async #consume(): Promise<void> {
    const { signal } = this.#closing;
    const fromOffset = (await this.#position()) + 1;
    for await (const event of this.#synap.stream.events(ROOM, { fromOffset, signal })) {
      if (!(await this.#handle(event))) return;
      await this.#synap.kv.set(this.#positionKey, event.offset);
    }
  }

  /** Handles one event; false if the consumer was closed before that was done. */
  async #handle(event: StreamEvent): Promise<boolean> {
    const handler = this.#handlers.get(event.eventType);
    if (handler === undefined) return true;
    for (let attempt = 1; ; attempt++) {
      try {
        await handler(event);
        return true;
      } catch (error) {
        console.error(`${this.#serviceName}: ${event.eventType} ${event.offset}: ${error}`);
        if (attempt >= this.#attempts) {
          await this.#synap.queue.publish(`${this.#serviceName}-failed`, event);
          return true;
        }
        await this.#pause(this.#retryDelayMs * 2 ** (attempt - 1));
        if (this.#closing.signal.aborted) return false;
      }
    }
  }

  /** The offset of the last event that this service has handled. */
  async #position(): Promise<number> {
    const known = await this.#synap.kv.get<number>(this.#positionKey);
    if (known.found) return known.value;
    const { newestOffset } = await this.#synap.stream.history(ROOM, { fromOffset: -1 });
    await this.#synap.kv.set(this.#positionKey, newestOffset, { nx: true });
    return newestOffset;
  }

  get #positionKey(): string {
    return `consumer:${this.#serviceName}:position`;
  }

  /** Waits, but not when the consumer is closed meanwhile. */
  async #pause(ms: number): Promise<void> {
    await setTimeout(ms, undefined, { signal: this.#closing.signal }).catch(() => {});
  }
}

import { SynapError, type TaggedValue } from "@hivellm/synap-protocol";
import type { DecisionContext } from "../commands.ts";
import type { Bindings } from "../pubsub/bindings.ts";
import { PatternCounts } from "../pubsub/pattern-counts.ts";
import type { Publisher } from "./publisher.ts";
import type { QueueEffect, Texts } from "./queue-effects.ts";
import type { QueueState } from "./queue-state.ts";
import { boundQueueFull } from "./refusals.ts";

/** Headers that say where a message of a bound queue came from. */
const TOPIC_HEADER = "synap-topic";
const MESSAGE_ID_HEADER = "synap-message-id";

/** The queues that are bound to patterns of pub/sub. */
export class QueueBindings implements Bindings {
  readonly counts = new PatternCounts();
  readonly #state: QueueState;
  readonly #publisher: Publisher;
  size = 0;

  constructor(state: QueueState, publisher: Publisher) {
    this.#state = state;
    this.#publisher = publisher;
    state.names.walk("", false, (serial) => {
      for (const pattern of state.queueAt(serial).patterns) this.#add(pattern);
      return true;
    });
  }

  /** Hears of each effect before it is applied. */
  hear(effect: QueueEffect): void {
    if (effect.type === "queue.bind") this.#add(effect.pattern);
    else if (effect.type === "queue.unbind") this.#remove(effect.pattern);
    else if (effect.type === "queue.delete") {
      for (const pattern of this.#state.find(effect.queue)?.patterns ?? []) this.#remove(pattern);
    }
  }

  publish(
    topic: string,
    message: TaggedValue,
    metadata: Texts | null,
    context: DecisionContext,
  ): { readonly effects: readonly QueueEffect[]; readonly queues: number } | SynapError {
    const queues = new Set(this.#state.bindings.match(topic));
    if (queues.size === 0) return NO_QUEUES;
    const headers = {
      ...metadata,
      [TOPIC_HEADER]: topic,
      [MESSAGE_ID_HEADER]: String(context.seq),
    };
    const effects: QueueEffect[] = [];
    let id = context.seq + 1; // the message of pub/sub has the first number of the record
    for (const queue of queues) {
      const outcome = this.#publisher.publish(queue, { message, headers }, context, id++);
      if (outcome instanceof SynapError) {
        return outcome.code === "QUEUE_FULL" ? boundQueueFull(queue, topic, outcome) : outcome;
      }
      effects.push(...outcome.effects);
    }
    return { effects, queues: queues.size };
  }

  #add(pattern: string): void {
    this.size++;
    this.counts.add(pattern);
  }

  #remove(pattern: string): void {
    this.size--;
    this.counts.remove(pattern);
  }
}

const NO_QUEUES = { effects: [], queues: 0 };

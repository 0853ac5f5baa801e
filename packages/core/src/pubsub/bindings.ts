import type { SynapError, TaggedValue } from "@hivellm/synap-protocol";
import type { DecisionContext } from "../commands.ts";
import type { QueueEffect } from "../queue/queue-effects.ts";
import type { PatternCounts } from "./pattern-counts.ts";

/** The queues that are bound to patterns, as pub/sub sees them. */
export interface Bindings {
  /** How many there are. */
  readonly size: number;
  /** Who listens to which pattern: the bindings, and pub/sub counts its own subscribers there too. */
  readonly counts: PatternCounts;
  /** What brings a message into every bound queue, each once, and how many these are. */
  publish(
    topic: string,
    message: TaggedValue,
    metadata: Readonly<Record<string, string>> | null,
    context: DecisionContext,
  ): { readonly effects: readonly QueueEffect[]; readonly queues: number } | SynapError;
}

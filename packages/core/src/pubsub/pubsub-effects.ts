import type { TaggedValue } from "@hivellm/synap-protocol";

/**
 * A message on its way. It changes nothing that is kept, so it never reaches the journal; it is an
 * effect all the same, so that it takes a number of the one sequence, its id, and leaves only
 * when what was decided before it may be shown.
 */
export interface PubsubEffect {
  readonly type: "pubsub.message";
  readonly topic: string;
  readonly message: TaggedValue;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly timeMs: number;
}

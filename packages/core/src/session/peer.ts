import type { ServerPush } from "@hivellm/synap-protocol";

/** The party behind a watch, a subscription or a delivery, as desks know it. */
export interface Peer {
  /** What is bound to this party's life is bound to this; it goes to the one that takes it up. */
  readonly bindingId: string | null;
  /** False while its socket is full or lost: it gets nothing and is told when that ends. */
  readonly writable: boolean;
  /** Puts pushes in the outbox; they leave when the journal has `seq`. Pushes may be shared. */
  push(pushes: readonly ServerPush[], seq: number): void;
}

import type { SynapError } from "@hivellm/synap-protocol";
import type { Delivery } from "./delivery.ts";
import type { WorkContext } from "./types.ts";

/** A message in a worker's hand. It is what the handler gets as its context, too. */
export class Job implements WorkContext {
  readonly delivery: Delivery;
  /** When its deadline was last known to start anew, on the client's clock. */
  freshMs: number;
  /** Why the message is no longer the worker's; null while it is. */
  #loss: SynapError | null = null;
  #abort: AbortController | null = null;

  constructor(delivery: Delivery, nowMs: number) {
    this.delivery = delivery;
    this.freshMs = nowMs;
  }

  /** Made when it is first asked for: most handlers never do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#loss !== null) this.#abort.abort(this.#loss);
    return this.#abort.signal;
  }

  get isLost(): boolean {
    return this.#loss !== null;
  }

  lose(error: SynapError): void {
    if (this.#loss !== null) return;
    this.#loss = error;
    this.#abort?.abort(error);
  }
}

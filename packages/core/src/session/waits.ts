import type { RequestId } from "@hivellm/synap-protocol";
import { invalidRequest, SynapError } from "@hivellm/synap-protocol";
import type { Waiting } from "../commands.ts";

/** What a wait ends with. */
export type WaitAnswer = object | SynapError;

interface Wait {
  readonly stop: () => void;
  readonly settle: (answer: WaitAnswer) => void;
}

/**
 * The commands of one session that wait for their answer.
 *
 * W1  a wait is settled exactly once: by its answer, its cancel, or the session's end
 * W2  whoever is no longer waiting takes nothing
 */
export class Waits {
  readonly #max: number;
  readonly #byId = new Map<RequestId | symbol, Wait>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Begins a wait; `settle` hears how it ended. */
  begin(id: RequestId | symbol, waiting: Waiting, settle: (answer: WaitAnswer) => void): void {
    if (this.#byId.has(id)) {
      settle(
        invalidRequest("A call with this request_id still waits for its answer.", {
          path: "request_id",
          expected: "an id that no other waiting call of this session has",
        }),
      );
      return;
    }
    if (this.#byId.size >= this.#max) {
      settle(
        new SynapError("OVERLOADED", "This session has as many waiting calls as it may.", {
          details: { limit: this.#max },
        }),
      );
      return;
    }
    let settled = false;
    const stop = waiting.wait((answer) => {
      settled = true;
      this.#byId.delete(id);
      settle(answer); // W1
    });
    if (!settled) this.#byId.set(id, { stop, settle });
  }

  /** The caller no longer waits. Does nothing if the answer has been given. */
  cancel(id: RequestId | symbol): void {
    this.#end(id, new SynapError("CANCELLED", "The call was cancelled by its caller."));
  }

  /** The session has ended. */
  endAll(reason: string): void {
    for (const id of [...this.#byId.keys()]) {
      this.#end(id, new SynapError("CONNECTION_LOST", `The session ended: ${reason}.`));
    }
  }

  #end(id: RequestId | symbol, error: SynapError): void {
    const wait = this.#byId.get(id);
    if (wait === undefined) return;
    this.#byId.delete(id);
    wait.stop(); // W2
    wait.settle(error);
  }
}

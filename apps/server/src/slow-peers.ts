import type { Clock } from "@hivellm/synap-core";
import type { Logger } from "pino";

/** What the log says of a peer that is slow. */
export type PeerNotes = Readonly<Record<string, unknown>>;

/**
 * Notices connections whose peer has not read for a while: one line in the log and one count for
 * each time, and nothing else. Whoever follows what is kept loses nothing by being slow.
 */
export class SlowPeers {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #logger: Logger;
  #episodes = 0;
  #slow = 0;

  constructor(clock: Clock, timeoutMs: number, logger: Logger) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#logger = logger;
  }

  /** How often a peer became slow, since the start. */
  get episodes(): number {
    return this.#episodes;
  }

  /** Peers that are slow now. */
  get slow(): number {
    return this.#slow;
  }

  /**
   * A connection holds as much as it may; `notes` are asked for if that lasts. The function that is
   * returned must be called when it holds less, or has ended.
   */
  watch(notes: () => PeerNotes): () => void {
    let isSlow = false;
    const cancel = this.#clock.setTimer(() => {
      isSlow = true;
      this.#episodes++;
      this.#slow++;
      this.#logger.warn({ ...notes(), full_ms: this.#timeoutMs }, "a peer does not keep up");
    }, this.#timeoutMs);
    return () => {
      cancel();
      if (isSlow) this.#slow--;
      isSlow = false;
    };
  }
}

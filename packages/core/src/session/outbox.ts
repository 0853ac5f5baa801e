import type { ServerMessage } from "@hivellm/synap-protocol";

/** What waits to leave: a message for the sink, or a promise of `execute` to settle. */
export type Outgoing = ServerMessage | (() => void);

/**
 * The one way out of a session: everything waits here for the seq it depends on and leaves in the
 * order it came.
 *
 * X1  nothing leaves before the journal's watermark has reached the seq it depends on
 * X2  order is kept
 */
export class Outbox {
  #items: Outgoing[] = [];
  #seqs: number[] = [];

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  put(item: Outgoing, seq: number): void {
    this.#items.push(item);
    this.#seqs.push(seq);
  }

  /** Takes out what may leave. */
  release(watermark: number): Outgoing[] {
    const end = this.#seqs.findIndex((seq) => seq > watermark); // X1
    if (end === 0) return NOTHING;
    const leaving = this.#items;
    if (end === -1) {
      this.#items = [];
      this.#seqs = [];
      return leaving;
    }
    this.#items = leaving.slice(end);
    this.#seqs = this.#seqs.slice(end);
    return leaving.slice(0, end);
  }
}

const NOTHING: Outgoing[] = [];

/**
 * Requests whose answer takes as long as it likes: long polls and event streams. They end as soon as
 * the server stops, which would wait for them otherwise.
 */
export class LastingRequests {
  readonly #ends = new Set<() => void>();
  #isStopping = false;

  /** Whether they were told to end. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Has `end` called when the server stops, at once if it does; the returned function forgets it. */
  add(end: () => void): () => void {
    if (this.#isStopping) end();
    else this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  /** Ends all there are, and all that come. */
  stop(): void {
    this.#isStopping = true;
    for (const end of [...this.#ends]) end();
    this.#ends.clear();
  }
}

import { invariant } from "../invariant.ts";
import type { Handle } from "../tables/handle.ts";
import { OrderedIndex } from "../tables/ordered-index.ts";

/** How many listen to each topic or pattern, in the order of their UTF-8 bytes. */
export class PatternCounts {
  readonly #rows = new Map<string, Handle>();
  readonly #patterns: string[] = [];
  readonly #counts: number[] = [];
  readonly #free: Handle[] = [];
  readonly #index = new OrderedIndex((row) => this.#patterns[row] as string);

  /** How many patterns there are. */
  get size(): number {
    return this.#rows.size;
  }

  /** One more listens to this pattern. */
  add(pattern: string): void {
    const known = this.#rows.get(pattern);
    if (known !== undefined) {
      this.#counts[known] = (this.#counts[known] as number) + 1;
      return;
    }
    const row = this.#free.pop() ?? this.#patterns.length;
    this.#patterns[row] = pattern;
    this.#counts[row] = 1;
    this.#rows.set(pattern, row);
    this.#index.add(pattern, row);
  }

  /** One fewer listens to it. */
  remove(pattern: string): void {
    const row = this.#rows.get(pattern);
    invariant(row !== undefined, "who stops listening to a pattern has listened to it");
    const count = (this.#counts[row] as number) - 1;
    this.#counts[row] = count;
    if (count > 0) return;
    this.#index.remove(pattern);
    this.#rows.delete(pattern);
    this.#patterns[row] = "";
    this.#free.push(row);
  }

  countOf(pattern: string): number {
    const row = this.#rows.get(pattern);
    return row === undefined ? 0 : (this.#counts[row] as number);
  }

  /**
   * Calls `visit` with the patterns from `start` on (behind it, if `exclusive`), in order, until it
   * returns false. Nothing may change meanwhile.
   */
  walk(
    start: string,
    exclusive: boolean,
    visit: (pattern: string, count: number) => boolean,
  ): void {
    this.#index.walk(start, exclusive, (row, pattern) =>
      visit(pattern, this.#counts[row] as number),
    );
  }
}

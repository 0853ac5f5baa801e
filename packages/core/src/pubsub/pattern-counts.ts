import { invariant } from "../invariant.ts";
import type { Handle } from "../tables/handle.ts";
import { OrderedIndex } from "../tables/ordered-index.ts";

/** How many listen to each topic or pattern, in the order of their UTF-8 bytes. */
export class PatternCounts {
  readonly patterns = new OrderedIndex((row) => this.#names[row] as string);
  readonly #rows = new Map<string, Handle>();
  readonly #names: string[] = [];
  readonly #counts: number[] = [];
  readonly #free: Handle[] = [];

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
    const row = this.#free.pop() ?? this.#names.length;
    this.#names[row] = pattern;
    this.#counts[row] = 1;
    this.#rows.set(pattern, row);
    this.patterns.add(pattern, row);
  }

  /** One fewer listens to it. */
  remove(pattern: string): void {
    const row = this.#rows.get(pattern);
    invariant(row !== undefined, "who stops listening to a pattern has listened to it");
    const count = (this.#counts[row] as number) - 1;
    this.#counts[row] = count;
    if (count > 0) return;
    this.patterns.remove(pattern);
    this.#rows.delete(pattern);
    this.#names[row] = "";
    this.#free.push(row);
  }

  countOf(pattern: string): number {
    const row = this.#rows.get(pattern);
    return row === undefined ? 0 : (this.#counts[row] as number);
  }
}

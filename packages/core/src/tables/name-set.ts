import type { Handle } from "./handle.ts";
import { OrderedIndex } from "./ordered-index.ts";

/** Names in order, so that they can be listed page by page. */
export class NameSet {
  readonly #rows = new Map<string, Handle>();
  readonly #names: string[] = [];
  readonly #free: Handle[] = [];
  readonly ordered = new OrderedIndex((row) => this.#names[row] ?? "");

  get size(): number {
    return this.#rows.size;
  }

  has(name: string): boolean {
    return this.#rows.has(name);
  }

  add(name: string): void {
    if (this.#rows.has(name)) return;
    const row = this.#free.pop() ?? this.#names.length;
    this.#names[row] = name;
    this.#rows.set(name, row);
    this.ordered.add(name, row);
  }

  delete(name: string): boolean {
    const row = this.#rows.get(name);
    if (row === undefined) return false;
    this.ordered.remove(name);
    this.#rows.delete(name);
    this.#free.push(row);
    return true;
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.#rows.keys();
  }
}

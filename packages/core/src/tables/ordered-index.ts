import { type Handle, NONE } from "./handle.ts";
import { compareKeys } from "./key-order.ts";

/**
 * All keys in order, as chunks of handles. New keys gather unsorted and enter in sorted batches, at
 * the latest before anyone reads; so a write pays for a push, not for a search.
 *
 * O1  between reads, a live key is in exactly one of `chunks` and `gathered`
 * O2  no chunk is empty; chunks and what is in them ascend by key
 */

const MAX_CHUNK = 256;
const BATCH = 256;

export class OrderedIndex {
  readonly #keyOf: (handle: Handle) => string;
  readonly #chunks: Handle[][] = [];
  /** Keys that came since the last batch, by key: a handle may be reused meanwhile. */
  readonly #gathered = new Map<string, Handle>();

  constructor(keyOf: (handle: Handle) => string) {
    this.#keyOf = keyOf;
  }

  add(key: string, handle: Handle): void {
    this.#gathered.set(key, handle);
    if (this.#gathered.size >= BATCH) this.#enter();
  }

  remove(key: string): void {
    if (this.#gathered.delete(key)) return;
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return;
    const i = this.#lowerBound(chunk, key);
    if (this.#keyAt(chunk, i) !== key) return;
    chunk.splice(i, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1); // O2
  }

  /**
   * Calls `visit` with the handles of keys from `start` on (behind it, if `exclusive`), in order,
   * until it returns false. Nothing may be written meanwhile.
   */
  walk(start: string, exclusive: boolean, visit: (handle: Handle, key: string) => boolean): void {
    this.#enter();
    let at = this.#chunkOf(start);
    let chunk = this.#chunks[at];
    if (chunk === undefined) return;
    let i = this.#lowerBound(chunk, start);
    if (exclusive && this.#keyAt(chunk, i) === start) i++;
    while (chunk !== undefined) {
      for (; i < chunk.length; i++) {
        const handle = chunk[i] as Handle;
        if (!visit(handle, this.#keyOf(handle))) return;
      }
      chunk = this.#chunks[++at];
      i = 0;
    }
  }

  /** Any of the handles, or NONE. */
  sample(random: () => number): Handle {
    this.#enter();
    const chunk = this.#chunks[Math.floor(random() * this.#chunks.length)];
    return chunk?.[Math.floor(random() * chunk.length)] ?? NONE;
  }

  #enter(): void {
    if (this.#gathered.size === 0) return;
    const batch = [...this.#gathered].sort((a, b) => compareKeys(a[0], b[0]));
    this.#gathered.clear();
    for (const [key, handle] of batch) this.#insert(key, handle);
  }

  #insert(key: string, handle: Handle): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([handle]);
      return;
    }
    chunk.splice(this.#lowerBound(chunk, key), 0, handle);
    if (chunk.length > MAX_CHUNK) {
      // Keys often come in order: the left part stays full, so that such chunks do not stay half empty.
      const isLast = at === this.#chunks.length - 1;
      this.#chunks.splice(at + 1, 0, chunk.splice(isLast ? MAX_CHUNK - 8 : MAX_CHUNK / 2));
    }
  }

  /** The last chunk whose first key is at or before `key`; the first chunk if there is none. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = this.#keyAt(this.#chunks[middle] as Handle[], 0) as string;
      if (compareKeys(first, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #lowerBound(chunk: readonly Handle[], key: string): number {
    let low = 0;
    let high = chunk.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#keyOf(chunk[middle] as Handle), key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #keyAt(chunk: readonly Handle[], i: number): string | undefined {
    const handle = chunk[i];
    return handle === undefined ? undefined : this.#keyOf(handle);
  }
}

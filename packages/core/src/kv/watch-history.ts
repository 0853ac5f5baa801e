import type { Limits } from "../limits.ts";
import { Arena } from "../tables/arena.ts";
import type { KvChange } from "./kv-state.ts";

/** The history takes at most one part in so many of the memory limit. */
const MEMORY_SHARE = 16;

/**
 * The newest changes, so that a watch that fell behind or was lost goes on where it was. Bounded in
 * count and in bytes of values; it starts with the first watch, so who watches nothing pays nothing.
 *
 * W1  it holds every change after `floor`, in order
 */
export class WatchHistory {
  readonly #limits: Limits;
  readonly #maxBytes: number;
  readonly #values = new Arena();
  #changes: KvChange[] = [];
  /** Where the oldest change stands in `#changes`; what lies before it is cut off in bulk. */
  #start = 0;
  #floor = Number.POSITIVE_INFINITY;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
    // It counts as memory in use: where memory is limited it must not crowd out the keys.
    const share = (limits.maxMemoryBytes ?? Number.POSITIVE_INFINITY) / MEMORY_SHARE;
    this.#maxBytes = Math.min(limits.watchHistoryBytes, share);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Changes with a version above this are all here (W1). */
  get floor(): number {
    return this.#floor;
  }

  get isActive(): boolean {
    return this.#floor !== Number.POSITIVE_INFINITY;
  }

  /** Begins to keep changes, after this seq. */
  activate(seq: number): void {
    if (!this.isActive) this.#floor = seq;
  }

  /** Keeps nothing until it is activated again. */
  deactivate(): void {
    this.#floor = Number.POSITIVE_INFINITY;
    this.#changes = [];
    this.#start = 0;
    this.#bytes = 0;
  }

  /** Keeps a copy of a change and returns it. */
  add(change: KvChange): KvChange {
    const kept =
      change.value === null ? change : { ...change, value: this.#values.copy(change.value) };
    this.#changes.push(kept);
    this.#bytes += sizeOf(kept);
    while (this.#isOver()) this.#drop();
    if (this.#start > this.#limits.watchHistoryEvents) {
      this.#changes = this.#changes.slice(this.#start);
      this.#start = 0;
    }
    return kept;
  }

  /** The changes after `version`, at most `max` of them but never half of one seq. */
  after(version: number, max: number): KvChange[] {
    const from = this.#firstAfter(version);
    let to = Math.min(from + max, this.#changes.length);
    while (to < this.#changes.length && this.#versionAt(to) === this.#versionAt(to - 1)) to++;
    return this.#changes.slice(from, to);
  }

  #isOver(): boolean {
    const count = this.#changes.length - this.#start;
    return count > 0 && (count > this.#limits.watchHistoryEvents || this.#bytes > this.#maxBytes);
  }

  #drop(): void {
    const oldest = this.#changes[this.#start++] as KvChange;
    this.#bytes -= sizeOf(oldest);
    this.#floor = oldest.version;
  }

  #versionAt(index: number): number {
    return (this.#changes[index] as KvChange).version;
  }

  #firstAfter(version: number): number {
    let low = this.#start;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#versionAt(middle) <= version) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const CHANGE_BYTES = 100;

function sizeOf(change: KvChange): number {
  return CHANGE_BYTES + change.key.length + (change.value?.length ?? 0);
}

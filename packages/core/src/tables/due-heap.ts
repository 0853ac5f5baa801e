import { Column } from "./column.ts";
import { type Handle, NONE } from "./kv-table.ts";

/**
 * The keys that expire, the next one first: a binary heap of handles that knows where each handle
 * is, so that a new time to live or a delete costs O(log n) and leaves nothing stale behind.
 *
 * H1  place(heap[i]) === i + 1 for every i; 0 is "not in the heap"
 */
export class ExpiryHeap {
  readonly #expires: Column;
  readonly #place = new Column();
  readonly #heap: Handle[] = [];

  constructor(expires: Column) {
    this.#expires = expires;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** The handle that expires next, or undefined. */
  peek(): Handle | undefined {
    return this.#heap[0];
  }

  /** Any of the handles, or NONE. */
  sample(random: () => number): Handle {
    return this.#heap[Math.floor(random() * this.#heap.length)] ?? NONE;
  }

  /** The handles that have expired by `nowMs`, at most `max` of them, in no particular order. */
  due(nowMs: number, max: number): Handle[] {
    const found: Handle[] = [];
    const open = [0];
    for (let i = open.pop(); i !== undefined && found.length < max; i = open.pop()) {
      if (i >= this.#heap.length || this.#due(i) > nowMs) continue;
      found.push(this.#heap[i] as Handle);
      open.push(i * 2 + 2, i * 2 + 1);
    }
    return found;
  }

  /** A new handle: it may be one that was in use before. */
  admit(handle: Handle): void {
    this.#place.set(handle, 0);
  }

  /** Puts the handle where its column says, in or out. */
  update(handle: Handle): void {
    const place = this.#place.get(handle);
    if (this.#expires.get(handle) === 0) {
      if (place > 0) this.#removeAt(place - 1);
    } else if (place > 0) {
      this.#sink(this.#rise(place - 1));
    } else {
      this.#heap.push(handle);
      this.#place.set(handle, this.#heap.length);
      this.#rise(this.#heap.length - 1);
    }
  }

  remove(handle: Handle): void {
    const place = this.#place.get(handle);
    if (place > 0) this.#removeAt(place - 1);
  }

  #removeAt(index: number): void {
    this.#place.set(this.#heap[index] as Handle, 0);
    const last = this.#heap.pop() as Handle;
    if (index === this.#heap.length) return;
    this.#settle(index, last);
    this.#sink(this.#rise(index));
  }

  #settle(index: number, handle: Handle): void {
    this.#heap[index] = handle;
    this.#place.set(handle, index + 1); // H1
  }

  #due(index: number): number {
    return this.#expires.get(this.#heap[index] as Handle);
  }

  #rise(from: number): number {
    let index = from;
    const handle = this.#heap[from] as Handle;
    const due = this.#expires.get(handle);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#due(parent) <= due) break;
      this.#settle(index, this.#heap[parent] as Handle);
      index = parent;
    }
    this.#settle(index, handle);
    return index;
  }

  #sink(from: number): void {
    let index = from;
    const handle = this.#heap[from] as Handle;
    const due = this.#expires.get(handle);
    for (;;) {
      let child = index * 2 + 1;
      if (child >= this.#heap.length) break;
      if (child + 1 < this.#heap.length && this.#due(child + 1) < this.#due(child)) child++;
      if (this.#due(child) >= due) break;
      this.#settle(index, this.#heap[child] as Handle);
      index = child;
    }
    this.#settle(index, handle);
  }
}

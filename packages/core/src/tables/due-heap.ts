import { type Column, IntColumn } from "./column.ts";
import { type Handle, NONE } from "./handle.ts";

/**
 * The rows that are due at some time, the next one first: a binary heap of handles that knows where
 * each handle is, so that a new time or a removal costs O(log n) and leaves nothing stale behind. A
 * row whose column says 0 is never due.
 *
 * H1  place(heap[i]) === i + 1 for every i; 0 is "not in the heap"
 */
export class DueHeap {
  readonly #times: Column;
  readonly #place: Column;
  #heap: Handle[] = [];

  /** Heaps whose rows are never in two of them may share `place`. */
  constructor(times: Column, place: Column = new IntColumn()) {
    this.#times = times;
    this.#place = place;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** The handle that is due next, or undefined. */
  peek(): Handle | undefined {
    return this.#heap[0];
  }

  /** Any of the handles, or NONE. */
  sample(random: () => number): Handle {
    return this.#heap[Math.floor(random() * this.#heap.length)] ?? NONE;
  }

  /** The handles that are due by `nowMs`, at most `max` of them, in no particular order. */
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

  /** The first handles in order, at most `max`. */
  smallest(max: number): Handle[] {
    const found: Handle[] = [];
    // The next one is among those whose parent was found: a heap of indexes, as small as `found`.
    const open: number[] = this.#heap.length === 0 ? [] : [0];
    while (found.length < max && open.length > 0) {
      const i = this.#takeFirst(open);
      found.push(this.#heap[i] as Handle);
      for (let child = i * 2 + 1; child <= i * 2 + 2 && child < this.#heap.length; child++) {
        this.#addOpen(open, child);
      }
    }
    return found;
  }

  /**
   * Empties the heap and returns what was in it, in no order. Takes no longer for many: whoever
   * uses such a handle again must admit it first.
   */
  takeAll(): Handle[] {
    const all = this.#heap;
    this.#heap = [];
    return all;
  }

  /** A new handle: it may be one that was in use before. */
  admit(handle: Handle): void {
    this.#place.set(handle, 0);
  }

  /** Puts the handle where its column says, in or out. */
  update(handle: Handle): void {
    const place = this.#place.get(handle);
    if (this.#times.get(handle) === 0) {
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

  #addOpen(open: number[], index: number): void {
    let at = open.length;
    const due = this.#due(index);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#due(open[parent] as number) <= due) break;
      open[at] = open[parent] as number;
      at = parent;
    }
    open[at] = index;
  }

  #takeFirst(open: number[]): number {
    const first = open[0] as number;
    const last = open.pop() as number;
    if (open.length === 0) return first;
    let at = 0;
    const due = this.#due(last);
    for (let child = 1; child < open.length; child = at * 2 + 1) {
      if (
        child + 1 < open.length &&
        this.#due(open[child + 1] as number) < this.#due(open[child] as number)
      )
        child++;
      if (this.#due(open[child] as number) >= due) break;
      open[at] = open[child] as number;
      at = child;
    }
    open[at] = last;
    return first;
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
    return this.#times.get(this.#heap[index] as Handle);
  }

  #rise(from: number): number {
    let index = from;
    const handle = this.#heap[from] as Handle;
    const due = this.#times.get(handle);
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
    const due = this.#times.get(handle);
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

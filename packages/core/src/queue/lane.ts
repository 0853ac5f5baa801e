import type { Column } from "../tables/column.ts";
import { DueHeap } from "../tables/due-heap.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import { MessageList } from "./message-list.ts";
import type { MessageTable } from "./message-table.ts";

/**
 * The messages of one priority that are ready. New ones come at the end and leave at the front; one
 * that comes back to a place in between waits in a heap, by its order.
 */
export class Lane {
  readonly #table: MessageTable;
  readonly #places: Column;
  readonly #line: MessageList;
  #returned: DueHeap | null = null;

  /** `places` is shared by all lanes of all queues: a message is in one heap at most. */
  constructor(table: MessageTable, places: Column) {
    this.#table = table;
    this.#places = places;
    this.#line = new MessageList(table);
  }

  get size(): number {
    return this.#line.size + (this.#returned?.size ?? 0);
  }

  add(handle: Handle): void {
    const { order } = this.#table;
    const line = this.#line;
    const mine = order.get(handle);
    this.#places.set(handle, 0);
    if (line.size === 0 || mine > order.get(line.tail)) line.append(handle);
    else if (mine < order.get(line.head)) line.prepend(handle);
    else {
      this.#returned ??= new DueHeap(order, this.#places);
      this.#returned.update(handle);
    }
  }

  remove(handle: Handle): void {
    if (this.#returned !== null && this.#places.get(handle) > 0) this.#returned.remove(handle);
    else this.#line.remove(handle);
  }

  /** The next message, or NONE. */
  first(): Handle {
    const { head } = this.#line;
    return this.#returned === null ? head : this.#earlier(head, this.#returned.peek() ?? NONE);
  }

  /** Adds the next messages in order, until there are `max`. */
  next(max: number, found: Handle[]): void {
    const returned = this.#returned?.smallest(max - found.length) ?? [];
    this.#merge(this.#line.head, returned, max, found);
  }

  /**
   * The messages behind a place, at most `max`. `last` is the message that stands there, or NONE if
   * it has gone: then its neighbours are looked for from the front.
   */
  after(last: Handle, place: number, max: number): Handle[] {
    const { order, next } = this.#table;
    const isInLine = last !== NONE && this.#places.get(last) === 0;
    let at = isInLine ? next.get(last) : this.#line.head;
    while (at !== NONE && order.get(at) <= place) at = next.get(at);
    const returned = this.#returned?.smallest(Number.POSITIVE_INFINITY) ?? [];
    const found: Handle[] = [];
    const behind = returned.filter((handle) => order.get(handle) > place);
    this.#merge(at, behind, max, found);
    return found;
  }

  /** Empties it; `chain` takes those in line by their first, `loose` the others. */
  detach(chain: (head: Handle) => void, loose: (handles: Handle[]) => void): void {
    if (this.#line.size > 0) chain(this.#line.detach());
    if (this.#returned !== null && this.#returned.size > 0) loose(this.#returned.takeAll());
  }

  #earlier(one: Handle, other: Handle): Handle {
    if (one === NONE) return other;
    if (other === NONE) return one;
    const { order } = this.#table;
    return order.get(one) < order.get(other) ? one : other;
  }

  /** Those in line from one on, and those that came back, in one order. */
  #merge(from: Handle, returned: readonly Handle[], max: number, found: Handle[]): void {
    let at = from;
    let i = 0;
    while (found.length < max) {
      const back = returned[i] ?? NONE;
      const handle = this.#earlier(at, back);
      if (handle === NONE) return;
      found.push(handle);
      if (handle === back) i++;
      else at = this.#table.next.get(at);
    }
  }
}

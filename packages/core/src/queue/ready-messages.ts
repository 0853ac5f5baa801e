import type { Column } from "../tables/column.ts";
import { DueHeap } from "../tables/due-heap.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import { MessageList } from "./message-list.ts";
import type { MessageTable } from "./message-table.ts";

export const PRIORITIES = 10;

/**
 * The messages of one priority that are ready. New ones come at the end and leave at the front; one
 * that comes back to a place in between waits in a heap, by its order.
 */
interface Lane {
  readonly line: MessageList;
  returned: DueHeap | null;
}

/** Where a message stands among those that are ready. */
export interface Place {
  readonly lane: number;
  readonly order: number;
}

/** Before all messages. */
export const FRONT: Place = { lane: PRIORITIES - 1, order: 0 };

/**
 * What a queue can deliver now.
 *
 * L1  higher priority first; within one, by order
 * L2  a message that comes back has the place that it had
 */
export class ReadyMessages {
  readonly #table: MessageTable;
  readonly #places: Column;
  readonly #lanes: (Lane | undefined)[] = [];
  readonly #flat: boolean;
  size = 0;

  /**
   * `places` is shared by all queues: a message is in one heap at most. A `flat` one has one lane:
   * its messages leave by order alone.
   */
  constructor(table: MessageTable, places: Column, flat: boolean) {
    this.#table = table;
    this.#places = places;
    this.#flat = flat;
  }

  add(handle: Handle): void {
    const { order } = this.#table;
    const lane = this.#laneOf(handle);
    const { line } = lane;
    const mine = order.get(handle);
    this.size++;
    if (line.size === 0 || mine > order.get(line.tail)) line.append(handle);
    else if (mine < order.get(line.head)) line.prepend(handle);
    else {
      lane.returned ??= new DueHeap(order, this.#places);
      this.#places.set(handle, 0);
      lane.returned.update(handle);
      return;
    }
    this.#places.set(handle, 0);
  }

  remove(handle: Handle): void {
    const lane = this.#laneOf(handle);
    this.size--;
    if (this.#places.get(handle) > 0) lane.returned?.remove(handle);
    else lane.line.remove(handle);
  }

  /** The next message, or NONE. */
  first(): Handle {
    if (this.size === 0) return NONE;
    for (let p = PRIORITIES - 1; p >= 0; p--) {
      const lane = this.#lanes[p];
      if (lane === undefined) continue;
      const handle = this.#earlier(lane.line.head, lane.returned?.peek() ?? NONE);
      if (handle !== NONE) return handle;
    }
    return NONE;
  }

  /** The next messages in order, at most `max`. */
  next(max: number): Handle[] {
    if (max === 1) {
      const only = this.first();
      return only === NONE ? [] : [only];
    }
    const found: Handle[] = [];
    for (let p = PRIORITIES - 1; p >= 0 && found.length < max; p--) {
      const lane = this.#lanes[p];
      if (lane !== undefined) this.#merge(lane, max, found);
    }
    return found;
  }

  /** Where a message stands that is ready. */
  placeOf(handle: Handle): Place {
    return { lane: this.#laneNumber(handle), order: this.#table.order.get(handle) };
  }

  /**
   * The messages behind a place, at most `max`. `last` is the message that stands there, or NONE if
   * it has gone: then its neighbours are looked for from the front.
   */
  after(last: Handle, { lane: number, order: place }: Place, max: number): Handle[] {
    const found: Handle[] = [];
    const lane = this.#lanes[number];
    if (lane !== undefined) {
      const { order, next } = this.#table;
      const isInLine = last !== NONE && this.#places.get(last) === 0;
      let at = isInLine ? next.get(last) : lane.line.head;
      while (at !== NONE && order.get(at) <= place) at = next.get(at);
      this.#merge(lane, max, found, at, place);
    }
    for (let p = number - 1; p >= 0 && found.length < max; p--) {
      const lower = this.#lanes[p];
      if (lower !== undefined) this.#merge(lower, max, found);
    }
    return found;
  }

  /** How many are ready at this priority or a higher one; those of a flat one have all 0. */
  countFrom(priority: number): number {
    let count = 0;
    for (let p = priority; p < PRIORITIES; p++) {
      const lane = this.#lanes[p];
      if (lane !== undefined) count += lane.line.size + (lane.returned?.size ?? 0);
    }
    return count;
  }

  /** When the oldest was published, in wall-clock milliseconds, or null. */
  oldestTime(): number | null {
    let oldest: number | null = null;
    for (const lane of this.#lanes) {
      if (lane === undefined) continue;
      const handle = this.#earlier(lane.line.head, lane.returned?.peek() ?? NONE);
      if (handle === NONE) continue;
      const time = this.#table.time.get(handle);
      if (oldest === null || time < oldest) oldest = time;
    }
    return oldest;
  }

  /** Empties it; `chain` takes those in line by their first, `loose` the others. */
  detach(chain: (head: Handle) => void, loose: (handles: Handle[]) => void): void {
    for (const lane of this.#lanes) {
      if (lane === undefined) continue;
      if (lane.line.size > 0) chain(lane.line.detach());
      if (lane.returned !== null && lane.returned.size > 0) loose(lane.returned.takeAll());
    }
    this.size = 0;
  }

  #laneNumber(handle: Handle): number {
    return this.#flat ? 0 : this.#table.priority.get(handle);
  }

  #laneOf(handle: Handle): Lane {
    const number = this.#laneNumber(handle);
    const known = this.#lanes[number];
    if (known !== undefined) return known;
    const lane: Lane = { line: new MessageList(this.#table), returned: null };
    this.#lanes[number] = lane;
    return lane;
  }

  #earlier(one: Handle, other: Handle): Handle {
    if (one === NONE) return other;
    if (other === NONE) return one;
    const { order } = this.#table;
    return order.get(one) < order.get(other) ? one : other;
  }

  /** Line and returned ones in one order (L1). */
  #merge(lane: Lane, max: number, found: Handle[], from = lane.line.head, place = 0): void {
    const { order } = this.#table;
    const wanted = place === 0 ? max - found.length : Number.POSITIVE_INFINITY;
    const returned = lane.returned?.smallest(wanted) ?? [];
    let at = from;
    let i = 0;
    while (i < returned.length && order.get(returned[i] as Handle) <= place) i++;
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

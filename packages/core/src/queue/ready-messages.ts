import type { Column } from "../tables/column.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import { Lane } from "./lane.ts";
import type { MessageTable } from "./message-table.ts";

export const PRIORITIES = 10;

/**
 * What a queue can deliver now.
 *
 * L1  higher priority first; within one, by order
 * L2  a message that comes back has the place that it had
 * L3  bit p of `filled` says whether the lane of priority p has messages, so that the empty ones are
 *     not looked at
 */
export class ReadyMessages {
  readonly #table: MessageTable;
  readonly #places: Column;
  readonly #lanes: (Lane | undefined)[] = [];
  readonly #flat: boolean;
  #filled = 0;
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
    const priority = this.#priorityOf(handle);
    this.#laneOf(priority).add(handle);
    this.#filled |= 1 << priority; // L3
    this.size++;
  }

  remove(handle: Handle): void {
    const priority = this.#priorityOf(handle);
    const lane = this.#laneOf(priority);
    lane.remove(handle);
    if (lane.size === 0) this.#filled &= ~(1 << priority); // L3
    this.size--;
  }

  /** The next message, or NONE. */
  first(): Handle {
    return this.#filled === 0 ? NONE : this.#laneOf(highest(this.#filled)).first();
  }

  /** The next messages in order, at most `max`. */
  next(max: number): Handle[] {
    const first = this.first();
    if (max === 1 || first === NONE) return first === NONE ? [] : [first];
    const found: Handle[] = [];
    for (let left = this.#filled; left !== 0 && found.length < max; ) {
      const priority = highest(left);
      this.#laneOf(priority).next(max, found);
      left ^= 1 << priority;
    }
    return found;
  }

  /**
   * Of a flat one, the messages behind a place, at most `max`. `last` is the message that stands
   * there, or NONE if it has gone.
   */
  after(last: Handle, place: number, max: number): Handle[] {
    return this.#laneOf(0).after(last, place, max);
  }

  /** How many are ready at this priority or a higher one; those of a flat one have all 0. */
  countFrom(priority: number): number {
    let count = 0;
    for (let left = this.#filled >> priority; left !== 0; ) {
      const above = highest(left);
      count += this.#laneOf(priority + above).size;
      left ^= 1 << above;
    }
    return count;
  }

  /** When the oldest was published, in wall-clock milliseconds, or null. */
  oldestTime(): number | null {
    let oldest: number | null = null;
    for (const lane of this.#lanes) {
      const handle = lane?.first() ?? NONE;
      if (handle === NONE) continue;
      const time = this.#table.time.get(handle);
      if (oldest === null || time < oldest) oldest = time;
    }
    return oldest;
  }

  /** Empties it; `chain` takes those in line by their first, `loose` the others. */
  detach(chain: (head: Handle) => void, loose: (handles: Handle[]) => void): void {
    for (const lane of this.#lanes) lane?.detach(chain, loose);
    this.#filled = 0;
    this.size = 0;
  }

  #priorityOf(handle: Handle): number {
    return this.#flat ? 0 : this.#table.priority.get(handle);
  }

  #laneOf(priority: number): Lane {
    const known = this.#lanes[priority];
    if (known !== undefined) return known;
    const lane = new Lane(this.#table, this.#places);
    this.#lanes[priority] = lane;
    return lane;
  }
}

/** The highest bit that is set. */
function highest(bits: number): number {
  return 31 - Math.clz32(bits);
}

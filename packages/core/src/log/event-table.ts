import { IntColumn, NumberColumn } from "../tables/column.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import { ValueStore } from "../tables/value-store.ts";
import { bodyLength, type EventBody, readBody, writeBody } from "./event-body.ts";

/** The columns of one event, in bytes. */
const ROW_BYTES = 32;

/** Bodies up to this are put together in one buffer that stays. */
const SCRATCH_BYTES = 16 * 1024;

/** So many events are freed on the spot; more are left to `sweep`. */
const FREED_AT_ONCE = 16;

/** What every new event frees of what was left: garbage goes even where nobody sweeps. */
const FREED_PER_EVENT = 2;

/** What a body of `length` bytes adds to a table's `bytes`. */
export function eventBytes(length: number): number {
  return ROW_BYTES + ValueStore.sizeOf(length);
}

/** Rows that a log let go of: `count` of them, chained from `row` on. */
interface Chain {
  row: Handle;
  count: number;
}

/**
 * The events of many logs, by row: columns and bodies outside the collector's heap, each log a
 * chain of rows. Nothing here grows by copying, and nothing is freed in bulk.
 *
 * T1  a row is in one log, in one chain of garbage, or free
 */
export class EventTable {
  /** When the event was published, in wall-clock milliseconds. */
  readonly time = new NumberColumn();
  /** Bytes of bodies that its log had taken before this one, kept or not. */
  readonly before = new NumberColumn();
  /** The next row of the same log. */
  readonly next = new IntColumn();
  readonly #location = new NumberColumn();
  readonly #length = new IntColumn();
  readonly #bodies = new ValueStore();
  readonly #scratch = new Uint8Array(SCRATCH_BYTES);
  readonly #garbage: Chain[] = [];
  /** Free rows, chained through `next`. */
  #free: Handle = NONE;
  #end = 0;
  #rows = 0;

  /** Events and their bookkeeping, those that are not freed yet included. */
  get bytes(): number {
    return this.#rows * ROW_BYTES + this.#bodies.bytes;
  }

  /** Rows in use, those that are not freed yet included. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether `sweep` has something to do. */
  get hasGarbage(): boolean {
    return this.#garbage.length > 0;
  }

  /** Adds an event with a copy of its body, and returns its row. */
  add(body: EventBody, timeMs: number, before: number): Handle {
    if (this.hasGarbage) this.sweep(FREED_PER_EVENT);
    const row = this.#take();
    const length = bodyLength(body);
    const bytes =
      length <= SCRATCH_BYTES ? this.#scratch.subarray(0, length) : new Uint8Array(length);
    writeBody(body, bytes);
    this.#location.set(row, this.#bodies.put(bytes));
    this.#length.set(row, length);
    this.time.set(row, timeMs);
    this.before.set(row, before);
    this.next.set(row, NONE);
    this.#rows++;
    return row;
  }

  lengthOf(row: Handle): number {
    return this.#length.get(row);
  }

  /** Its data is a view, good until the next write. */
  bodyOf(row: Handle): EventBody {
    return readBody(this.#bodies.view(this.#location.get(row), this.#length.get(row)));
  }

  /** Lets go of `count` rows that are chained from `row` on. */
  release(row: Handle, count: number): void {
    if (count > FREED_AT_ONCE) this.#garbage.push({ row, count });
    else this.#freeChain(row, count);
  }

  /** Frees at most `max` rows that were let go of; returns whether some are left. */
  sweep(max: number): boolean {
    let room = max;
    for (let last = this.#garbage.at(-1); last !== undefined && room > 0; ) {
      const count = Math.min(last.count, room);
      last.row = this.#freeChain(last.row, count);
      last.count -= count;
      room -= count;
      if (last.count === 0) this.#garbage.pop();
      last = this.#garbage.at(-1);
    }
    return this.hasGarbage;
  }

  /** Frees so many rows of a chain and returns the one behind them. */
  #freeChain(start: Handle, count: number): Handle {
    let row = start;
    for (let i = 0; i < count; i++) {
      const next = this.next.get(row);
      this.#bodies.free(this.#location.get(row), this.#length.get(row));
      this.next.set(row, this.#free);
      this.#free = row;
      row = next;
    }
    this.#rows -= count;
    return row;
  }

  #take(): Handle {
    const row = this.#free;
    if (row === NONE) return this.#end++;
    this.#free = this.next.get(row);
    return row;
  }
}

import { IntColumn, NumberColumn } from "../tables/column.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import { EventTable } from "./event-table.ts";

/** Rows of a log's events at fixed distances, so that any offset is a few steps from one of them. */
export interface Marks {
  /** Which one stands first in `rows`. */
  first: number;
  rows: Handle[];
}

/**
 * Many logs, by row: numbers in columns outside the collector's heap, so that a hundred thousand
 * logs that hold little cost little. What is in a row is `EventLog`'s business.
 */
export class LogTable {
  readonly events = new EventTable();
  /** The rows of the oldest and of the newest kept event, or NONE. */
  readonly head = new IntColumn();
  readonly tail = new IntColumn();
  readonly oldest = new NumberColumn();
  readonly newest = new NumberColumn();
  /** Bytes of all bodies that the log ever took. */
  readonly bytes = new NumberColumn();
  /** Only of logs that are long enough to have any: most are not. */
  readonly marks = new Map<Handle, Marks>();
  readonly #free: Handle[] = [];
  #end = 0;

  /** Adds an empty log. */
  open(firstOffset: number): Handle {
    const row = this.#free.pop() ?? this.#end++;
    this.head.set(row, NONE);
    this.tail.set(row, NONE);
    this.oldest.set(row, firstOffset);
    this.newest.set(row, firstOffset - 1);
    this.bytes.set(row, 0);
    return row;
  }

  /** Gives up the row of a log that holds nothing; until it is used again its numbers stay. */
  close(row: Handle): void {
    this.#free.push(row);
  }
}

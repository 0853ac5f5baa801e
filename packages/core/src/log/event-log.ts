import { invariant } from "../invariant.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import type { EventBody } from "./event-body.ts";
import type { LogTable, Marks } from "./log-table.ts";

/** An event of a log; its data is a view, good until the next write. */
export interface LogEvent extends EventBody {
  readonly offset: number;
  /** When it was published, in wall-clock milliseconds. */
  readonly timeMs: number;
}

/** One row in so many is marked. */
const MARK_EVERY = 64;

/** Marks that lie before the log, when cutting them off begins to pay. */
const MIN_DEAD_MARKS = 32;

/**
 * Events by offset, appended at the end and trimmed at the front: a chain of rows in a table that
 * logs share. Finding an offset, a time or a size costs O(log n), trimming any number the same.
 * This is a look at one row of the table of logs: it holds nothing itself.
 *
 * L1  exactly the events from `oldest` to `newest` are kept; of none, `oldest` is `newest` + 1
 * L2  the rows from head to tail are theirs, in the order of offsets; times never go back
 * L3  `marks.rows[i]` is the row of offset (first + i) · MARK_EVERY, where that is kept
 */
export class EventLog {
  readonly #logs: LogTable;
  readonly #row: Handle;

  constructor(logs: LogTable, row: Handle) {
    this.#logs = logs;
    this.#row = row;
  }

  get oldest(): number {
    return this.#logs.oldest.get(this.#row);
  }

  get newest(): number {
    return this.#logs.newest.get(this.#row);
  }

  get size(): number {
    return this.newest - this.oldest + 1;
  }

  /** What the kept bodies take at rest. */
  get bytes(): number {
    const head = this.#head;
    if (head === NONE) return 0;
    return this.#logs.bytes.get(this.#row) - this.#logs.events.before.get(head);
  }

  /** When the oldest kept event was published; of an empty log it must not be asked. */
  get oldestTimeMs(): number {
    return this.#logs.events.time.get(this.#head);
  }

  append(body: EventBody, timeMs: number): void {
    const { head, tail, newest, bytes, events } = this.#logs;
    const log = this.#row;
    const before = bytes.get(log);
    const row = events.add(body, timeMs, before);
    const last = tail.get(log);
    if (last === NONE) head.set(log, row);
    else events.next.set(last, row);
    tail.set(log, row);
    const offset = newest.get(log) + 1;
    newest.set(log, offset);
    bytes.set(log, before + events.lengthOf(row));
    if (offset % MARK_EVERY === 0) this.#mark(offset, row);
  }

  /** Lets go of all events before `keepFrom`, however many; the table frees them bit by bit. */
  trim(keepFrom: number): void {
    const { oldest, newest } = this;
    if (keepFrom === oldest) return;
    invariant(
      keepFrom > oldest && keepFrom <= newest + 1,
      "L1: a log is trimmed from its oldest event to at most behind its newest",
    );
    const { head, tail, events } = this.#logs;
    const first = keepFrom > newest ? NONE : this.#rowAt(keepFrom);
    events.release(this.#head, keepFrom - oldest);
    head.set(this.#row, first);
    if (first === NONE) tail.set(this.#row, NONE);
    this.#logs.oldest.set(this.#row, keepFrom);
    this.#dropMarks();
  }

  /** Calls `visit` with the events from `from` on, in order, until it returns false. */
  walk(from: number, visit: (event: LogEvent) => boolean): void {
    let offset = Math.max(from, this.oldest);
    if (offset > this.newest) return;
    const { events } = this.#logs;
    for (let row = this.#rowAt(offset); row !== NONE; row = events.next.get(row), offset++) {
      const { eventType, metadata, data } = events.bodyOf(row);
      if (!visit({ offset, timeMs: events.time.get(row), eventType, metadata, data })) return;
    }
  }

  /** The first kept event that was published after `timeMs`, or the one that comes next. */
  firstAfter(timeMs: number): number {
    const { time } = this.#logs.events;
    return this.#firstWhere((row) => time.get(row) > timeMs);
  }

  /** The first kept event from which on all fit into `maxBytes`, or the one that comes next. */
  firstWithin(maxBytes: number): number {
    const { before } = this.#logs.events;
    const total = this.#logs.bytes.get(this.#row);
    return this.#firstWhere((row) => total - before.get(row) <= maxBytes);
  }

  get #head(): Handle {
    return this.#logs.head.get(this.#row);
  }

  get #marks(): Marks | undefined {
    return this.#logs.marks.get(this.#row);
  }

  /** The first offset where it holds, of something that holds from some offset on. */
  #firstWhere(holds: (row: Handle) => boolean): number {
    const { newest } = this;
    const { next } = this.#logs.events;
    let offset = this.oldest;
    let row = this.#head;
    for (let steps = 0; offset <= newest && !holds(row); steps++) {
      // Most often it is one of the first few. If it is far, it is near behind a mark.
      if (steps === MARK_EVERY) [offset, row] = this.#lastMarkWhereNot(holds);
      row = next.get(row);
      offset++;
    }
    return offset;
  }

  /** The last mark where it does not hold, in a log whose first events in number MARK_EVERY are such. */
  #lastMarkWhereNot(holds: (row: Handle) => boolean): [offset: number, row: Handle] {
    const marks = this.#marks as Marks; // among so many events there is one (L3)
    let low = this.#deadMarks(marks) + 1;
    let high = marks.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(marks.rows[middle] as Handle)) high = middle;
      else low = middle + 1;
    }
    return [(marks.first + low - 1) * MARK_EVERY, marks.rows[low - 1] as Handle];
  }

  #rowAt(offset: number): Handle {
    const { next } = this.#logs.events;
    const marks = this.#marks;
    let at = this.oldest;
    let row = this.#head;
    const mark = Math.floor(offset / MARK_EVERY);
    if (marks !== undefined && mark * MARK_EVERY > at) {
      at = mark * MARK_EVERY;
      row = marks.rows[mark - marks.first] as Handle;
    }
    for (; at < offset; at++) row = next.get(row);
    return row;
  }

  #mark(offset: number, row: Handle): void {
    const marks = this.#marks;
    if (marks !== undefined) marks.rows.push(row);
    else this.#logs.marks.set(this.#row, { first: offset / MARK_EVERY, rows: [row] });
  }

  /** How many of the marks lie before the oldest event. */
  #deadMarks({ first }: Marks): number {
    return Math.max(0, Math.ceil(this.oldest / MARK_EVERY) - first);
  }

  #dropMarks(): void {
    const marks = this.#marks;
    if (marks === undefined) return;
    const dead = this.#deadMarks(marks);
    if (dead >= marks.rows.length) this.#logs.marks.delete(this.#row);
    else if (dead >= MIN_DEAD_MARKS && dead > marks.rows.length / 2) {
      marks.rows = marks.rows.slice(dead);
      marks.first += dead;
    }
  }
}

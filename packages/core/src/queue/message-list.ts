import { type Handle, NONE } from "../tables/handle.ts";
import type { MessageTable } from "./message-table.ts";

/** Messages in a chain through the table's own columns. A message is in one chain at most. */
export class MessageList {
  readonly #table: MessageTable;
  head: Handle = NONE;
  tail: Handle = NONE;
  size = 0;

  constructor(table: MessageTable) {
    this.#table = table;
  }

  append(handle: Handle): void {
    const { prev, next } = this.#table;
    prev.set(handle, this.tail);
    next.set(handle, NONE);
    if (this.tail === NONE) this.head = handle;
    else next.set(this.tail, handle);
    this.tail = handle;
    this.size++;
  }

  prepend(handle: Handle): void {
    const { prev, next } = this.#table;
    prev.set(handle, NONE);
    next.set(handle, this.head);
    if (this.head === NONE) this.tail = handle;
    else prev.set(this.head, handle);
    this.head = handle;
    this.size++;
  }

  remove(handle: Handle): void {
    const { prev, next } = this.#table;
    const before = prev.get(handle);
    const after = next.get(handle);
    if (before === NONE) this.head = after;
    else next.set(before, after);
    if (after === NONE) this.tail = before;
    else prev.set(after, before);
    this.size--;
  }

  /** Empties the list and returns its chain. */
  detach(): Handle {
    const head = this.head;
    this.head = NONE;
    this.tail = NONE;
    this.size = 0;
    return head;
  }
}

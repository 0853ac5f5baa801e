import { type TaggedValue, utf8Decode, utf8Encode } from "@hivellm/synap-protocol";
import type { Column } from "../tables/column.ts";
import type { Handle } from "../tables/handle.ts";
import { IdIndex } from "../tables/id-index.ts";
import { ValueStore } from "../tables/value-store.ts";
import { MessageRows } from "./message-rows.ts";
import type { DeadReason, Texts } from "./queue-effects.ts";

/** Where a message is. */
export const Status = { ready: 1, delayed: 2, inFlight: 3 } as const;
export type Status = (typeof Status)[keyof typeof Status];

/** What is kept of how a message became a dead letter. */
export interface DeathNote {
  readonly reason: DeadReason;
  readonly error: string | null;
  readonly failedAt: number;
}

/** What one message costs beside its body: its row and its place in the index, as measured. */
const MESSAGE_BYTES = 160;

/** What a message of this size adds to a table's `bytes`. */
export function messageBytes(valueLength: number, headersLength: number): number {
  return MESSAGE_BYTES + ValueStore.sizeOf(valueLength + headersLength);
}

/**
 * All messages of all queues, by handle: no object per message, bodies outside the collector's
 * heap, so that a million of them cost no pause.
 */
export class MessageTable {
  readonly #rows = new MessageRows();
  readonly id: Column = this.#rows.number();
  /** The place in line: messages of one priority leave in this order. */
  readonly order: Column = this.#rows.number();
  /** Its queue's serial. */
  readonly queue: Column = this.#rows.int();
  /** The queue's lot when it was lined up. */
  readonly lot: Column = this.#rows.int();
  readonly status: Column = this.#rows.int();
  readonly priority: Column = this.#rows.int();
  readonly retries: Column = this.#rows.int();
  readonly maxRetries: Column = this.#rows.int();
  /** When it was published, in wall-clock milliseconds. */
  readonly time: Column = this.#rows.number();
  readonly visibleAt: Column = this.#rows.number();
  readonly expires: Column = this.#rows.number();
  /** The next thing that time does to it: the earlier of both; 0 nothing. */
  readonly due: Column = this.#rows.number();
  /** 1 once it has been delivered. */
  readonly delivered: Column = this.#rows.int();
  /** The seq of the delivery in hand, or 0 if that is its very first one. */
  readonly delivery: Column = this.#rows.number();
  readonly deadline: Column = this.#rows.number();
  readonly prev: Column = this.#rows.int();
  readonly next: Column = this.#rows.int();
  readonly #location: Column = this.#rows.number();
  readonly #length: Column = this.#rows.int();
  readonly #headersLength: Column = this.#rows.int();
  readonly #noteLocation: Column = this.#rows.number();
  readonly #noteLength: Column = this.#rows.int();
  readonly #bodies = new ValueStore();
  readonly #index = new IdIndex();
  readonly #free: Handle[] = [];
  #end = 0;

  get size(): number {
    return this.#end - this.#free.length;
  }

  /** Rows are below this; those of no message have status 0. */
  get end(): number {
    return this.#end;
  }

  get bytes(): number {
    return this.size * MESSAGE_BYTES + this.#bodies.bytes;
  }

  /** The row of a message that exists, or NONE. */
  find(id: number): Handle {
    return this.#index.find(id);
  }

  insert(id: number, value: TaggedValue, headers: Texts | null): Handle {
    const handle = this.#free.pop() ?? this.#end++;
    this.#rows.reserve(handle);
    const head = headers === null ? NO_BYTES : utf8Encode(JSON.stringify(headers));
    this.#index.set(id, handle);
    this.id.set(handle, id);
    this.#headersLength.set(handle, head.length);
    this.#length.set(handle, head.length + value.length);
    this.#location.set(handle, this.#bodies.put(head.length === 0 ? value : join(head, value)));
    this.#noteLength.set(handle, 0);
    this.retries.set(handle, 0);
    this.delivered.set(handle, 0);
    this.delivery.set(handle, 0);
    this.due.set(handle, 0);
    return handle;
  }

  remove(handle: Handle): void {
    this.#index.remove(this.id.get(handle));
    this.#bodies.free(this.#location.get(handle), this.#length.get(handle));
    this.setNote(handle, null);
    this.status.set(handle, 0);
    this.#free.push(handle);
  }

  /** A view, good until the next write. */
  valueOf(handle: Handle): TaggedValue {
    return this.#body(handle).subarray(this.#headersLength.get(handle));
  }

  /** Bytes of the message and its headers. */
  lengthOf(handle: Handle): number {
    return this.#length.get(handle);
  }

  headersOf(handle: Handle): Texts {
    const length = this.#headersLength.get(handle);
    if (length === 0) return NO_HEADERS;
    return JSON.parse(utf8Decode(this.#body(handle).subarray(0, length))) as Texts;
  }

  noteOf(handle: Handle): DeathNote | null {
    const length = this.#noteLength.get(handle);
    if (length === 0) return null;
    const bytes = this.#bodies.view(this.#noteLocation.get(handle), length);
    return JSON.parse(utf8Decode(bytes)) as DeathNote;
  }

  setNote(handle: Handle, note: DeathNote | null): void {
    const before = this.#noteLength.get(handle);
    if (before > 0) this.#bodies.free(this.#noteLocation.get(handle), before);
    this.#noteLength.set(handle, 0);
    if (note === null) return;
    const bytes = utf8Encode(JSON.stringify(note));
    this.#noteLocation.set(handle, this.#bodies.put(bytes));
    this.#noteLength.set(handle, bytes.length);
  }

  #body(handle: Handle): Uint8Array {
    return this.#bodies.view(this.#location.get(handle), this.#length.get(handle));
  }
}

const NO_HEADERS: Texts = {};
const NO_BYTES = new Uint8Array(0);

function join(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

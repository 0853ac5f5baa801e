import type { TaggedValue } from "@hivellm/synap-protocol";
import { type Column, NumberColumn } from "../tables/column.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import { ValueStore } from "../tables/value-store.ts";

/**
 * What one key costs beside its value: the string, its entry in the map, nine columns and the
 * ordered index. Measured with a million 20-byte keys, rounded up.
 */
const ENTRY_BYTES = 180;

/**
 * The keys with their values and columns, by handle: no object per entry, so that what is built on
 * it stays as it is when the table itself changes.
 */
export interface KvTable {
  readonly size: number;
  /** Keys, values and their bookkeeping, in bytes. */
  readonly bytes: number;
  find(key: string): Handle;
  /** Adds a key that is not there, with a copy of its value; its other columns are 0. */
  insert(key: string, value: TaggedValue): Handle;
  replaceValue(handle: Handle, value: TaggedValue): void;
  remove(handle: Handle): void;
  keyOf(handle: Handle): string;
  /** A view, good until the next write. */
  valueOf(handle: Handle): TaggedValue;
  /** The seq of the write that made the value. */
  readonly version: Column;
  /** When the key expires, in wall-clock milliseconds; 0 never. */
  readonly expires: Column;
  /** When the key was last used, as a count of uses. */
  readonly access: Column;
  /** Handles are below this; the ones of no key are told by `isLive`. */
  readonly handleEnd: number;
  isLive(handle: Handle): boolean;
}

/** What a key with a value of `valueLength` bytes adds to a table's `bytes`. */
export function entryBytes(key: string, valueLength: number): number {
  return ENTRY_BYTES + key.length + ValueStore.sizeOf(valueLength);
}

/** Keys in a Map of the heap, values and columns outside of it. */
export class MemoryKvTable implements KvTable {
  readonly version: Column = new NumberColumn();
  readonly expires: Column = new NumberColumn();
  readonly access: Column = new NumberColumn();
  readonly #location = new NumberColumn();
  readonly #length = new NumberColumn();
  readonly #values = new ValueStore();
  readonly #handles = new Map<string, Handle>();
  readonly #keys: (string | null)[] = [];
  readonly #free: Handle[] = [];
  #keyBytes = 0;

  get size(): number {
    return this.#handles.size;
  }

  get bytes(): number {
    return this.#keyBytes + this.#values.bytes;
  }

  get handleEnd(): number {
    return this.#keys.length;
  }

  find(key: string): Handle {
    return this.#handles.get(key) ?? NONE;
  }

  isLive(handle: Handle): boolean {
    return this.#keys[handle] != null;
  }

  insert(key: string, value: TaggedValue): Handle {
    const handle = this.#free.pop() ?? this.#keys.length;
    this.#keys[handle] = key;
    this.#handles.set(key, handle);
    this.#keyBytes += ENTRY_BYTES + key.length;
    this.#location.set(handle, this.#values.put(value));
    this.#length.set(handle, value.length);
    this.version.set(handle, 0);
    this.expires.set(handle, 0);
    this.access.set(handle, 0);
    return handle;
  }

  replaceValue(handle: Handle, value: TaggedValue): void {
    this.#values.free(this.#location.get(handle), this.#length.get(handle));
    this.#location.set(handle, this.#values.put(value));
    this.#length.set(handle, value.length);
  }

  remove(handle: Handle): void {
    const key = this.keyOf(handle);
    this.#values.free(this.#location.get(handle), this.#length.get(handle));
    this.#handles.delete(key);
    this.#keys[handle] = null;
    this.#keyBytes -= ENTRY_BYTES + key.length;
    this.#free.push(handle);
  }

  keyOf(handle: Handle): string {
    return this.#keys[handle] as string;
  }

  valueOf(handle: Handle): TaggedValue {
    return this.#values.view(this.#location.get(handle), this.#length.get(handle));
  }
}

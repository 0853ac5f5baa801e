import { invariant } from "../invariant.ts";
import type { Column } from "../tables/column.ts";

const CHUNK_BITS = 12;
const CHUNK_ROWS = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_ROWS - 1;

/** Bytes of a row: two lines of the processor's cache. */
const ROW_BYTES = 128;
const INTS_PER_ROW = ROW_BYTES / Int32Array.BYTES_PER_ELEMENT;
const NUMBERS_PER_ROW = ROW_BYTES / Float64Array.BYTES_PER_ELEMENT;

/**
 * Columns whose fields lie side by side in each row, so that what is done to one message touches
 * two lines of the cache rather than one for each field. Numbers are given out from the front of a
 * row, integers from its end. It grows in chunks and never copies.
 */
export class MessageRows {
  readonly #numbers: Float64Array[] = [];
  readonly #ints: Int32Array[] = [];
  #nextNumber = 0;
  #nextInt = INTS_PER_ROW;

  /** Makes sure that this row is there; its fields begin as 0. */
  reserve(row: number): void {
    while (this.#numbers.length <= row >>> CHUNK_BITS) {
      const chunk = new ArrayBuffer(CHUNK_ROWS * ROW_BYTES);
      this.#numbers.push(new Float64Array(chunk));
      this.#ints.push(new Int32Array(chunk));
    }
  }

  /** A column of any numbers. */
  number(): Column {
    const field = new NumberField(this.#numbers, this.#nextNumber++);
    this.#checkRoom();
    return field;
  }

  /** A column of integers within 32 bits. */
  int(): Column {
    const field = new IntField(this.#ints, --this.#nextInt);
    this.#checkRoom();
    return field;
  }

  #checkRoom(): void {
    const numbersEnd = this.#nextNumber * (INTS_PER_ROW / NUMBERS_PER_ROW);
    invariant(numbersEnd <= this.#nextInt, "the fields of a message fit into its row");
  }
}

class NumberField implements Column {
  readonly #chunks: readonly Float64Array[];
  readonly #at: number;

  constructor(chunks: readonly Float64Array[], at: number) {
    this.#chunks = chunks;
    this.#at = at;
  }

  get(row: number): number {
    const chunk = this.#chunks[row >>> CHUNK_BITS] as Float64Array;
    return chunk[(row & CHUNK_MASK) * NUMBERS_PER_ROW + this.#at] as number;
  }

  set(row: number, value: number): void {
    const chunk = this.#chunks[row >>> CHUNK_BITS] as Float64Array;
    chunk[(row & CHUNK_MASK) * NUMBERS_PER_ROW + this.#at] = value;
  }
}

class IntField implements Column {
  readonly #chunks: readonly Int32Array[];
  readonly #at: number;

  constructor(chunks: readonly Int32Array[], at: number) {
    this.#chunks = chunks;
    this.#at = at;
  }

  get(row: number): number {
    const chunk = this.#chunks[row >>> CHUNK_BITS] as Int32Array;
    return chunk[(row & CHUNK_MASK) * INTS_PER_ROW + this.#at] as number;
  }

  set(row: number, value: number): void {
    const chunk = this.#chunks[row >>> CHUNK_BITS] as Int32Array;
    chunk[(row & CHUNK_MASK) * INTS_PER_ROW + this.#at] = value;
  }
}

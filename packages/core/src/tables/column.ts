const CHUNK_BITS = 14;
const CHUNK_SIZE = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_SIZE - 1;

/** Numbers by row. */
export interface Column {
  get(row: number): number;
  set(row: number, value: number): void;
}

/*
 * A column grows in chunks: growing it never copies what is there, so a table of any size grows
 * without a pause. Two classes rather than one, so that each reads arrays of one kind.
 */

/** A column of any numbers. */
export class NumberColumn implements Column {
  readonly #chunks: Float64Array[] = [];

  get(row: number): number {
    return (this.#chunks[row >>> CHUNK_BITS] as Float64Array)[row & CHUNK_MASK] as number;
  }

  set(row: number, value: number): void {
    const chunk = row >>> CHUNK_BITS;
    while (this.#chunks.length <= chunk) this.#chunks.push(new Float64Array(CHUNK_SIZE));
    (this.#chunks[chunk] as Float64Array)[row & CHUNK_MASK] = value;
  }
}

/** A column of integers within 32 bits, such as handles and lengths. */
export class IntColumn implements Column {
  readonly #chunks: Int32Array[] = [];

  get(row: number): number {
    return (this.#chunks[row >>> CHUNK_BITS] as Int32Array)[row & CHUNK_MASK] as number;
  }

  set(row: number, value: number): void {
    const chunk = row >>> CHUNK_BITS;
    while (this.#chunks.length <= chunk) this.#chunks.push(new Int32Array(CHUNK_SIZE));
    (this.#chunks[chunk] as Int32Array)[row & CHUNK_MASK] = value;
  }
}

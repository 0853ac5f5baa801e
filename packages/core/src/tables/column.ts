const CHUNK_BITS = 14;
const CHUNK_SIZE = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_SIZE - 1;

/**
 * A growing column of numbers, in chunks: growing it never copies what is there, so a table of any
 * size grows without a pause.
 */
export class Column {
  readonly #chunks: Float64Array[] = [];

  get(index: number): number {
    return (this.#chunks[index >>> CHUNK_BITS] as Float64Array)[index & CHUNK_MASK] as number;
  }

  set(index: number, value: number): void {
    const chunk = index >>> CHUNK_BITS;
    while (this.#chunks.length <= chunk) this.#chunks.push(new Float64Array(CHUNK_SIZE));
    (this.#chunks[chunk] as Float64Array)[index & CHUNK_MASK] = value;
  }
}

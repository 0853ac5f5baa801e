const CHUNK_BYTES = 64 * 1024;

/**
 * Copies of short-lived bytes, cut from shared chunks: far cheaper than a buffer for each. A chunk
 * lives as long as any copy in it, so this is for what is dropped in the order it was made
 * (answers of a turn, a ring of changes), never for what is stored.
 */
export class Arena {
  #chunk = new ArrayBuffer(0);
  #used = 0;

  copy(bytes: Uint8Array): Uint8Array {
    const length = bytes.length;
    if (length > CHUNK_BYTES / 4) return new Uint8Array(bytes); // `slice` of a Buffer is a view
    if (this.#used + length > this.#chunk.byteLength) {
      this.#chunk = new ArrayBuffer(CHUNK_BYTES);
      this.#used = 0;
    }
    const copy = new Uint8Array(this.#chunk, this.#used, length);
    copy.set(bytes);
    this.#used += length;
    return copy;
  }
}

import { type Handle, NONE } from "./handle.ts";

/** Segments grow by themselves, so that no growth is a pause: one in 64 of all ids moves. */
const SEGMENT_BITS = 6;
const SEGMENTS = 1 << SEGMENT_BITS;
const FIRST_CAPACITY = 16;
const MAX_LOAD = 0.6;
const EMPTY = 0;

/** One open-addressing table. Ids are positive; removal shifts back, so that there are no tombs. */
class Segment {
  #ids = new Float64Array(FIRST_CAPACITY);
  #handles = new Int32Array(FIRST_CAPACITY);
  #size = 0;

  get bytes(): number {
    return this.#ids.length * 12;
  }

  find(id: number, hash: number): Handle {
    const mask = this.#ids.length - 1;
    for (let at = hash & mask; this.#ids[at] !== EMPTY; at = (at + 1) & mask) {
      if (this.#ids[at] === id) return this.#handles[at] as Handle;
    }
    return NONE;
  }

  set(id: number, hash: number, handle: Handle): void {
    if ((this.#size + 1) / this.#ids.length > MAX_LOAD) this.#grow();
    const mask = this.#ids.length - 1;
    let at = hash & mask;
    while (this.#ids[at] !== EMPTY && this.#ids[at] !== id) at = (at + 1) & mask;
    if (this.#ids[at] === EMPTY) this.#size++;
    this.#ids[at] = id;
    this.#handles[at] = handle;
  }

  remove(id: number, hash: number): void {
    const mask = this.#ids.length - 1;
    let at = hash & mask;
    while (this.#ids[at] !== id) {
      if (this.#ids[at] === EMPTY) return;
      at = (at + 1) & mask;
    }
    this.#size--;
    // Whoever stands behind and could stand here moves up (Knuth, volume 3, section 6.4, R).
    for (let next = (at + 1) & mask; this.#ids[next] !== EMPTY; next = (next + 1) & mask) {
      const home = hashOf(this.#ids[next] as number) & mask;
      if (((next - home) & mask) < ((next - at) & mask)) continue;
      this.#ids[at] = this.#ids[next] as number;
      this.#handles[at] = this.#handles[next] as number;
      at = next;
    }
    this.#ids[at] = EMPTY;
  }

  #grow(): void {
    const ids = this.#ids;
    const handles = this.#handles;
    this.#ids = new Float64Array(ids.length * 2);
    this.#handles = new Int32Array(ids.length * 2);
    this.#size = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      if (id !== EMPTY) this.set(id, hashOf(id), handles[i] as Handle);
    }
  }
}

/** From a number of the one sequence to its row, outside the heap. */
export class IdIndex {
  readonly #segments = Array.from({ length: SEGMENTS }, () => new Segment());

  get bytes(): number {
    let bytes = 0;
    for (const segment of this.#segments) bytes += segment.bytes;
    return bytes;
  }

  find(id: number): Handle {
    const hash = hashOf(id);
    return this.#segmentOf(hash).find(id, hash);
  }

  set(id: number, handle: Handle): void {
    const hash = hashOf(id);
    this.#segmentOf(hash).set(id, hash, handle);
  }

  remove(id: number): void {
    const hash = hashOf(id);
    this.#segmentOf(hash).remove(id, hash);
  }

  /** The top bits choose the segment, so that the low ones are free to choose the slot. */
  #segmentOf(hash: number): Segment {
    return this.#segments[hash >>> (32 - SEGMENT_BITS)] as Segment;
  }
}

/** The low and the high half of the number, well mixed (the finaliser of MurmurHash3). */
function hashOf(id: number): number {
  let h = (id | 0) ^ Math.imul((id / 0x1_0000_0000) | 0, 0x9e37_79b1);
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return h ^ (h >>> 16);
}

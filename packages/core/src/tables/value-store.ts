import { invariant } from "../invariant.ts";

/**
 * Where values rest: outside the collector's heap, in pages of equal slots. A page belongs to one
 * slot size while anything lives in it and goes back to the pool when it is empty, so space that
 * was freed serves values of any size again.
 *
 * V1  a location is handed out to one value at a time
 * V2  a page with no live slot is in the pool or gone
 * V3  `bytes` is the sum of the slots that are live
 */

const PAGE_BYTES = 64 * 1024;
/** Larger values have a buffer of their own. */
const MAX_SLOT_BYTES = PAGE_BYTES / 4;
/** Empty pages kept for reuse; more are given back to the system. */
const MAX_POOL_PAGES = 64;
const SLOT_STEP = 16;

/** Sizes of slots: every 16 bytes up to 512, then in steps of an eighth. */
const slotSizes: readonly number[] = (() => {
  const sizes: number[] = [];
  for (let size = SLOT_STEP; size < MAX_SLOT_BYTES; ) {
    sizes.push(size);
    size += size < 512 ? SLOT_STEP : Math.ceil(size / 8 / SLOT_STEP) * SLOT_STEP;
  }
  sizes.push(MAX_SLOT_BYTES);
  return sizes;
})();

/** From a length in steps of 16 bytes to the smallest slot that holds it. */
const classOfStep = (() => {
  const classes = new Uint16Array(MAX_SLOT_BYTES / SLOT_STEP + 1);
  let at = 0;
  for (let step = 0; step < classes.length; step++) {
    while ((slotSizes[at] as number) < step * SLOT_STEP) at++;
    classes[step] = at;
  }
  return classes;
})();

interface Page {
  readonly bytes: Uint8Array;
  sizeClass: number;
  /** Offsets of free slots, as a stack; the slots behind `fresh` were never used. */
  readonly free: number[];
  fresh: number;
  live: number;
  /** The page's place in its class's list of pages with room, or -1. */
  place: number;
}

export class ValueStore {
  readonly #pages: (Page | null)[] = [];
  readonly #freePageIds: number[] = [];
  readonly #pool: Uint8Array[] = [];
  readonly #withRoom: number[][] = slotSizes.map(() => []);
  readonly #large = new Map<number, Uint8Array>();
  #nextLarge = -1;
  #bytes = 0;

  /** What the live values take, rounded up to their slots (V3). */
  get bytes(): number {
    return this.#bytes;
  }

  /** What a value of this length would add to `bytes`. */
  static sizeOf(length: number): number {
    return length > MAX_SLOT_BYTES ? length : (slotSizes[sizeClass(length)] as number);
  }

  /** Copies the value in and returns its location. */
  put(value: Uint8Array): number {
    this.#bytes += ValueStore.sizeOf(value.length);
    if (value.length > MAX_SLOT_BYTES) {
      const location = this.#nextLarge--;
      this.#large.set(location, new Uint8Array(value)); // `slice` of a Buffer is a view
      return location;
    }
    const cls = sizeClass(value.length);
    const pageId = this.#pageWithRoom(cls);
    const page = this.#pages[pageId] as Page;
    const offset = page.free.pop() ?? this.#freshSlot(page);
    page.live++;
    if (isFull(page)) this.#leaveList(page);
    page.bytes.set(value, offset);
    return pageId * PAGE_BYTES + offset;
  }

  /** The value's bytes as a view, good until the value is freed. */
  view(location: number, length: number): Uint8Array {
    if (location < 0) return this.#large.get(location) as Uint8Array;
    const offset = location % PAGE_BYTES;
    const page = this.#pages[(location - offset) / PAGE_BYTES] as Page;
    return page.bytes.subarray(offset, offset + length);
  }

  free(location: number, length: number): void {
    this.#bytes -= ValueStore.sizeOf(length);
    invariant(this.#bytes >= 0, "V3: the value store freed more than it held");
    if (location < 0) {
      this.#large.delete(location);
      return;
    }
    const offset = location % PAGE_BYTES;
    const pageId = (location - offset) / PAGE_BYTES;
    const page = this.#pages[pageId] as Page;
    const wasFull = isFull(page);
    page.free.push(offset);
    page.live--;
    if (wasFull) this.#joinList(pageId, page);
    if (page.live === 0) this.#release(pageId, page);
  }

  #freshSlot(page: Page): number {
    const offset = page.fresh;
    page.fresh += slotSizes[page.sizeClass] as number;
    return offset;
  }

  #pageWithRoom(cls: number): number {
    const list = this.#withRoom[cls] as number[];
    const known = list.at(-1);
    if (known !== undefined) return known;
    const pageId = this.#freePageIds.pop() ?? this.#pages.length;
    const bytes = this.#pool.pop() ?? new Uint8Array(PAGE_BYTES);
    const page: Page = { bytes, sizeClass: cls, free: [], fresh: 0, live: 0, place: -1 };
    this.#pages[pageId] = page;
    this.#joinList(pageId, page);
    return pageId;
  }

  #joinList(pageId: number, page: Page): void {
    const list = this.#withRoom[page.sizeClass] as number[];
    page.place = list.length;
    list.push(pageId);
  }

  #leaveList(page: Page): void {
    const list = this.#withRoom[page.sizeClass] as number[];
    const last = list.pop() as number;
    if (page.place < list.length) {
      list[page.place] = last;
      (this.#pages[last] as Page).place = page.place;
    }
    page.place = -1;
  }

  #release(pageId: number, page: Page): void {
    this.#leaveList(page);
    this.#pages[pageId] = null;
    this.#freePageIds.push(pageId);
    if (this.#pool.length < MAX_POOL_PAGES) this.#pool.push(page.bytes);
  }
}

function sizeClass(length: number): number {
  return classOfStep[Math.ceil(length / SLOT_STEP)] as number;
}

function isFull(page: Page): boolean {
  return page.free.length === 0 && page.fresh + (slotSizes[page.sizeClass] as number) > PAGE_BYTES;
}

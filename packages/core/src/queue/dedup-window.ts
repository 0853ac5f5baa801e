/** A slice is closed when it holds so many ids, or spans this part of the window. */
const MAX_SLICE_IDS = 65_536;
const SLICES_PER_WINDOW = 4;

/** What an entry costs beside its text. */
const ENTRY_BYTES = 100;

interface Entry {
  readonly id: number;
  readonly until: number;
}

/** Ids that came one after the other, and go together. */
interface Slice {
  readonly entries: Map<string, Entry>;
  readonly firstUntil: number;
  lastUntil: number;
  bytes: number;
}

/**
 * The dedup ids that a queue has seen within its window. Whether one still counts is decided by its
 * own time; forgetting old ones frees room and decides nothing. They are kept in slices, the newest
 * first, and forgotten a slice at a time: a map that loses its oldest entries one by one has to skip
 * ever more of what it lost.
 */
export class DedupWindow {
  #slices: Slice[] = [];

  get bytes(): number {
    let bytes = 0;
    for (const slice of this.#slices) bytes += slice.bytes;
    return bytes;
  }

  /** How many it remembers, without those that the next `add` forgets. */
  count(nowMs: number): number {
    let count = 0;
    for (const slice of this.#slices) {
      if (slice.lastUntil > nowMs) count += slice.entries.size;
    }
    return count;
  }

  /** The message that was published under this id within the window, or null. */
  find(dedupId: string, nowMs: number): number | null {
    for (const slice of this.#slices) {
      const entry = slice.entries.get(dedupId);
      if (entry !== undefined) return entry.until <= nowMs ? null : entry.id;
    }
    return null;
  }

  add(dedupId: string, id: number, until: number, nowMs: number): void {
    const oldest = this.#slices.at(-1);
    if (oldest !== undefined && oldest.lastUntil <= nowMs) this.#forget(nowMs);
    const slice = this.#sliceFor(until, nowMs);
    if (!slice.entries.has(dedupId)) slice.bytes += ENTRY_BYTES + dedupId.length;
    slice.entries.set(dedupId, { id, until });
    slice.lastUntil = Math.max(slice.lastUntil, until);
  }

  /** All that it remembers, for a comparison of states. */
  entries(): [dedupId: string, id: number, until: number][] {
    return this.#slices.flatMap(({ entries }) =>
      [...entries].map(([dedupId, { id, until }]): [string, number, number] => [
        dedupId,
        id,
        until,
      ]),
    );
  }

  #sliceFor(until: number, nowMs: number): Slice {
    const newest = this.#slices[0];
    const span = (until - nowMs) / SLICES_PER_WINDOW;
    const fits =
      newest !== undefined &&
      newest.entries.size < MAX_SLICE_IDS &&
      until - newest.firstUntil <= span;
    if (fits) return newest;
    const slice: Slice = { entries: new Map(), firstUntil: until, lastUntil: until, bytes: 0 };
    this.#slices.unshift(slice);
    return slice;
  }

  #forget(nowMs: number): void {
    this.#slices = this.#slices.filter((slice) => slice.lastUntil > nowMs);
  }
}

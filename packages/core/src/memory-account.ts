import type { Limits } from "./limits.ts";

/** How far above the first mark the second one lies. */
const SECOND_MARK = 1.1;

/**
 * One account of bytes over all engines and sockets, with two marks: above the first, new keys must
 * find room or are refused; above the second, so is new data of every engine, and slow sockets are cut.
 */
export class MemoryAccount {
  readonly #limits: Limits;
  readonly #sources: (() => number)[] = [];
  /** Unsent bytes that transports hold. */
  bufferedBytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Adds an engine's bytes to the account. */
  include(bytes: () => number): void {
    this.#sources.push(bytes);
  }

  get usedBytes(): number {
    let used = this.bufferedBytes;
    for (const bytes of this.#sources) used += bytes();
    return used;
  }

  /** How many bytes are missing for `growth` more; 0 or less: there is room. */
  missingFor(growth: number): number {
    const max = this.#limits.maxMemoryBytes;
    return max === null ? 0 : this.usedBytes + growth - max;
  }

  /** Whether `growth` more would pass the second mark: then every engine refuses new data. */
  refuses(growth: number): boolean {
    const max = this.#limits.maxMemoryBytes;
    return max !== null && this.usedBytes + growth > max * SECOND_MARK;
  }

  get isCritical(): boolean {
    const max = this.#limits.maxMemoryBytes;
    return max !== null && this.usedBytes > max * SECOND_MARK;
  }
}

import type { Limits } from "../limits.ts";
import { type KeptPush, keptPush, type SharedPush } from "./shared-push.ts";

/** A place in a buffer. */
const SLOT_BYTES = 16;
/** Places of messages that are gone, before they are cut off. */
const MAX_GONE = 1_024;

/** What all buffers hold together: a message that waits in several of them counts once. */
export class BufferedBytes {
  bytes = 0;

  hold(kept: KeptPush): void {
    this.bytes += SLOT_BYTES;
    if (kept.holders++ === 0) this.bytes += kept.bytes;
  }

  release(kept: KeptPush): void {
    this.bytes -= SLOT_BYTES;
    if (--kept.holders === 0) this.bytes -= kept.bytes;
  }
}

/**
 * The messages that wait for a subscriber whose socket is full.
 *
 * B1  it holds at most `pubsubBufferMessages` and `pubsubBufferBytes`: the oldest go first
 * B2  `lost` counts those that went since the last time a gap was told; all of them are older than
 *     what is left
 */
export class SlowBuffer {
  readonly #limits: Limits;
  readonly #account: BufferedBytes;
  #waiting: KeptPush[] = [];
  /** Where the oldest stands in `#waiting`; what lies before it is cut off in bulk. */
  #start = 0;
  #bytes = 0;
  #lost = 0;

  constructor(limits: Limits, account: BufferedBytes) {
    this.#limits = limits;
    this.#account = account;
  }

  get size(): number {
    return this.#waiting.length - this.#start;
  }

  /** How many places it takes, those of messages that went included. */
  get places(): number {
    return this.#waiting.length;
  }

  get lost(): number {
    return this.#lost;
  }

  /** Whether there is nothing to send and no gap to tell. */
  get isEmpty(): boolean {
    return this.size === 0 && this.#lost === 0;
  }

  /** Adds a message; returns how many went for it, which may be itself. */
  add(shared: SharedPush): number {
    return this.#put(keptPush(shared));
  }

  /** Takes out the oldest, up to the one that passes `maxBytes`, and forgets what was lost (B2). */
  take(maxBytes: number): KeptPush[] {
    this.#lost = 0;
    const taken: KeptPush[] = [];
    for (let bytes = 0; this.size > 0 && bytes < maxBytes; ) {
      const kept = this.#shift();
      bytes += kept.bytes;
      taken.push(kept);
    }
    return taken;
  }

  /** Takes over what another one holds; returns how many went for it. */
  merge(other: SlowBuffer): number {
    const lost = this.#lost + other.#lost;
    const all = new Set([
      ...other.take(Number.POSITIVE_INFINITY),
      ...this.take(Number.POSITIVE_INFINITY),
    ]);
    const before = lost;
    let went = 0;
    for (const kept of [...all].sort((a, b) => a.seq - b.seq)) went += this.#put(kept);
    this.#lost += before;
    return went;
  }

  /** Drops everything; returns how many messages waited. */
  clear(): number {
    return this.take(Number.POSITIVE_INFINITY).length;
  }

  #put(kept: KeptPush): number {
    this.#waiting.push(kept);
    this.#account.hold(kept);
    this.#bytes += kept.bytes;
    const { pubsubBufferMessages, pubsubBufferBytes } = this.#limits;
    let went = 0;
    while (this.size > pubsubBufferMessages || this.#bytes > pubsubBufferBytes) {
      this.#shift(); // B1
      went++;
    }
    this.#lost += went;
    return went;
  }

  #shift(): KeptPush {
    const kept = this.#waiting[this.#start++] as KeptPush;
    if (this.#start === this.#waiting.length || this.#start > MAX_GONE) {
      this.#waiting = this.#waiting.slice(this.#start);
      this.#start = 0;
    }
    this.#account.release(kept);
    this.#bytes -= kept.bytes;
    return kept;
  }
}

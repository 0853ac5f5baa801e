import type { SynapError } from "@hivellm/synap-protocol";

/**
 * What has arrived and was not taken yet, for one who takes it item by item.
 *
 * B1  items are taken in the order they came, each once
 * B2  after its end nothing comes in; what is inside can still be taken
 */
export class Mailbox<T> {
  #items: T[] = [];
  #first = 0;
  #wake: (() => void) | null = null;
  #ended = false;
  #error: SynapError | null = null;

  get size(): number {
    return this.#items.length - this.#first;
  }

  get ended(): boolean {
    return this.#ended;
  }

  put(item: T): void {
    if (this.#ended) return; // B2
    this.#items.push(item);
    this.#rouse();
  }

  /** Takes the oldest item out; undefined if there is none. */
  shift(): T | undefined {
    const item = this.#items[this.#first];
    if (this.#first === this.#items.length) return undefined;
    this.#first++;
    if (this.#first === this.#items.length || this.#first === CUT) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** Takes an item out of its turn. */
  remove(item: T): void {
    const at = this.#items.indexOf(item, this.#first);
    if (at !== -1) this.#items.splice(at, 1);
  }

  /** Takes everything out. */
  clear(): T[] {
    const items = this.#items.slice(this.#first);
    this.#items = [];
    this.#first = 0;
    return items;
  }

  /** Nothing will come any more; an error is what the one who takes is told. */
  end(error: SynapError | null = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#rouse();
  }

  /** Resolves when there is something to take or nothing will come; then rejects if it failed. */
  async filled(): Promise<boolean> {
    if (this.size === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.size > 0) return true;
    if (this.#error !== null) throw this.#error;
    return false;
  }

  #rouse(): void {
    this.#wake?.();
    this.#wake = null;
  }
}

/** Items that were taken and are still in the list, before they are cut off. */
const CUT = 1_024;

/** What fills a mailbox, for a loop that reads it. */
export interface MailboxReader<T> {
  readonly mailbox: Mailbox<T>;
  /** Resolves when there is something to take; to false at the end. */
  fill(): Promise<boolean>;
  /** Ends it, whatever is left unread. */
  leave(): Promise<void>;
}

/** Reads item by item until the end, the end of the loop, or the signal's. */
export async function* readAll<T>(
  reader: MailboxReader<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const { mailbox } = reader;
  const end = (): void => mailbox.end();
  const isAborted = (): boolean => signal?.aborted === true;
  signal?.addEventListener("abort", end, { once: true });
  try {
    while (!isAborted() && (await reader.fill())) {
      const item = mailbox.shift();
      if (item !== undefined && !isAborted()) yield item;
    }
  } catch (error) {
    if (!isAborted()) throw error;
  } finally {
    signal?.removeEventListener("abort", end);
    await reader.leave();
  }
}

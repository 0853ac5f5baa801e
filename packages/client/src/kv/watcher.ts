import type { KvChange } from "./types.ts";

/** What a watch's user gave. */
export interface WatchHandlers {
  readonly onChange: (change: KvChange) => unknown;
  readonly onSynced: ((synced: { readonly version: number }) => unknown) | undefined;
  readonly onReset: (() => unknown) | undefined;
}

/** Runs a user's function and reports what it throws. */
export type Guarded = (run: () => unknown) => void;

/**
 * One user's view of a watched prefix. Several share what the server sends; one that came late
 * reads the current values for itself, and meanwhile notes what changes under it.
 */
export class Watcher {
  readonly #handlers: WatchHandlers;
  readonly #guarded: Guarded;
  /** Whether anything was told, so that it would have to be forgotten. */
  #told = false;
  #ended = false;
  /** Whether `onSynced` is still to be told of. */
  #awaitsSync = true;
  /** While it reads: the versions of what changed since. */
  #changed: Map<string, number> | null = null;

  constructor(handlers: WatchHandlers, guarded: Guarded) {
    this.#handlers = handlers;
    this.#guarded = guarded;
  }

  /** Whether it reads the current values for itself. */
  get reading(): boolean {
    return this.#changed !== null;
  }

  change(change: KvChange): void {
    this.#changed?.set(change.key, change.version);
    this.#tell(change);
  }

  /** The server has told all current values. */
  synced(version: number): void {
    if (this.#ended || this.reading || !this.#awaitsSync) return;
    this.#awaitsSync = false;
    const { onSynced } = this.#handlers;
    if (onSynced !== undefined) this.#guarded(() => onSynced({ version }));
  }

  /** The server tells all current values anew; deletes may have been missed. */
  reset(): void {
    this.#changed = null;
    this.#awaitsSync = true;
    const { onReset } = this.#handlers;
    if (this.#told && !this.#ended && onReset !== undefined) this.#guarded(onReset);
    this.#told = false;
  }

  startReading(): void {
    this.#changed = new Map();
  }

  /** A current value, as it was read; what changed since has been told already. */
  read(change: KvChange): void {
    const changedAt = this.#changed?.get(change.key);
    if (changedAt === undefined || changedAt < change.version) this.#tell(change);
  }

  doneReading(version: number): void {
    this.#changed = null;
    this.synced(version);
  }

  end(): void {
    this.#ended = true;
  }

  #tell(change: KvChange): void {
    if (this.#ended) return;
    this.#told = true;
    this.#guarded(() => this.#handlers.onChange(change));
  }
}

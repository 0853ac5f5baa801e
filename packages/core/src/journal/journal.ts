import type { Durability } from "@hivellm/synap-protocol";
import type { Effect } from "./effects.ts";

export type { Effect } from "./effects.ts";

/**
 * One command's changes: all or nothing. `seq` is the first number that it took.
 */
export interface JournalRecord {
  readonly seq: number;
  readonly effects: readonly Effect[];
}

/** Everything that one turn of the engine changed. */
export interface Block {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The engine's wall-clock time; never goes back from block to block. */
  readonly timeMs: number;
  readonly records: readonly JournalRecord[];
}

/**
 * Where effects go before anyone hears of them. On one machine a file, in a cluster one publish to
 * a replicated stream: no code behind this port assumes either.
 */
export interface Journal {
  /** The level that an answer vouches for once `append` has settled. */
  readonly durability: Durability;
  /**
   * Takes one block; settles when it has reached that level. `expectedSeq` is the last seq that the
   * journal must hold, so that a stale writer cannot append. Bytes in the block are views that are
   * good only until the call returns. A rejection ends the engine: what memory holds beyond the
   * journal must not be shown.
   */
  append(block: Block, expectedSeq: number): Promise<void>;
  close(): Promise<void>;
}

/** Keeps nothing: the engine's memory is the only place. */
export function memoryJournal(): Journal {
  const taken = Promise.resolve();
  return {
    durability: "memory",
    append: () => taken,
    close: () => taken,
  };
}

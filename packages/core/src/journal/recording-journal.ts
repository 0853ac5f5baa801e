import { invariant } from "../invariant.ts";
import { KvState } from "../kv/kv-state.ts";
import type { Block, Journal, JournalRecord } from "./journal.ts";

/** A journal in memory that keeps its blocks, for tests of what they say. */
export interface RecordingJournal extends Journal {
  readonly blocks: readonly Block[];
}

export function recordingJournal(): RecordingJournal {
  const blocks: Block[] = [];
  let lastSeq: number | null = null;
  return {
    durability: "memory",
    blocks,
    async append(block, expectedSeq) {
      invariant(lastSeq === null || lastSeq === expectedSeq, "blocks follow each other");
      lastSeq = block.lastSeq;
      blocks.push(structuredClone(block));
    },
    async close() {},
  };
}

/** One key as a comparison of states sees it. */
export interface KeyImage {
  readonly key: string;
  readonly value: Uint8Array;
  readonly version: number;
  readonly expires: number;
}

/** Applies records to an empty state, as recovery does. */
export function foldRecords(records: Iterable<JournalRecord>): KvState {
  const state = new KvState();
  for (const { seq, effects } of records) {
    for (const effect of effects) state.apply(effect, seq);
  }
  return state;
}

/** All durable keys of a state, in order. */
export function imageOf(state: KvState): KeyImage[] {
  const image: KeyImage[] = [];
  state.index.walk("", false, (handle, key) => {
    if (state.ownerOf(key) !== null) return true;
    image.push({
      key,
      value: state.table.valueOf(handle).slice(),
      version: state.table.version.get(handle),
      expires: state.table.expires.get(handle),
    });
    return true;
  });
  return image;
}

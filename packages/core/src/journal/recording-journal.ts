import { invariant } from "../invariant.ts";
import { keysImage } from "../kv/kv-image.ts";
import { roomsImage } from "../log/room-image.ts";
import { queuesImage } from "../queue/queue-image.ts";
import { EngineState } from "../state.ts";
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

/** Applies records to an empty state, as recovery does. */
export function foldRecords(records: Iterable<JournalRecord>): EngineState {
  const state = new EngineState();
  for (const { seq, effects } of records) {
    for (const effect of effects) state.apply(effect, seq);
  }
  return state;
}

/** Everything durable of a state as plain data, to compare states. */
export function imageOf(state: EngineState): unknown {
  return {
    keys: keysImage(state.kv),
    queues: queuesImage(state.queues),
    rooms: roomsImage(state.rooms),
  };
}

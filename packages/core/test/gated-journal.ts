import { type RecordingJournal, recordingJournal } from "../src/internal.ts";

/** A journal whose appends settle only when the test lets them, or fail. */
export interface GatedJournal extends RecordingJournal {
  /** From here on appends wait. */
  hold(): void;
  /** Lets what waits, and what comes, through. */
  release(): void;
  /** Lets the append through that waits longest; the next ones still wait. */
  releaseOne(): void;
  /** What waits, and what comes, fails with this. */
  fail(error: unknown): void;
  /** Appends that have begun and not settled. */
  readonly waiting: number;
  readonly closed: boolean;
}

export function gatedJournal(): GatedJournal {
  const inner = recordingJournal();
  let held = false;
  let failure: { readonly error: unknown } | null = null;
  let closed = false;
  let gates: { open: () => void; shut: (error: unknown) => void }[] = [];
  return {
    durability: inner.durability,
    blocks: inner.blocks,
    get waiting() {
      return gates.length;
    },
    get closed() {
      return closed;
    },
    hold() {
      held = true;
    },
    release() {
      held = false;
      const opened = gates;
      gates = [];
      for (const gate of opened) gate.open();
    },
    releaseOne() {
      gates.shift()?.open();
    },
    fail(error) {
      failure = { error };
      const shut = gates;
      gates = [];
      for (const gate of shut) gate.shut(error);
    },
    async append(block, expectedSeq) {
      if (failure !== null) throw failure.error;
      const taken = inner.append(block, expectedSeq);
      if (held) {
        await new Promise<void>((open, shut) => {
          gates.push({ open, shut });
        });
      }
      await taken;
    },
    async close() {
      closed = true;
      await inner.close();
    },
  };
}

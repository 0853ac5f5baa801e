import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";

/** What this process may use at most, and which of the bounds is the lowest. */
export interface AvailableMemory {
  readonly bytes: number;
  readonly boundBy: "the machine's memory" | "the container's limit" | "V8's heap limit";
}

/** How much of what the process may use goes to data. */
const SHARE = 0.6;

/**
 * The limit for data where none was given: 60 % of the lowest of three bounds.
 *
 * The rest is for what the limit does not count: code, connections and their buffers, answers in
 * the making, and the copy that a growing table makes of itself. V8's heap limit counts although
 * values lie outside of the heap: keys and their index lie in it, which is most of the memory where
 * values are small, and a heap that is full ends the process instead of refusing a write. On a
 * large machine that bound is the lowest; `NODE_OPTIONS=--max-old-space-size=<MiB>` raises it. The
 * process cannot do so itself: V8 reads the flag before any code runs.
 */
export function defaultMaxMemoryBytes(available: AvailableMemory = availableMemory()): number {
  return Math.floor(available.bytes * SHARE);
}

/** The lowest of the machine's memory, the container's limit and V8's heap limit. */
export function availableMemory(): AvailableMemory {
  const machine = totalmem();
  // Without a limit some systems say 0, others a number beyond any machine.
  const constrained = process.constrainedMemory?.() ?? 0;
  const heap = getHeapStatistics().heap_size_limit;
  const system: AvailableMemory =
    constrained > 0 && constrained < machine
      ? { bytes: constrained, boundBy: "the container's limit" }
      : { bytes: machine, boundBy: "the machine's memory" };
  return heap < system.bytes ? { bytes: heap, boundBy: "V8's heap limit" } : system;
}

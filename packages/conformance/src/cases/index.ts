import type { ConformanceCase } from "../types.ts";
import { batchCases } from "./batch.ts";
import { kvBasics } from "./kv-basics.ts";
import { kvCounters } from "./kv-counters.ts";
import { kvErrors } from "./kv-errors.ts";
import { kvExpiry } from "./kv-expiry.ts";
import { kvMemory } from "./kv-memory.ts";
import { kvScan } from "./kv-scan.ts";
import { kvValues } from "./kv-values.ts";
import { kvWatch } from "./kv-watch.ts";

/** Every behaviour that a user can see, for every flavour. */
export const cases: readonly ConformanceCase[] = [
  ...kvBasics,
  ...kvCounters,
  ...kvErrors,
  ...kvExpiry,
  ...kvMemory,
  ...kvScan,
  ...kvValues,
  ...kvWatch,
  ...batchCases,
];

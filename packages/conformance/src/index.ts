/**
 * The one table of cases that every flavour of Synap must pass, and the flavours.
 *
 * @packageDocumentation
 */
export { cases } from "./cases/index.ts";
export { runConformance } from "./run.ts";
export type {
  Capability,
  CaseContext,
  ConformanceCase,
  Fields,
  Flavour,
  Need,
  Party,
  Push,
  World,
} from "./types.ts";

export { type Clock, type ManualClock, manualClock, systemClock } from "./clock.ts";
export { type Engine, type EngineOptions, openEngine } from "./engine.ts";
export type { Block, Effect, Journal, JournalRecord } from "./journal/journal.ts";
export { DEFAULT_LIMITS, type EvictionPolicy, type Limits } from "./limits.ts";
export type { Answer, Session, SessionOptions, Sink } from "./session/types.ts";

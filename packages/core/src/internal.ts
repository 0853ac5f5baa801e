/** What the project's own tests need beside the public API. */
export { EngineImpl } from "./engine.ts";
export {
  foldRecords,
  imageOf,
  type RecordingJournal,
  recordingJournal,
} from "./journal/recording-journal.ts";
export { keysImage } from "./kv/kv-image.ts";
export { KvState } from "./kv/kv-state.ts";

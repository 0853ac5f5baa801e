/** What the project's own tests need beside the public API. */
export { EngineImpl } from "./engine.ts";
export {
  foldRecords,
  imageOf,
  type KeyImage,
  type RecordingJournal,
  recordingJournal,
} from "./journal/recording-journal.ts";
export { KvState } from "./kv/kv-state.ts";

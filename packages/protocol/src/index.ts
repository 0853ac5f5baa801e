/**
 * The contract of the wire: errors, values, messages and codecs. No schema library in here; the
 * command definitions and their validators stand in `@hivellm/synap-protocol/schema`.
 *
 * @packageDocumentation
 */
export {
  ERROR_CODES,
  ERRORS,
  type ErrorCode,
  type ErrorDetails,
  type ErrorTraits,
  invalidRequest,
  isErrorCode,
  isSynapError,
  SynapError,
  type SynapErrorOptions,
  toWireError,
  type WireError,
} from "./errors.ts";
export type { CommandPayloads } from "./generated/wire.ts";
export {
  decodeJsonFrame,
  decodeJsonReplies,
  encodeJsonFrame,
  encodeJsonNotice,
  encodeJsonRequest,
  joinJsonFrame,
  type PendingCommand,
  parseJson,
  readRequestId,
} from "./json/frames.ts";
export {
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_MAX_VALUE_BYTES,
  MAX_ACK_DEADLINE_SECONDS,
  MAX_BATCH_COMMANDS,
  MAX_DEPTH,
  MAX_FRAME_MESSAGES,
  MAX_KEY_BYTES,
  MAX_KEYS,
  MAX_MESSAGES,
  MAX_NAME_BYTES,
  MAX_PAGE,
  MAX_PATTERN_HASHES,
  MAX_PATTERN_SEGMENTS,
  MAX_PATTERNS,
  MAX_POLL_SECONDS,
  MAX_PREFETCH,
  MAX_SCAN_COUNT,
  MAX_TTL_MS,
} from "./limits.ts";
export type {
  BatchMember,
  BatchOutcome,
  BatchResult,
  CallOptions,
  ClientMessage,
  ClientNoticeType,
  CommandCall,
  Durability,
  MessageFields,
  ReceivedMessage,
  RequestId,
  ServerFailure,
  ServerMessage,
  ServerPush,
  ServerReply,
} from "./messages.ts";
export { decodeMsgpackFrame, encodeMsgpackFrame } from "./msgpack/frames.ts";
export { packMsgpack, unpackMsgpack } from "./msgpack/pack.ts";
export { type ReplyHandler, readMsgpack, readMsgpackFrame } from "./msgpack/reader.ts";
export { MsgpackFrameWriter, writeMsgpack } from "./msgpack/writer.ts";
export { isName, isPattern, isTopic, matchesPattern } from "./pattern.ts";
export {
  asObject,
  fieldsToJson,
  fieldsToObject,
  readCall,
  readFields,
  readMembers,
  readOptions,
  readWireError,
  refuseUnknownFields,
  restoreFields,
  restoreResults,
  unknownField,
  writeFields,
} from "./readable.ts";
export {
  base64Decode,
  base64Encode,
  isWellFormed,
  utf8Decode,
  utf8Encode,
  utf8Length,
} from "./text.ts";
export {
  checkTaggedValue,
  decodeValue,
  encodeValue,
  TAG_BYTES,
  TAG_JSON,
  TAG_MSGPACK,
  TAG_STRING,
  type TaggedValue,
  type Value,
  valueFromJson,
  valueToJsonText,
  type WireFormat,
} from "./values.ts";
export {
  findWireCommand,
  nearestName,
  type WireCommand,
  type WireField,
  type WireMessage,
  wireCommand,
} from "./wire-table.ts";

/** The version of this protocol, as hello states it. */
export const PROTOCOL_VERSION = 1;

/** The subprotocols of `/api/v1/ws`. */
export const SUBPROTOCOLS = { json: "synap.v1.json", msgpack: "synap.v1.msgpack" } as const;

/** The port that Synap listens on unless told otherwise. */
export const DEFAULT_PORT = 15_500;

/** What both entries of this package export beside `SynapClient`. */

export {
  type CommandPayloads,
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  isSynapError,
  SynapError,
  type SynapErrorOptions,
  type Value,
  type WireFormat,
} from "@hivellm/synap-protocol";
export type {
  BatchCommand,
  BatchCommandName,
  BatchError,
  BatchResult,
  BatchResults,
} from "./batch.ts";
export type { RequestOptions } from "./calls/call.ts";
export type { BaseClient } from "./client.ts";
export {
  AuthError,
  ConnectionError,
  KeyNotFoundError,
  QueueNotFoundError,
  RateLimitError,
  RoomNotFoundError,
  TimeoutError,
  ValidationError,
} from "./errors.ts";
export type { ClientEvents, ClientListener, Gap, Reconnecting } from "./events.ts";
export type { Kv } from "./kv/kv-api.ts";
export type {
  ConditionOptions,
  CounterOptions,
  FoundValue,
  GetResult,
  KvChange,
  KvPut,
  KvRemoval,
  KvStats,
  KvWatch,
  MissingValue,
  MsetEntry,
  MsetResult,
  ScanOptions,
  ScanResult,
  SetOptions,
  SetResult,
  Subscription,
  TtlOptions,
  TtlResult,
  VersionCondition,
  WatchOptions,
} from "./kv/types.ts";
export type { ClientConfig, Logger, TransportName } from "./options.ts";
export type { FetchFunction, FetchInit, FetchResponse } from "./transport/http-exchange.ts";
export type { WebSocketConstructor, WebSocketLike } from "./transport/web-socket.ts";

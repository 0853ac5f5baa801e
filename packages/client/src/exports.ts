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
export type { Page, PageOptions } from "./arguments.ts";
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
  TtlOptions,
  TtlResult,
  VersionCondition,
  WatchOptions,
} from "./kv/types.ts";
export type { ClientConfig, Logger, TransportName } from "./options.ts";
export type { ClientClock } from "./platform/types.ts";
export type { PubSub } from "./pubsub/pubsub-api.ts";
export type {
  ListenOptions,
  MessageInfo,
  MessagesOptions,
  PubSubMessage,
  PubSubPublishOptions,
  PubSubPublishResult,
  PubSubStats,
  TopicInfo,
  TopicListOptions,
  TopicSubscription,
} from "./pubsub/types.ts";
export type { DeadLetters, Queue } from "./queue/queue-api.ts";
export type {
  ConsumeOptions,
  ConsumerOptions,
  DeadLetter,
  DeadLetterListOptions,
  DeliveryOptions,
  DeliveryRef,
  ExtendResult,
  LookOptions,
  MessageOptions,
  NackOptions,
  NackResult,
  NewMessage,
  PublishOptions,
  PublishResult,
  QueueBinding,
  QueueCounts,
  QueueCreated,
  QueueListOptions,
  QueueMessage,
  QueueOptions,
  QueueStats,
  QueueSubscription,
  QueueSummary,
  RedriveOptions,
  RedriveResult,
  WaitingMessage,
  WorkContext,
  Worker,
  WorkerCloseOptions,
  WorkerOptions,
  WorkHandler,
} from "./queue/types.ts";
export type { Stream } from "./stream/stream-api.ts";
export type {
  EventMetadata,
  EventsOptions,
  FollowOptions,
  HistoryOptions,
  HistoryResult,
  PublishEventResult,
  RoomCreated,
  RoomListOptions,
  RoomOptions,
  RoomStats,
  RoomSubscription,
  StartOptions,
  StreamEvent,
} from "./stream/types.ts";
export type { Subscription } from "./subscription.ts";
export type { FetchFunction, FetchInit, FetchResponse } from "./transport/http-exchange.ts";
export type { WebSocketConstructor, WebSocketLike } from "./transport/web-socket.ts";
export type { Untyped } from "./untyped.ts";

import { DEFAULT_MAX_FRAME_BYTES, DEFAULT_MAX_VALUE_BYTES } from "@hivellm/synap-protocol";

/** What happens when a write finds no room. */
export type EvictionPolicy = "noeviction" | "allkeys-lru" | "volatile-ttl";

/** Every bound of an engine, each with its unit in its name. */
export interface Limits {
  /** One value, in bytes of its encoded form. */
  readonly maxValueBytes: number;
  /** One frame, body or answer without pages, in bytes. */
  readonly maxFrameBytes: number;
  /** A page of a list ends after the item that passes this, in bytes. */
  readonly maxPageBytes: number;
  /** What keys, values and their bookkeeping may take in all; null is no limit. */
  readonly maxMemoryBytes: number | null;
  readonly evictionPolicy: EvictionPolicy;
  /** How many keys are looked at to find one to evict. */
  readonly evictionSamples: number;
  /** How many keys one command may evict before it gives up. */
  readonly maxEvictionsPerCommand: number;
  /** How many expired keys are removed in one turn. */
  readonly maxExpiriesPerTurn: number;
  /** How many changes a watch can go back, and how many bytes of values they may hold. */
  readonly watchHistoryEvents: number;
  readonly watchHistoryBytes: number;
  /** Watches of one session. */
  readonly maxWatchesPerSession: number;
  /** Messages that a queue holds unless it says otherwise. */
  readonly queueMaxDepth: number;
  /** Whether publishing to, or consuming from, an unknown queue creates it. */
  readonly queueAutoCreate: boolean;
  /** Deliveries, returns, expiries and removals of messages in one turn. */
  readonly maxQueueWorkPerTurn: number;
  /** Ids that one queue remembers for deduplication. */
  readonly maxDedupIdsPerQueue: number;
  /** Commands of one session that wait for their answer. */
  readonly maxWaitsPerSession: number;
  /** Queues, and rooms, that one session may subscribe to. */
  readonly maxSubscriptionsPerSession: number;
  /** Events that a room keeps unless it says otherwise, and bytes of them; null is no limit. */
  readonly roomMaxEvents: number;
  readonly roomMaxBytes: number | null;
  /** How long a room keeps an event unless it says otherwise; null is for ever. */
  readonly roomMaxAgeMs: number | null;
  /** How long a room that holds nothing and is not used stays. */
  readonly emptyRoomIdleTtlMs: number;
  /** How long a room that holds events and is not used stays; null is for ever. */
  readonly roomIdleTtlMs: number | null;
  readonly maxSubscribersPerRoom: number;
  /** Patterns that one session may listen to. */
  readonly maxPatternsPerSession: number;
  /** What is kept of pub/sub for a session whose socket is full, in messages and in bytes. */
  readonly pubsubBufferMessages: number;
  readonly pubsubBufferBytes: number;
  /** Topics whose subscribers are remembered. */
  readonly pubsubCacheTopics: number;
  /** How many messages a session may have unread before its socket is paused. */
  readonly maxUnreadMessages: number;
  /** How long a session's work may run before others have their turn, in milliseconds. */
  readonly sliceMs: number;
  /** How long a lost session waits to be taken up, in milliseconds. */
  readonly sessionGraceMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxValueBytes: DEFAULT_MAX_VALUE_BYTES,
  maxFrameBytes: DEFAULT_MAX_FRAME_BYTES,
  maxPageBytes: 1024 * 1024,
  maxMemoryBytes: null,
  evictionPolicy: "noeviction",
  evictionSamples: 8,
  maxEvictionsPerCommand: 10_000,
  maxExpiriesPerTurn: 500,
  watchHistoryEvents: 16_384,
  watchHistoryBytes: 16 * 1024 * 1024,
  maxWatchesPerSession: 1_000,
  queueMaxDepth: 100_000,
  queueAutoCreate: true,
  maxQueueWorkPerTurn: 1_000,
  maxDedupIdsPerQueue: 1_000_000,
  maxWaitsPerSession: 10_000,
  maxSubscriptionsPerSession: 10_000,
  roomMaxEvents: 10_000,
  roomMaxBytes: null,
  roomMaxAgeMs: null,
  emptyRoomIdleTtlMs: 3_600_000,
  roomIdleTtlMs: null,
  maxSubscribersPerRoom: 10_000,
  maxPatternsPerSession: 100_000,
  pubsubBufferMessages: 1_000,
  pubsubBufferBytes: 4 * 1024 * 1024,
  pubsubCacheTopics: 10_000,
  maxUnreadMessages: 20_000,
  sliceMs: 1,
  sessionGraceMs: 500,
};

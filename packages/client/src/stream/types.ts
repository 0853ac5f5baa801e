/** What the methods of event rooms take and give. Offsets of a room are 1, 2, 3 … */
import type { PageOptions } from "../arguments.ts";
import type { RequestOptions } from "../calls/call.ts";
import type { Gap } from "../events.ts";
import type { Subscription } from "../subscription.ts";
import type { Untyped } from "../untyped.ts";

/** An event of a room: a plain object, which keeps all of its members through JSON. */
export interface StreamEvent<T = Untyped> {
  /** Unique among all events of all rooms. */
  readonly eventId: string;
  /** Its number in the room. */
  readonly offset: number;
  /** What happened, such as `message`. */
  readonly eventType: string;
  /** The same as `eventType`. */
  readonly event_type: string;
  /** What was published. */
  readonly data: T;
  /** When it was published, in milliseconds since the epoch. */
  readonly timestamp: number;
  /** What was published beside it, if anything. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What `publish` answers. */
export interface PublishEventResult {
  /** Unique among all events of all rooms. */
  readonly eventId: string;
  /** Its number in the room; 1 is the first. */
  readonly offset: number;
  /** Subscribers that it goes to. */
  readonly subscribersNotified: number;
}

/** What travels beside an event's data, such as a correlation id; undefined members are left out. */
export type EventMetadata = Readonly<Record<string, string | undefined>>;

/** Which events `history` reads. */
export interface HistoryOptions extends RequestOptions {
  /** n: from n on, or from the earliest kept; −n: the last n; from the earliest if not given. */
  readonly fromOffset?: number | null | undefined;
  /** The last offset that is wanted. */
  readonly toOffset?: number | null | undefined;
  /** How many events to read at most, 1 to 10 000; 100 if not given. */
  readonly limit?: number | undefined;
}

/** What `history` answers. */
export interface HistoryResult<T = Untyped> {
  /** In the order of their offsets. */
  readonly events: StreamEvent<T>[];
  /** Where reading goes on. */
  readonly nextOffset: number;
  /** The oldest kept event; 1 more than the newest if none is kept. */
  readonly oldestOffset: number;
  /** The newest event; 0 before the first. */
  readonly newestOffset: number;
  /** Tells a room from one that had its name before; null if there is no room. */
  readonly incarnation: number | null;
}

/** Where a subscription begins. */
export interface StartOptions extends RequestOptions {
  /** n: from n on, or from the earliest kept; −n: with the last n. */
  readonly fromOffset?: number | null | undefined;
  /** Whether kept events come first: true if `fromOffset` is given, else false. */
  readonly replay?: boolean | null | undefined;
}

/** How a room is followed. `signal` and `timeoutMs` are for the request to follow it. */
export interface FollowOptions extends StartOptions {
  /** Events were missed; what comes next is behind the gap. The client's `gap` event tells it too. */
  readonly onGap?: ((gap: Gap) => unknown) | undefined;
}

/** How a room is iterated over; `signal` ends the iteration. */
export interface EventsOptions extends StartOptions {}

/** A room that is followed. */
export interface RoomSubscription extends Subscription {
  readonly room: string;
}

/** What a room keeps. */
export interface RoomOptions extends RequestOptions {
  /** Events that it keeps; 10 000 if not given. */
  readonly maxEvents?: number | undefined;
  /** Bytes of events that it keeps; no limit if not given. */
  readonly maxBytes?: number | undefined;
  /** Seconds for which it keeps an event; no limit if not given. */
  readonly maxAgeSecs?: number | undefined;
  /** Seconds after which it goes when it holds nothing and is not used. */
  readonly idleTtlSecs?: number | undefined;
}

/** What `create` answers. */
export interface RoomCreated {
  readonly room: string;
  /** False if it existed. */
  readonly created: boolean;
}

/** Counts of one room. */
export interface RoomStats {
  readonly room: string;
  /** Subscriptions that are open. */
  readonly subscribers: number;
  /** Events that are kept. */
  readonly events: number;
  /** What they take, in bytes. */
  readonly bytes: number;
  /** The oldest kept event; 1 more than the newest if none is kept. */
  readonly oldestOffset: number;
  /** The newest event; 0 before the first. */
  readonly newestOffset: number;
  /** Tells a room from one that had its name before. */
  readonly incarnation: number;
}

/** Which rooms to list. */
export type RoomListOptions = PageOptions;

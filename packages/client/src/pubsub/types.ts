/** What the methods of pub/sub take and give. */
import type { PageOptions } from "../arguments.ts";
import type { RequestOptions } from "../calls/call.ts";
import type { Subscription } from "../subscription.ts";
import type { Untyped } from "../untyped.ts";

/** What `publish` answers. */
export interface PubSubPublishResult {
  /** Unique among all messages. */
  readonly messageId: string;
  readonly topic: string;
  /** Subscribers that it goes to, queues that are bound to the topic included. */
  readonly subscribersMatched: number;
}

/** How a message is published. */
export interface PubSubPublishOptions extends RequestOptions {
  /** Texts that travel beside it, such as a correlation id; undefined members are left out. */
  readonly metadata?: Readonly<Record<string, string | undefined>> | undefined;
}

/** What is known of a message beside its topic and itself. */
export interface MessageInfo {
  /** Unique among all messages. */
  readonly messageId: string;
  /** When it was published, in milliseconds since the epoch. */
  readonly timestamp: number;
  /** What was published beside it, if anything. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The group that it came by, if it did. */
  readonly group?: string;
}

/** A message as a loop gets it. */
export interface PubSubMessage<T = Untyped> extends MessageInfo {
  /** Where it was published. */
  readonly topic: string;
  /** What was published. */
  readonly message: T;
}

/** How topics are listened to. `signal` and `timeoutMs` are for the request to listen. */
export interface ListenOptions extends RequestOptions {
  /** Each message goes to one member of the group. */
  readonly group?: string | undefined;
}

/** How messages are iterated over; `signal` ends the iteration. */
export interface MessagesOptions extends ListenOptions {
  /** Messages that wait for the loop at most, before the oldest are dropped; 1 000 if not given. */
  readonly maxWaiting?: number | undefined;
}

/** Topics that are listened to. */
export interface TopicSubscription extends Subscription {
  readonly topics: string[];
}

/** A topic or pattern that somebody listens to. */
export interface TopicInfo {
  readonly topic: string;
  /** Who listens to it, queues that are bound to it included. */
  readonly subscribers: number;
}

/** Which topics to list. */
export type TopicListOptions = PageOptions;

/** Counts of pub/sub; totals run from the start of the server. */
export interface PubSubStats {
  /** Topics and patterns that somebody listens to. */
  readonly topics: number;
  /** Connections that listen to something. */
  readonly subscribers: number;
  /** Queues bound to a pattern. */
  readonly bindings: number;
  /** Messages published. */
  readonly published: number;
  /** Copies that went to subscribers. */
  readonly delivered: number;
  /** Copies that slow subscribers lost. */
  readonly dropped: number;
}

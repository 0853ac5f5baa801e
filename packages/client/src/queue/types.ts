/** What the methods of queues take and give. Times are seconds unless their name says otherwise. */
import type { PageOptions } from "../arguments.ts";
import type { RequestOptions } from "../calls/call.ts";
import type { Subscription } from "../subscription.ts";

/** A message that was delivered: it must be acknowledged before its deadline, or it comes back. */
export interface QueueMessage<T = unknown> {
  /** The message's id, as publish returned it; the same in every delivery. */
  readonly messageId: string;
  readonly message: T;
  /** 0 to 9, higher first. */
  readonly priority: number;
  /** How often it has failed or run out of time before. */
  readonly retryCount: number;
  /** How often it is retried. */
  readonly maxRetries: number;
  /** What was published beside it; `{}` if nothing. */
  readonly headers: Readonly<Record<string, string>>;
  /** When it was published, in milliseconds since the epoch. */
  readonly timestamp: number;
  /** When it comes back unless it is acknowledged, in milliseconds since the epoch. */
  readonly deadline: number;
}

/** A delivery: the message, or its `messageId`, which stands for the delivery that is in hand. */
export type DeliveryRef = string | QueueMessage;

/** How a message is published. */
export interface MessageOptions {
  /** 0 to 9, higher first; 5 if not given. */
  readonly priority?: number | undefined;
  /** What travels beside it, such as a trace id. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  /** Seconds until it can be delivered. */
  readonly delay?: number | undefined;
  /** How often it is retried; the queue's default if not given. */
  readonly maxRetries?: number | undefined;
  /** One with the id of a message that was published within the queue's window is not published again. */
  readonly dedupId?: string | undefined;
  /** Seconds after which it goes unless it was delivered. */
  readonly ttl?: number | undefined;
}

/** Options of `publish`. */
export interface PublishOptions extends MessageOptions, RequestOptions {}

/** One message of `publishMany`. */
export interface NewMessage extends MessageOptions {
  readonly message: unknown;
}

/** What became of a message that was published. */
export interface PublishResult {
  readonly messageId: string;
  /** Messages ready at the same or a higher priority before it; 0 is next. */
  readonly position: number;
  /** True if `dedupId` named a message that had been published before. */
  readonly duplicate?: boolean;
}

/** How messages are taken. */
export interface ConsumeOptions extends RequestOptions {
  /**
   * Seconds to wait for a message, at most 55; 0 if not given. The call's time limit is this wait and
   * `timeoutMs`.
   */
  readonly timeout?: number | undefined;
  /** Seconds in which it must be acknowledged; the queue's if not given. */
  readonly ackDeadline?: number | undefined;
  /** Who consumes, for logs and for exclusive queues. */
  readonly consumerId?: string | undefined;
}

/** How a delivery is refused. */
export interface NackOptions extends RequestOptions {
  /** False: no retry, a dead letter at once. True if not given. */
  readonly requeue?: boolean | undefined;
  /** Seconds until it comes back, in the place of the queue's back-off. */
  readonly delay?: number | undefined;
  /** What went wrong, kept with a dead letter: at most 8 192 characters. */
  readonly error?: string | undefined;
}

/** What `nack` answers. */
export interface NackResult {
  readonly success: boolean;
  /** What became of the message. */
  readonly action: "requeued" | "dead_lettered";
}

/** What `extend` answers. */
export interface ExtendResult {
  readonly success: boolean;
  /** The new deadline, in milliseconds since the epoch. */
  readonly deadline: number;
}

/** A queue's settings. */
export interface QueueOptions extends RequestOptions {
  /** Messages that it holds at most, those in flight included; 100 000 if not given. */
  readonly maxDepth?: number | undefined;
  /** Seconds in which a delivery must be acknowledged; 30 if not given. */
  readonly ackDeadlineSecs?: number | undefined;
  /** Retries before a message is dead-lettered; 3 if not given: four deliveries in all. */
  readonly defaultMaxRetries?: number | undefined;
  /** Seconds before the first retry, doubled for each one after it; 0 if not given. */
  readonly retryBackoffSecs?: number | undefined;
  /** What that grows to at most; 3 600 if not given. */
  readonly retryBackoffMaxSecs?: number | undefined;
  /** Seconds in which a `dedupId` is remembered; 300 if not given. */
  readonly dedupWindowSecs?: number | undefined;
  /** Seconds after which messages go that name no time to live; never if not given. */
  readonly defaultTtlSecs?: number | undefined;
  /** One consumer at a time, in order; the next takes over when it ends. */
  readonly exclusive?: boolean | undefined;
}

/** What `create` answers. */
export interface QueueCreated {
  readonly queue: string;
  /** False if it existed. */
  readonly created: boolean;
}

/** How many messages of a queue are where. */
export interface QueueCounts {
  /** Messages that are ready. */
  readonly depth: number;
  /** Messages that are delivered and not acknowledged. */
  readonly inFlight: number;
  /** Messages whose delay or back-off has not passed. */
  readonly delayed: number;
  /** Its dead letters. */
  readonly dead: number;
  /** Subscriptions and waiting polls. */
  readonly consumers: number;
}

/** A queue as lists show it. */
export interface QueueSummary extends QueueCounts {
  readonly name: string;
}

/** Counts of one queue; totals run from its creation, or from the start of the server. */
export interface QueueStats extends QueueCounts {
  readonly queue: string;
  readonly published: number;
  /** Deliveries made. */
  readonly delivered: number;
  readonly acked: number;
  /** Deliveries that were refused. */
  readonly nacked: number;
  /** Deliveries whose deadline passed. */
  readonly timedOut: number;
  /** Messages whose time to live ended. */
  readonly expired: number;
  readonly deadLettered: number;
  /** Age of the oldest message that is ready, in seconds; null if none is. */
  readonly oldestMessageAgeSecs: number | null;
}

/** A message that is looked at, not taken. */
export type WaitingMessage<T = unknown> = Omit<QueueMessage<T>, "deadline">;

/** A message that will not be delivered any more. */
export interface DeadLetter<T = unknown> extends WaitingMessage<T> {
  /** `max_retries`: the last retry failed; `deadline`: it ran out of time; `rejected`: `requeue` was false. */
  readonly reason: "max_retries" | "deadline" | "rejected";
  /** What the last nack said; null if it said nothing. */
  readonly error: string | null;
  /** When it became a dead letter, in milliseconds since the epoch. */
  readonly failedAt: number;
}

/** Which queues to list. */
export type QueueListOptions = PageOptions;

/** Which messages to look at, or which dead letters to list. */
export interface LookOptions extends RequestOptions {
  /** How many at most, 1 to 10 000; 100 if not given. */
  readonly limit?: number | undefined;
}

/** Which page of dead letters to list. */
export interface DeadLetterListOptions extends LookOptions {
  /** Where the page before ended; null or nothing for the first page. */
  readonly cursor?: string | null | undefined;
}

/** Which dead letters go back: the oldest, or those named. */
export interface RedriveOptions extends RequestOptions {
  /** How many at most, 1 to 1 000; 1 000 if not given. */
  readonly limit?: number | undefined;
  /** Only these. */
  readonly messageIds?: readonly string[] | undefined;
}

/** What `dead.redrive` answers. */
export interface RedriveResult {
  /** How many went back. */
  readonly redriven: number;
  /** Dead letters that are left. */
  readonly remaining: number;
}

/** A pattern of pub/sub that a queue is bound to. */
export interface QueueBinding {
  readonly pattern: string;
}

/** What all subscriptions of one client to one queue must agree on. */
export interface DeliveryOptions extends RequestOptions {
  /** Seconds in which a delivery must be acknowledged; the queue's if not given. */
  readonly ackDeadline?: number | undefined;
  /** Who consumes, for logs and for exclusive queues. */
  readonly consumerId?: string | undefined;
  /** Wait until no other consumer is active, and let none become it meanwhile. */
  readonly exclusive?: boolean | undefined;
}

/** How a queue is subscribed. `signal` and `timeoutMs` are for the request to subscribe. */
export interface ConsumerOptions extends DeliveryOptions {
  /** Deliveries in hand at most: the next comes when one was acknowledged; 1 if not given. */
  readonly prefetch?: number | undefined;
}

/** A queue that is subscribed. */
export interface QueueSubscription extends Subscription {
  readonly queue: string;
}

/** How a worker works. `signal` and `timeoutMs` are for the request to subscribe. */
export interface WorkerOptions extends DeliveryOptions {
  /** Handlers that run at once at most; 1 if not given. */
  readonly concurrency?: number | undefined;
}

/** What a worker's handler gets beside the message. */
export interface WorkContext {
  /**
   * Aborted when the message is no longer this worker's: its deadline has passed, its queue was
   * deleted, the connection was lost for good, or the worker was closed and its patience has ended.
   * What the handler does then is done again by whoever gets the message next.
   */
  readonly signal: AbortSignal;
}

/** A worker's handler: the message is acknowledged when it returns, refused when it throws. */
export type WorkHandler<T = unknown> = (message: QueueMessage<T>, context: WorkContext) => unknown;

/** How a worker is closed. */
export interface WorkerCloseOptions {
  /** How long to wait for running handlers, in milliseconds; for as long as they run if not given. */
  readonly timeoutMs?: number | undefined;
}

/** Handlers that work on a queue, until it is closed. */
export interface Worker {
  readonly queue: string;
  /** How many handlers run now. */
  readonly running: number;
  /**
   * Takes no further messages, gives back those that have not begun, and waits for the handlers that
   * run. When `timeoutMs` has passed, their signals are aborted and their messages given back. Resolves
   * when nothing is in hand.
   */
  close(options?: WorkerCloseOptions): Promise<void>;
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

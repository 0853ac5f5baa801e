import type { Page } from "../arguments.ts";
import type { RequestOptions } from "../calls/call.ts";
import type { Untyped } from "../untyped.ts";
import type {
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
} from "./types.ts";

/**
 * Pub/sub: a message reaches whoever listens now. A topic is segments joined by dots; in a pattern
 * `*` stands for one segment and `#` for any number of them. Nothing is kept: a subscriber that must
 * not miss anything binds a queue (`client.queue.bind`). Every method can fail with ConnectionError,
 * TimeoutError, AuthError and, for an argument that breaks a rule, ValidationError.
 */
export interface PubSub {
  /**
   * Sends a message to whoever listens to a topic.
   *
   * @param message any JSON value or bytes
   * @throws SynapError PAYLOAD_TOO_LARGE, QUEUE_FULL if a bound queue is full, OUT_OF_MEMORY
   * @example
   * const { subscribersMatched } = await client.pubsub.publish('orders.eu.created', { id: 7 })
   */
  publish(
    topic: string,
    message: unknown,
    options?: PubSubPublishOptions,
  ): Promise<PubSubPublishResult>;

  /**
   * Listens to topics and patterns. Each message comes once, however many of the patterns match; with
   * `group` it goes to one member of the group. It resolves when the server sends what matches. After
   * a loss of the connection it listens again, and the client's `gap` event says that messages may
   * have been missed. A handler that throws or rejects is reported as `error` and ends nothing;
   * handlers are called in order and not awaited.
   *
   * @throws SynapError SUBSCRIBER_LIMIT
   * @example
   * const subscription = await client.pubsub.subscribe(['orders.*.created', 'alerts.#'],
   *   (topic, message, { timestamp }) => console.log(timestamp, topic, message))
   * await subscription.unsubscribe()
   */
  subscribe<T = Untyped>(
    topics: string | readonly string[],
    onMessage: (topic: string, message: T, info: MessageInfo) => unknown,
    options?: ListenOptions,
  ): Promise<TopicSubscription>;

  /**
   * Iterates over the messages of topics and patterns for as long as the loop runs. It listens from
   * the first step on. Of a loop that is slow at most `maxWaiting` messages wait; beyond that the
   * oldest are dropped, which the client's `gap` event tells once per episode, with their number.
   * `signal` ends it.
   *
   * @example
   * for await (const { topic, message } of client.pubsub.messages('orders.#')) await handle(topic, message)
   */
  messages<T = Untyped>(
    topics: string | readonly string[],
    options?: MessagesOptions,
  ): AsyncGenerator<PubSubMessage<T>, void, undefined>;

  /**
   * Lists the topics and patterns that somebody listens to, page by page.
   *
   * @example
   * const { items } = await client.pubsub.topics('orders.')
   */
  topics(page?: string | TopicListOptions): Promise<Page<TopicInfo>>;

  /** Reads counts of pub/sub. */
  stats(options?: RequestOptions): Promise<PubSubStats>;
}

import type { Page } from "../arguments.ts";
import type { RequestOptions } from "../calls/call.ts";
import type {
  ConsumeOptions,
  ConsumerOptions,
  DeadLetter,
  DeadLetterListOptions,
  DeliveryRef,
  ExtendResult,
  LookOptions,
  NackOptions,
  NackResult,
  NewMessage,
  PublishOptions,
  PublishResult,
  QueueBinding,
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
  Worker,
  WorkerOptions,
  WorkHandler,
} from "./types.ts";

/**
 * Queues: each message goes to one consumer, which acknowledges it, or it comes back. A queue's name
 * is 1 to 512 bytes of UTF-8; publishing and consuming create one that does not exist. Every method
 * can fail with ConnectionError, TimeoutError, AuthError and, for an argument that breaks a rule,
 * ValidationError.
 */
export interface Queue {
  /** The messages that were given up. */
  readonly dead: DeadLetters;

  /**
   * Creates a queue. One that exists with the same settings is left as it is; one that came about by
   * being used adopts these.
   *
   * @throws SynapError ALREADY_EXISTS if it has other settings, OUT_OF_MEMORY
   * @example
   * await client.queue.create('jobs', { ackDeadlineSecs: 60, defaultMaxRetries: 5 })
   */
  create(queue: string, options?: QueueOptions): Promise<QueueCreated>;

  /**
   * Deletes a queue with everything in it; deliveries in hand can no longer be acknowledged.
   *
   * @throws QueueNotFoundError
   */
  delete(queue: string, options?: RequestOptions): Promise<void>;

  /**
   * Lists queues page by page, in the order of their names' UTF-8 bytes.
   *
   * @example
   * const { items, cursor } = await client.queue.list({ prefix: 'mail-', limit: 50 })
   */
  list(page?: string | QueueListOptions): Promise<Page<QueueSummary>>;

  /**
   * Iterates over the queues whose names start with a prefix, all queues if it is empty.
   *
   * @example
   * for await (const { name, depth } of client.queue.all()) console.log(name, depth)
   */
  all(prefix?: string, options?: RequestOptions): AsyncGenerator<QueueSummary, void, undefined>;

  /**
   * Reads counts of one queue.
   *
   * @throws QueueNotFoundError
   */
  stats(queue: string, options?: RequestOptions): Promise<QueueStats>;

  /**
   * Removes all messages that wait, ready or delayed, and answers how many; deliveries in hand and
   * dead letters stay.
   *
   * @throws QueueNotFoundError
   */
  purge(queue: string, options?: RequestOptions): Promise<number>;

  /**
   * Adds a message to a queue.
   *
   * @param message any JSON value or bytes
   * @throws SynapError QUEUE_FULL, PAYLOAD_TOO_LARGE, OUT_OF_MEMORY
   * @example
   * const { messageId } = await client.queue.publish('jobs', { type: 'send_email', to: 'ada' }, { priority: 8 })
   */
  publish(queue: string, message: unknown, options?: PublishOptions): Promise<PublishResult>;

  /**
   * Adds up to 1 000 messages, all or none of them, and answers in their order.
   *
   * @throws SynapError QUEUE_FULL, PAYLOAD_TOO_LARGE, OUT_OF_MEMORY
   * @example
   * await client.queue.publishMany('jobs', [{ message: 1 }, { message: 2, delay: 60 }])
   */
  publishMany(
    queue: string,
    messages: readonly NewMessage[],
    options?: RequestOptions,
  ): Promise<PublishResult[]>;

  /**
   * Takes a message, waiting for one if it is told to; null if there is none. A call that is given up
   * takes none: what was on its way to it is given back.
   *
   * @throws SynapError OUT_OF_MEMORY
   * @example
   * const job = await client.queue.consume<Job>('jobs', { timeout: 30 })
   * if (job !== null) {
   *   await work(job.message)
   *   await client.queue.ack('jobs', job.messageId)
   * }
   */
  consume<T = unknown>(queue: string, options?: ConsumeOptions): Promise<QueueMessage<T> | null>;

  /**
   * Takes up to `maxMessages`; waits for one, not for all. Empty if there is none.
   *
   * @param maxMessages 1 to 1 000
   */
  consumeMany<T = unknown>(
    queue: string,
    maxMessages: number,
    options?: ConsumeOptions,
  ): Promise<QueueMessage<T>[]>;

  /**
   * Acknowledges a delivery: the message is done and goes. Of a list every delivery that is still good
   * is acknowledged, also if others are not.
   *
   * @throws SynapError MESSAGE_NOT_FOUND if its deadline has passed or it was acknowledged before; of a
   *   list `details.missing` names those; QueueNotFoundError
   * @example
   * await client.queue.ack('jobs', job.messageId)
   * await client.queue.ack('jobs', [first, second])
   */
  ack(
    queue: string,
    delivery: DeliveryRef | readonly DeliveryRef[],
    options?: RequestOptions,
  ): Promise<void>;

  /**
   * Gives a delivery back as failed: it comes back after the queue's back-off, or becomes a dead letter
   * after its last retry.
   *
   * @param requeue false: no retry, a dead letter at once; or options
   * @throws SynapError MESSAGE_NOT_FOUND, QueueNotFoundError
   * @example
   * const { action } = await client.queue.nack('jobs', job.messageId, { delay: 60, error: 'mailer is down' })
   */
  nack(
    queue: string,
    delivery: DeliveryRef,
    requeue?: boolean | NackOptions,
    options?: RequestOptions,
  ): Promise<NackResult>;

  /**
   * Gives a delivery back untouched: the message returns to its place at once, and no retry is burned.
   *
   * @throws SynapError MESSAGE_NOT_FOUND, QueueNotFoundError
   */
  release(queue: string, delivery: DeliveryRef, options?: RequestOptions): Promise<void>;

  /**
   * Gives a delivery more time: its deadline starts anew now.
   *
   * @param ackDeadline seconds from now; the queue's if not given
   * @throws SynapError MESSAGE_NOT_FOUND, QueueNotFoundError
   */
  extend(
    queue: string,
    delivery: DeliveryRef,
    ackDeadline?: number,
    options?: RequestOptions,
  ): Promise<ExtendResult>;

  /**
   * Looks at the messages that would be delivered next, without taking them.
   *
   * @throws QueueNotFoundError
   */
  peek<T = unknown>(queue: string, options?: LookOptions): Promise<WaitingMessage<T>[]>;

  /**
   * Has what is published to matching topics enter a queue: a durable subscription. Its messages carry
   * the headers `synap-topic` and `synap-message-id`. False if it was bound to this pattern before.
   *
   * @example
   * await client.queue.bind('invoices', 'orders.*.created')
   */
  bind(queue: string, pattern: string, options?: RequestOptions): Promise<boolean>;

  /**
   * Ends a binding; messages that came by it stay. False if there was none.
   *
   * @throws QueueNotFoundError
   */
  unbind(queue: string, pattern: string, options?: RequestOptions): Promise<boolean>;

  /**
   * Lists the patterns that a queue is bound to, page by page.
   *
   * @throws QueueNotFoundError
   */
  bindings(queue: string, page?: string | QueueListOptions): Promise<Page<QueueBinding>>;

  /**
   * Has messages delivered as they come, up to `prefetch` in hand; each must be acknowledged, refused
   * or released. After a loss of the connection it goes on; what was in hand then is delivered anew.
   * A handler that throws or rejects is reported as `error` and ends nothing; its message stays in
   * hand. Handlers are called in order and not awaited. Several subscriptions of one client to a queue
   * share its messages. To have messages acknowledged and refused for you, use `process`.
   *
   * @throws SynapError SUBSCRIBER_LIMIT, OUT_OF_MEMORY
   * @example
   * const subscription = await client.queue.subscribe<Job>('jobs', async (job) => {
   *   await work(job.message)
   *   await client.queue.ack('jobs', job)
   * }, { prefetch: 10 })
   */
  subscribe<T = unknown>(
    queue: string,
    onMessage: (message: QueueMessage<T>) => unknown,
    options?: ConsumerOptions,
  ): Promise<QueueSubscription>;

  /**
   * Iterates over messages as they come, for as long as the loop runs; each must be acknowledged,
   * refused or released. It begins with the first step. What it holds when it ends, and has not given
   * to the loop, is given back. `signal` ends it.
   *
   * @example
   * for await (const job of client.queue.messages<Job>('jobs')) {
   *   await work(job.message)
   *   await client.queue.ack('jobs', job)
   * }
   */
  messages<T = unknown>(
    queue: string,
    options?: ConsumerOptions,
  ): AsyncGenerator<QueueMessage<T>, void, undefined>;

  /**
   * Works on a queue: runs the handler for each message, acknowledges it when the handler returns, and
   * refuses it, with the error's message, when the handler throws. While a handler runs, its message's
   * deadline is extended; `context.signal` is aborted if the message is lost all the same. A handler
   * may also settle its message itself. What it throws is reported as `error`. It resolves when the
   * server delivers.
   *
   * @throws SynapError SUBSCRIBER_LIMIT, OUT_OF_MEMORY
   * @example
   * const worker = await client.queue.process<Job>('jobs', async ({ message }, { signal }) => {
   *   await sendMail(message.to, { signal })
   * }, { concurrency: 10 })
   * process.once('SIGTERM', () => worker.close({ timeoutMs: 10_000 }))
   */
  process<T = unknown>(
    queue: string,
    handler: WorkHandler<T>,
    options?: WorkerOptions,
  ): Promise<Worker>;
}

/** The messages of a queue that were given up: the messages of the queue `<queue>.dead`. */
export interface DeadLetters {
  /**
   * Lists dead letters page by page, the oldest first.
   *
   * @throws QueueNotFoundError
   * @example
   * const { items } = await client.queue.dead.list('jobs')
   * for (const { messageId, reason, error } of items) console.log(messageId, reason, error)
   */
  list<T = unknown>(queue: string, options?: DeadLetterListOptions): Promise<Page<DeadLetter<T>>>;

  /**
   * Puts dead letters back into their queue, with no retry burned, behind what waits.
   *
   * @throws QueueNotFoundError; SynapError QUEUE_FULL
   * @example
   * const { redriven, remaining } = await client.queue.dead.redrive('jobs', { limit: 100 })
   */
  redrive(queue: string, options?: RedriveOptions): Promise<RedriveResult>;

  /**
   * Removes dead letters for ever and answers how many there were.
   *
   * @throws QueueNotFoundError
   */
  purge(queue: string, options?: RequestOptions): Promise<number>;
}

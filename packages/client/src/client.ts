import type { BatchCommand, BatchResults } from "./batch.ts";
import type { RequestOptions } from "./calls/call.ts";
import { ClientCore } from "./core.ts";
import type { ClientEvents, ClientListener } from "./events.ts";
import type { Kv } from "./kv/kv-api.ts";
import { type ClientConfig, resolveConfig } from "./options.ts";
import type { Platform } from "./platform/types.ts";
import type { PubSub } from "./pubsub/pubsub-api.ts";
import type { Queue } from "./queue/queue-api.ts";
import type { Stream } from "./stream/stream-api.ts";

/*
 * The parts of a client stand here rather than in private members: those would be part of its type,
 * and no mock could be passed where a client is asked for.
 */
const cores = new WeakMap<BaseClient, ClientCore>();

/** What the Node and the browser flavour of `SynapClient` share: everything but how bytes travel. */
export abstract class BaseClient {
  /** The key-value store. */
  readonly kv: Kv;
  /** Queues: each message goes to one consumer, which acknowledges it. */
  readonly queue: Queue;
  /** Event rooms: each event is kept for a while and reaches every subscriber. */
  readonly stream: Stream;
  /** Pub/sub: a message reaches whoever listens now. */
  readonly pubsub: PubSub;

  /** @internal */
  constructor(config: string | ClientConfig | undefined, platform: Platform) {
    const core = new ClientCore(resolveConfig(config), platform);
    cores.set(this, core);
    this.kv = core.kv;
    this.queue = core.queue;
    this.stream = core.stream;
    this.pubsub = core.pubsub;
  }

  /**
   * Runs up to 1 000 commands in one request with nothing in between. They are written, and
   * answered, in the names of the wire (`ttl_ms`, `has_more`). One that fails does not stop the
   * others: each has a result of its own, in the order of the commands.
   *
   * @throws SynapError UNKNOWN_COMMAND, PAYLOAD_TOO_LARGE; those that every call can have
   * @example
   * const [set, get] = await client.batch([
   *   { command: 'kv.set', payload: { key: 'user:1', value: 'Alice' } },
   *   { command: 'kv.get', payload: { key: 'user:1' } },
   * ])
   * if (get.status === 'success') console.log(get.payload.value)
   */
  batch<C extends readonly BatchCommand[] | readonly [BatchCommand]>(
    commands: C,
    options?: RequestOptions,
  ): Promise<BatchResults<C>> {
    return coreOf(this).batch(commands, options);
  }

  /**
   * Adds a listener. One that throws or rejects disturbs nobody; with no listener on `error`,
   * errors only go to the logger.
   *
   * @example
   * client.on('disconnected', (reason) => console.warn('offline:', reason))
   */
  on<E extends keyof ClientEvents>(event: E, listener: ClientListener<E>): this {
    coreOf(this).emitter.on(event, listener);
    return this;
  }

  /** Takes a listener away. */
  off<E extends keyof ClientEvents>(event: E, listener: ClientListener<E>): this {
    coreOf(this).emitter.off(event, listener);
    return this;
  }

  /**
   * Ends all connections, subscriptions, workers and timers, within a quarter of a second. Calls that are under
   * way and calls that come later reject with ConnectionError.
   *
   * @example
   * await client.close() // or: await using client = new SynapClient()
   */
  close(): Promise<void> {
    return coreOf(this).close();
  }

  /** The same as {@link BaseClient.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function coreOf(client: BaseClient): ClientCore {
  return cores.get(client) as ClientCore;
}

import { type BatchCommand, type BatchResults, batchSpec, memberNames } from "./batch.ts";
import type { Fields, RequestOptions } from "./calls/call.ts";
import { Caller } from "./calls/caller.ts";
import { Dispatcher } from "./calls/dispatcher.ts";
import { asClientError, makeError } from "./errors.ts";
import { Emitter } from "./events.ts";
import { KvClient } from "./kv/kv.ts";
import type { Kv } from "./kv/kv-api.ts";
import { readValues } from "./kv/read-values.ts";
import { Watches } from "./kv/watches.ts";
import type { ResolvedConfig } from "./options.ts";
import type { Platform } from "./platform/types.ts";
import { pubsubMethods } from "./pubsub/pubsub.ts";
import type { PubSub } from "./pubsub/pubsub-api.ts";
import { Topics } from "./pubsub/topics.ts";
import type { PushReceiver } from "./push-receiver.ts";
import { Consumers } from "./queue/consumers.ts";
import { queueMethods } from "./queue/queue.ts";
import type { Queue } from "./queue/queue-api.ts";
import { Rooms } from "./stream/rooms.ts";
import { streamMethods } from "./stream/stream.ts";
import type { Stream } from "./stream/stream-api.ts";
import { AutoTransport } from "./transport/auto-transport.ts";
import { fetchExchange } from "./transport/fetch-exchange.ts";
import { HttpTransport } from "./transport/http-transport.ts";
import { jsonCodec } from "./transport/json-codec.ts";
import { msgpackCodec } from "./transport/msgpack-codec.ts";
import { type SocketObserver, SocketTransport } from "./transport/socket-transport.ts";
import type { Transport } from "./transport/transport.ts";
import { standardSocket } from "./transport/web-socket.ts";

/** The parts of one client, put together. */
export class ClientCore {
  readonly emitter: Emitter;
  readonly kv: Kv;
  readonly queue: Queue;
  readonly stream: Stream;
  readonly pubsub: PubSub;
  readonly #config: ResolvedConfig;
  readonly #platform: Platform;
  readonly #dispatcher: Dispatcher;
  /** Subscriptions, by the pushes that are theirs; of gaps, by their kind. */
  readonly #receivers: ReadonlyMap<string, PushReceiver>;
  readonly #http: HttpTransport;
  readonly #socket: SocketTransport | null;
  readonly #auto: AutoTransport | null;
  /** What commands take. */
  readonly #route: Transport;
  #closing: Promise<void> | null = null;

  constructor(config: ResolvedConfig, platform: Platform) {
    this.#config = config;
    this.#platform = config.clock === undefined ? platform : { ...platform, clock: config.clock };
    const { clock } = this.#platform;
    this.emitter = new Emitter(config.logger);
    this.#dispatcher = new Dispatcher(config, this.#platform);
    const openExchange = () =>
      config.fetch ? fetchExchange(config.fetch) : platform.openExchange(config);
    this.#http = new HttpTransport(config, this.#platform, openExchange, this.#dispatcher);
    this.#auto =
      config.transport === "auto" && (config.WebSocket ?? platform.openSocket)
        ? new AutoTransport(clock, () => this.#needSocket(), this.#http, this.#dispatcher)
        : null;
    this.#socket = this.#openSocket();
    this.#route = this.#chooseRoute();
    const ports = {
      dispatcher: this.#dispatcher,
      emitter: this.emitter,
      route: () => this.#needSocket(),
    };
    const watches = new Watches({ ...ports, read: (...args) => readValues(this.kv, ...args) });
    const rooms = new Rooms(ports);
    const topics = new Topics(ports);
    const consumers = new Consumers({ ...ports, clock });
    this.#receivers = new Map<string, PushReceiver>([
      ["watch", watches],
      ["event", rooms],
      ["message", topics],
      ["delivery", consumers],
    ]);
    const caller = new Caller(this.#dispatcher, this.#route);
    const { emitter } = this;
    this.kv = new KvClient(caller, watches);
    this.queue = queueMethods({ caller, consumers, emitter, clock });
    this.stream = streamMethods(caller, rooms, emitter);
    this.pubsub = pubsubMethods(caller, topics, emitter);
  }

  batch<C extends readonly BatchCommand[]>(
    commands: C,
    options: RequestOptions | undefined,
  ): Promise<BatchResults<C>> {
    try {
      const members = memberNames(commands);
      const results = this.#dispatcher.start(
        this.#route,
        batchSpec(members),
        { commands },
        options,
        members,
      );
      return results as Promise<unknown> as Promise<BatchResults<C>>;
    } catch (thrown) {
      return Promise.reject(asClientError(thrown));
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const receiver of this.#receivers.values()) receiver.clear();
    this.#dispatcher.close();
    await Promise.all([this.#socket?.close(), this.#auto?.close(), this.#http.close()]);
    this.emitter.clear();
  }

  #chooseRoute(): Transport {
    switch (this.#config.transport) {
      case "auto":
        return this.#auto ?? this.#http;
      case "http":
        return this.#http;
      case "websocket":
        return this.#needSocket();
    }
  }

  #openSocket(): SocketTransport | null {
    const { WebSocket, format } = this.#config;
    const open = WebSocket === undefined ? this.#platform.openSocket : standardSocket(WebSocket);
    if (open === null) return null;
    return new SocketTransport({
      config: this.#config,
      platform: this.#platform,
      codec: format === "msgpack" ? msgpackCodec() : jsonCodec(),
      open,
      sink: this.#auto ?? this.#dispatcher,
      observer: this.#observer(),
    });
  }

  #needSocket(): SocketTransport {
    if (this.#socket !== null) return this.#socket;
    const expected = "a WebSocket constructor: this platform has none of its own";
    throw makeError("INVALID_REQUEST", `WebSocket must be ${expected}.`, {
      details: { path: "WebSocket", expected },
    });
  }

  #observer(): SocketObserver {
    const { emitter } = this;
    const { logger } = this.#config;
    return {
      connected: () => {
        this.#auto?.connected();
        for (const receiver of this.#receivers.values()) receiver.connected();
        emitter.emit("connected");
      },
      disconnected: (reason) => {
        for (const receiver of this.#receivers.values()) receiver.disconnected();
        logger.info?.("Disconnected.", { reason });
        emitter.emit("disconnected", reason);
      },
      reconnecting: (attempt) => {
        logger.info?.("Reconnecting.", attempt);
        emitter.emit("reconnecting", attempt);
      },
      push: (type, fields) => this.#receivers.get(receiverOf(type, fields))?.push(type, fields),
      fault: (message, error) => emitter.report(message, error),
      wanted: () => [...this.#receivers.values()].some(({ size }) => size > 0),
    };
  }
}

/** Which pushes a push goes with. */
function receiverOf(type: string, { kind }: Fields): string {
  if (type === "synced") return "watch";
  if (type !== "gap") return type;
  if (kind === "stream") return "event";
  return kind === "pubsub" ? "message" : "watch";
}

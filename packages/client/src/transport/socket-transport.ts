import {
  type Durability,
  MAX_FRAME_MESSAGES,
  type ReplyHandler,
  type RequestId,
  type SynapError,
  type WireError,
} from "@hivellm/synap-protocol";
import { backoffMs } from "../calls/backoff.ts";
import type { Call, CallSink, Fields } from "../calls/call.ts";
import { errorFromWire, makeError } from "../errors.ts";
import type { Reconnecting } from "../events.ts";
import type { ResolvedConfig } from "../options.ts";
import type { Platform } from "../platform/types.ts";
import type { Frame, FrameCodec } from "./frame-codec.ts";
import { Link } from "./link.ts";
import { PendingCalls } from "./pending-calls.ts";
import type { Transport } from "./transport.ts";
import type { OpenSocket } from "./web-socket.ts";

/** Captured when the module loads, so that a test's fake timers do not replace it. */
const endOfTurn = globalThis.queueMicrotask.bind(globalThis);

/** What hears of a socket's life and of its pushes. */
export interface SocketObserver {
  connected(): void;
  disconnected(reason: string): void;
  reconnecting(attempt: Reconnecting): void;
  push(type: string, fields: Fields): void;
  /** Something failed that belongs to no call. */
  fault(message: string, error: unknown): void;
  /** Whether a lost socket shall come back by itself. */
  wanted(): boolean;
}

/** What a socket transport is made of. */
export interface SocketPorts {
  readonly config: ResolvedConfig;
  readonly platform: Platform;
  readonly codec: FrameCodec;
  readonly open: OpenSocket;
  readonly sink: CallSink;
  readonly observer: SocketObserver;
}

/** A frame is no larger than this, so that the server answers the first while the next travels. */
const FRAME_BYTES = 256 * 1024;
const FRAME_MESSAGES = MAX_FRAME_MESSAGES - 100;
/** What a frame needs beside its messages, at most: the header, and a notice. */
const MARGIN_BYTES = 64;
/** How many answers may have arrived before the server is told that it can forget them. */
const DONE_EVERY = 128;
/** A connection that lived this long was a good one: back-off starts anew. */
const STABLE_MS = 5_000;

/**
 * Commands over one WebSocket. It is opened by the first command, and by the next one after it was
 * lost; what is sent in one turn is one frame.
 *
 * S1  ids grow; a repeat keeps its id
 * S2  a call is in `#pending` from its first try until its end or until it is forgotten
 * S3  nothing is sent before hello
 * S4  at most one link, one timer
 * S5  a call that is given up before it has left never leaves
 * S6  one that is given up after it has left stays for its answer, if that may hold something
 */
export class SocketTransport implements Transport, ReplyHandler<Call> {
  readonly #ports: SocketPorts;
  readonly #codec: FrameCodec;
  readonly #pending = new PendingCalls();
  /** Frames that are complete and wait for the socket. */
  #frames: Frame[] = [];
  /** Calls that are in frames which have not left. */
  #waiting: Call[] = [];
  /** Whether one of them was given up. */
  #recalled = false;
  /** Ids of calls that were given up after they had left. */
  #cancelled: number[] = [];
  /** What the server takes; unknown before the first hello. */
  #maxFrameBytes = Number.POSITIVE_INFINITY;
  #frameBytes = FRAME_BYTES;
  #lastId = 0;
  #toldDone = 0;
  #flushing = false;
  #link: Link | null = null;
  #attempt = 0;
  #cancelTimer: (() => void) | null = null;
  #closed = false;
  readonly #flushLater = (): void => this.#flush();

  constructor(ports: SocketPorts) {
    this.#ports = ports;
    this.#codec = ports.codec;
  }

  send(call: Call): void {
    if (call.id === 0) call.id = ++this.#lastId; // S1
    this.#codec.request(call);
    if (this.#isFull()) this.#cut(call);
    this.#pending.set(call); // S2
    call.inFlight = true;
    call.waiting = true;
    this.#waiting.push(call);
    this.#flushSoon();
  }

  forget(call: Call): void {
    if (call.late !== undefined && call.inFlight && !call.waiting)
      call.abandoned = true; // S6
    else if (!this.#pending.delete(call.id) || !call.inFlight) return;
    call.inFlight = call.abandoned;
    if (call.waiting) {
      this.#recalled = true; // S5
      return;
    }
    if (this.#link?.flushed !== true) return;
    this.#cancelled.push(call.id);
    this.#flushSoon();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimer();
    this.#dropFrames();
    this.#pending.clear();
    const link = this.#link;
    this.#link = null;
    if (link === null) return;
    if (link.greeted) this.#ports.observer.disconnected("The client was closed.");
    await link.close();
  }

  pending(id: RequestId): Call | undefined {
    return this.#pending.get(id as number);
  }

  reply(call: Call, id: RequestId, payload: Fields, _durability: Durability | undefined): void {
    this.#pending.delete(id as number);
    this.#ports.sink.replied(call, payload);
  }

  failure(id: RequestId | null, error: WireError): void {
    const failure = errorFromWire(error, id ?? undefined);
    const call = id === null ? undefined : this.#pending.get(id as number);
    if (id === null) this.#ports.observer.fault("The server refused a message.", failure);
    if (call !== undefined) this.#fail(call, failure, true);
  }

  push(type: string, fields: Fields): void {
    if (type !== "hello") this.#ports.observer.push(type, fields);
    else if (this.#link !== null && !this.#link.greeted) {
      this.#link.greet();
      this.#learn((fields.limits ?? {}) as Fields);
      this.#ports.observer.connected();
    }
  }

  #learn(limits: Fields): void {
    const { max_frame_bytes } = limits;
    if (typeof max_frame_bytes !== "number") return;
    this.#maxFrameBytes = max_frame_bytes;
    this.#frameBytes = Math.min(FRAME_BYTES, max_frame_bytes - MARGIN_BYTES);
  }

  /** Ends a frame before the message that passed its bounds; throws if that alone is too large. */
  #cut(call: Call): void {
    if (this.#codec.count > 1) this.#frames.push(this.#codec.takeButLast());
    const { size } = this.#codec;
    if (size + MARGIN_BYTES > this.#maxFrameBytes) {
      this.#codec.clear();
      throw tooLarge(call, size, this.#maxFrameBytes);
    }
    if (size > this.#frameBytes) this.#frames.push(this.#codec.take());
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    endOfTurn(this.#flushLater);
  }

  #flush(): void {
    this.#flushing = false;
    if (this.#closed) return;
    const link = this.#link;
    if (link === null) this.#connect();
    else if (link.open) this.#write(link);
  }

  #write(link: Link): void {
    if (this.#recalled) this.#rewrite();
    if (this.#lastId - this.#toldDone >= DONE_EVERY) this.#tellDone();
    for (const id of this.#cancelled) this.#codec.notice("cancel", { request_id: id });
    this.#forgetWaiting();
    if (this.#codec.count > 0) this.#frames.push(this.#codec.take());
    const frames = this.#frames;
    if (frames.length === 0) return;
    this.#frames = [];
    link.flushed = true;
    for (const frame of frames) link.send(frame);
  }

  /** Writes anew what waits, without the calls that were given up meanwhile (S5). */
  #rewrite(): void {
    this.#codec.clear();
    this.#frames = [];
    for (const call of this.#waiting) {
      if (!call.inFlight) continue;
      this.#codec.request(call);
      try {
        if (this.#isFull()) this.#cut(call);
      } catch (error) {
        this.#fail(call, error as SynapError, false); // the server takes less than it did before
      }
    }
  }

  #isFull(): boolean {
    return this.#codec.size > this.#frameBytes || this.#codec.count > FRAME_MESSAGES;
  }

  #forgetWaiting(): void {
    for (const call of this.#waiting) call.waiting = false;
    this.#waiting = [];
    this.#cancelled = [];
    this.#recalled = false;
  }

  #tellDone(): void {
    const done = this.#done();
    if (done - this.#toldDone < DONE_EVERY) return;
    this.#codec.notice("done", { request_id: done });
    this.#toldDone = done;
  }

  /** The highest id up to which nobody waits for an answer. */
  #done(): number {
    return this.#pending.lowest(this.#lastId + 1) - 1;
  }

  #connect(): void {
    this.#stopTimer();
    const { config, platform, open } = this.#ports;
    const link: Link = new Link({
      clock: platform.clock,
      limitMs: config.timeoutMs,
      opened: () => this.#hello(link),
      received: (data) => this.#read(link, data),
      lost: (error) => this.#lost(link, error),
    });
    this.#link = link;
    link.start(() =>
      open({
        url: `${config.baseUrl.replace(/^http/, "ws")}/api/v1/ws`,
        protocol: this.#codec.subprotocol,
        apiKey: config.apiKey,
      }),
    );
  }

  #hello(link: Link): void {
    const done = this.#done();
    this.#toldDone = done;
    link.send(this.#codec.alone("hello", { client_id: this.#ports.config.clientId, done })); // S3
    this.#write(link);
  }

  #read(link: Link, data: unknown): void {
    try {
      this.#codec.read(data, this);
    } catch (cause) {
      const message = "The server sent a frame that cannot be read.";
      link.fail(makeError("CONNECTION_LOST", message, { cause }));
    }
  }

  #lost(link: Link, error: SynapError): void {
    if (this.#link !== link) return;
    this.#link = null;
    this.#dropFrames();
    const { observer, platform } = this.#ports;
    if (link.greeted && platform.clock.nowMs() - link.greetedMs >= STABLE_MS) this.#attempt = 0;
    for (const call of this.#pending.all()) {
      if (call.inFlight) this.#fail(call, error, link.flushed);
    }
    if (link.greeted) observer.disconnected(error.message);
    if (!this.#closed && observer.wanted()) this.#connectLater(error);
  }

  #fail(call: Call, error: SynapError, sent: boolean): void {
    call.inFlight = false;
    const again = !call.abandoned && this.#ports.sink.failed(call, error, sent);
    if (!again) this.#pending.delete(call.id); // S2
  }

  #connectLater(error: SynapError): void {
    if (this.#link !== null || this.#cancelTimer !== null) return; // S4
    const { config, observer, platform } = this.#ports;
    this.#attempt++;
    const delayMs = backoffMs(config, this.#attempt, platform.random);
    if (this.#attempt > 1) observer.fault("The connection does not come back.", error);
    observer.reconnecting({ attempt: this.#attempt, delayMs });
    this.#cancelTimer = platform.clock.setTimer(() => this.#connect(), delayMs, true);
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #dropFrames(): void {
    this.#forgetWaiting();
    this.#codec.clear();
    this.#frames = [];
  }
}

function tooLarge({ command }: Call, actual: number, limit: number): SynapError {
  const message = `${command.name} takes ${actual} bytes; the server takes frames of ${limit}.`;
  return makeError("PAYLOAD_TOO_LARGE", message, { details: { limit, actual } });
}

import type { Duplex } from "node:stream";
import type { ServerMessage } from "@hivellm/synap-protocol";
import { WebSocket } from "ws";
import { GOING_AWAY, shortReason } from "../ws/close-frame.ts";
import type { Heartbeat, HeartbeatPeer } from "../ws/heartbeat.ts";
import type { Feed, FeedTransport } from "./feed.ts";
import { frameOfPush } from "./push-text.ts";
import { answerFrame, readQueueFrame } from "./queue-frames.ts";

const TEXT = { binary: false };

/**
 * A WebSocket of the tutorials: every frame it is sent is the bare JSON of one event, message or
 * delivery. What its peer says is ignored, except on a queue's: there it acknowledges.
 */
export class FeedSocket implements FeedTransport, HeartbeatPeer {
  readonly #socket: WebSocket;
  readonly #connection: Duplex;
  readonly #feed: Feed;
  readonly #heartbeat: Heartbeat;

  constructor(socket: WebSocket, connection: Duplex, feed: Feed, heartbeat: Heartbeat) {
    this.#socket = socket;
    this.#connection = connection;
    this.#feed = feed;
    this.#heartbeat = heartbeat;
    socket.on("message", (data: Buffer, isBinary) => this.#receive(data, isBinary));
    socket.on("ping", (data: Buffer) => this.#answerPing(data));
    socket.on("pong", () => heartbeat.sawLife(this));
    socket.on("error", () => {}); // ws has sent the close frame; "close" follows
    socket.on("close", (code) => {
      heartbeat.remove(this);
      feed.close(`the peer closed the connection (${code})`);
    });
    heartbeat.add(this);
    feed.attach(this);
  }

  // FeedTransport: called by the feed.

  /** One frame each, but in one piece for the kernel. */
  write(messages: readonly ServerMessage[], onTaken: () => void): void {
    this.#connection.cork();
    for (const message of messages) {
      const frame = this.#frameOf(message);
      if (frame !== null) this.#socket.send(frame, TEXT, onTaken);
    }
    this.#connection.uncork();
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  setReading(reads: boolean): void {
    if (reads) this.#socket.resume();
    else this.#socket.pause();
  }

  end(reason: string): void {
    this.#socket.resume(); // the peer's close frame must be read
    this.#socket.close(GOING_AWAY, shortReason(reason));
  }

  cut(): void {
    this.#socket.terminate();
  }

  // HeartbeatPeer: called by the heartbeat.

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  giveUp(): void {
    this.#feed.cut("it gives no sign of life");
  }

  get isPaused(): boolean {
    return this.#socket.isPaused;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Only what was asked for: that something was missed is told to the SDK's socket. */
  #frameOf(message: ServerMessage): Buffer | string | null {
    if (message.kind !== "push") return answerFrame(message);
    return message.type === this.#feed.request.pushes ? frameOfPush(message) : null;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#heartbeat.sawLife(this);
    const { queue } = this.#feed.request;
    if (queue !== undefined) this.#feed.receive([readQueueFrame(queue, data, isBinary)]);
  }

  /** Pongs count as well: a peer that only pings and never reads must not fill the memory. */
  #answerPing(data: Buffer): void {
    this.#heartbeat.sawLife(this);
    this.#socket.pong(data, false, this.#feed.onTaken);
    this.#feed.measure();
  }
}

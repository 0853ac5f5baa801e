import type { Engine, Session, Sink } from "@hivellm/synap-core";
import { isSynapError, type ServerMessage, SynapError } from "@hivellm/synap-protocol";
import type { Logger } from "pino";
import { WebSocket } from "ws";
import type { TransportLimits } from "../transport-limits.ts";
import { encodeFrames, type FrameCodec } from "./frame-codec.ts";
import type { Heartbeat, HeartbeatPeer } from "./heartbeat.ts";

/** What a socket needs of the server. */
export interface SocketPorts {
  readonly engine: Engine;
  readonly limits: TransportLimits;
  readonly heartbeat: Heartbeat;
  readonly logger: Logger;
}

const TEXT = { binary: false };
const BINARY = { binary: true };
const GOING_AWAY = 1001;
const ABNORMAL = 1006;
const MAX_REASON_BYTES = 123;

/**
 * One WebSocket and its session of the engine.
 *
 * S1  a close frame ends the session at once, any other loss lets it wait to be taken up
 * S2  a socket is not read while its peer does not read: unsent bytes stay in bounds
 * S3  nothing is sent, and no session is told anything, after the end
 */
export class SocketSession implements Sink, HeartbeatPeer {
  readonly #socket: WebSocket;
  readonly #codec: FrameCodec;
  readonly #ports: SocketPorts;
  readonly #session: Session;
  /** The engine has enough to do for this session. */
  #engineIsFull = false;
  /** The peer does not keep up with what it is sent. */
  #peerIsSlow = false;
  #brokeProtocol = false;
  #ended = false;

  constructor(socket: WebSocket, codec: FrameCodec, ports: SocketPorts) {
    this.#socket = socket;
    this.#codec = codec;
    this.#ports = ports;
    this.#session = ports.engine.open({ sink: this });
    socket.on("message", (data: Buffer, isBinary) => this.#receive(data, isBinary));
    socket.on("pong", () => ports.heartbeat.sawLife(this));
    socket.on("error", (error) => this.#onError(error));
    socket.on("close", (code) => this.#onClose(code));
    ports.heartbeat.add(this);
  }

  // Sink: called by the engine.

  send(messages: readonly ServerMessage[]): void {
    if (this.#ended) return; // S3
    const { engine, logger } = this.#ports;
    try {
      for (const frame of encodeFrames(this.#codec, messages, engine.limits.maxFrameBytes)) {
        this.#socket.send(frame, typeof frame === "string" ? TEXT : BINARY, this.#onSent);
      }
    } catch (error) {
      logger.error({ err: error }, "a frame could not be written");
      return this.#cut("what it gets cannot be written");
    }
    const buffered = this.#socket.bufferedAmount;
    this.#session.buffered(buffered);
    if (buffered > this.#ports.limits.maxSocketBufferBytes) return this.#cut("it does not read");
    if (buffered > this.#ports.limits.socketHighWaterBytes && !this.#peerIsSlow) {
      this.#peerIsSlow = true; // S2
      this.#applyReading();
    }
  }

  get writable(): boolean {
    return !this.#ended && !this.#peerIsSlow;
  }

  end(reason: string): void {
    if (this.#ended) return;
    this.#stop();
    this.#socket.resume(); // the peer's close frame must be read
    this.#socket.close(GOING_AWAY, shortReason(reason));
  }

  pauseReading(): void {
    this.#engineIsFull = true;
    this.#applyReading();
  }

  resumeReading(): void {
    this.#engineIsFull = false;
    this.#applyReading();
  }

  // HeartbeatPeer: called by the heartbeat.

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  giveUp(): void {
    this.#cut("it gives no sign of life");
  }

  get isPaused(): boolean {
    return this.#socket.isPaused;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#ended) return;
    this.#ports.heartbeat.sawLife(this);
    try {
      this.#session.receive(this.#codec.decode(data, isBinary));
    } catch (error) {
      this.#session.receive([{ kind: "refused", id: null, error: this.#refusalOf(error) }]);
    }
  }

  #refusalOf(error: unknown): SynapError {
    if (isSynapError(error)) return error;
    this.#ports.logger.error({ err: error }, "a frame could not be handled");
    return new SynapError("INTERNAL", "The server failed while it read this frame.");
  }

  readonly #onSent = (): void => {
    if (this.#ended) return;
    const buffered = this.#socket.bufferedAmount;
    this.#session.buffered(buffered);
    if (!this.#peerIsSlow || buffered > this.#ports.limits.socketLowWaterBytes) return;
    this.#peerIsSlow = false;
    this.#applyReading();
    this.#session.drained();
  };

  #applyReading(): void {
    if (this.#engineIsFull || this.#peerIsSlow) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Ends a connection whose peer is of no use any more; the peer may come back. */
  #cut(why: string): void {
    this.#ports.logger.debug({ session: this.#session.id, why }, "a socket was cut");
    this.#stop();
    this.#socket.terminate();
    this.#session.lose(); // S1
  }

  /** A frame that breaks RFC 6455, or one that is too large: ws has sent the close frame for it. */
  #onError(error: Error): void {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code.startsWith("WS_ERR_")) this.#brokeProtocol = true;
  }

  #onClose(code: number): void {
    if (this.#ended) return;
    this.#stop();
    if (code === ABNORMAL && !this.#brokeProtocol)
      this.#session.lose(); // S1
    else this.#session.close(`the peer closed the connection (${code})`);
  }

  #stop(): void {
    this.#ended = true;
    this.#session.buffered(0);
    this.#ports.heartbeat.remove(this);
  }
}

/** A close frame holds 123 bytes of reason. */
function shortReason(reason: string): string {
  return Buffer.byteLength(reason) <= MAX_REASON_BYTES ? reason : "";
}

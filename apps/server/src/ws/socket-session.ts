import type { Engine, Session, Sink } from "@hivellm/synap-core";
import { isSynapError, type ServerMessage, SynapError } from "@hivellm/synap-protocol";
import type { Logger } from "pino";
import { WebSocket } from "ws";
import { UnsentBytes, type UnsentPorts } from "../unsent-bytes.ts";
import { GOING_AWAY, shortReason } from "./close-frame.ts";
import type { Heartbeat, HeartbeatPeer } from "./heartbeat.ts";
import type { SharedFrames } from "./shared-frames.ts";

/** What a socket needs of the server. */
export interface SocketPorts extends UnsentPorts {
  readonly engine: Engine;
  readonly heartbeat: Heartbeat;
  readonly logger: Logger;
}

const ABNORMAL = 1006;

/**
 * One WebSocket and its session of the engine.
 *
 * S1  a close frame ends the session at once, any other loss lets it wait to be taken up
 * S2  a socket is not read while its peer does not read: unsent bytes stay in bounds
 * S3  nothing is sent, and no session is told anything, after the end
 */
export class SocketSession implements Sink, HeartbeatPeer {
  readonly #socket: WebSocket;
  readonly #frames: SharedFrames;
  readonly #ports: SocketPorts;
  readonly #session: Session;
  readonly #unsent: UnsentBytes;
  /** The engine has enough to do for this session. */
  #engineIsFull = false;
  #brokeProtocol = false;
  #ended = false;

  constructor(socket: WebSocket, frames: SharedFrames, ports: SocketPorts) {
    this.#socket = socket;
    this.#frames = frames;
    this.#ports = ports;
    this.#session = ports.engine.open({ sink: this });
    this.#unsent = new UnsentBytes(this.#session, ports, { about: "a socket" });
    socket.on("message", (data: Buffer, isBinary) => this.#receive(data, isBinary));
    socket.on("ping", (data: Buffer) => this.#answerPing(data));
    socket.on("pong", () => ports.heartbeat.sawLife(this));
    socket.on("error", (error) => this.#onError(error));
    socket.on("close", (code) => this.#onClose(code));
    ports.heartbeat.add(this);
  }

  // Sink: called by the engine.

  send(messages: readonly ServerMessage[]): void {
    if (this.#ended) return; // S3
    const options = { binary: this.#frames.codec.binary };
    try {
      for (const frame of this.#frames.of(messages)) {
        this.#socket.send(frame, options, this.#onSent);
      }
    } catch (error) {
      this.#ports.logger.error({ err: error }, "a frame could not be written");
      return this.#cut("what it gets cannot be written");
    }
    this.#measure();
  }

  get writable(): boolean {
    return !this.#ended && !this.#unsent.isFull;
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
      this.#session.receive(this.#frames.codec.decode(data, isBinary));
    } catch (error) {
      this.#session.receive([{ kind: "refused", id: null, error: this.#refusalOf(error) }]);
    }
  }

  #refusalOf(error: unknown): SynapError {
    if (isSynapError(error)) return error;
    this.#ports.logger.error({ err: error }, "a frame could not be handled");
    return new SynapError("INTERNAL", "The server failed while it read this frame.");
  }

  /** Pongs count as well: a peer that only pings and never reads must not fill the memory (S2). */
  #answerPing(data: Buffer): void {
    if (this.#ended) return;
    this.#ports.heartbeat.sawLife(this);
    this.#socket.pong(data, false, this.#onSent);
    this.#measure();
  }

  #measure(): void {
    const becameFull = this.#unsent.wrote(this.#socket.bufferedAmount);
    if (this.#unsent.isTooMuch) return this.#cut("it does not read");
    if (becameFull) this.#applyReading(); // S2
  }

  readonly #onSent = (): void => {
    if (this.#ended || !this.#unsent.took(this.#socket.bufferedAmount)) return;
    this.#applyReading();
    this.#session.drained();
  };

  #applyReading(): void {
    if (this.#engineIsFull || this.#unsent.isFull) this.#socket.pause();
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
    this.#unsent.end();
    this.#ports.heartbeat.remove(this);
  }
}

import type { Engine, Session, Sink } from "@hivellm/synap-core";
import {
  type ClientMessage,
  type MessageFields,
  type ServerMessage,
  SynapError,
} from "@hivellm/synap-protocol";
import type { Logger } from "pino";
import { UnsentBytes, type UnsentPorts } from "../unsent-bytes.ts";
import type { Heartbeat } from "../ws/heartbeat.ts";
import type { FeedRequest } from "./feed-request.ts";

/** What feeds need of the server. */
export interface FeedPorts extends UnsentPorts {
  readonly engine: Engine;
  readonly heartbeat: Heartbeat;
  readonly logger: Logger;
}

/** The connection that a feed's messages leave by. */
export interface FeedTransport {
  /** Writes what one turn brings; `onTaken` is called whenever the kernel has taken some of it. */
  write(messages: readonly ServerMessage[], onTaken: () => void): void;
  /** What is written and not yet taken. */
  readonly unsentBytes: number;
  /** Reads nothing from the peer until it is told to go on. */
  setReading(reads: boolean): void;
  /** Says goodbye. */
  end(reason: string): void;
  /** Breaks the connection off. */
  cut(): void;
}

/**
 * One subscription of a listener without a library, and the session of the engine behind it.
 *
 * F1  the subscription stands before anything is answered; what comes until the connection is there
 *     waits: in the engine, which is told that nothing can be written, or here
 * F2  unsent bytes stay in bounds: a full connection is told nothing, and is not read
 * F3  whatever ends the connection ends the session: nobody could take it up
 * F4  after the end nothing is written, and the session is told nothing
 */
export class Feed implements Sink {
  readonly request: FeedRequest;
  readonly #ports: FeedPorts;
  readonly #session: Session;
  readonly #unsent: UnsentBytes;
  #transport: FeedTransport | null = null;
  #waiting: ServerMessage[] = [];
  #engineIsFull = false;
  #endedBy: string | null = null;

  private constructor(request: FeedRequest, ports: FeedPorts) {
    this.request = request;
    this.#ports = ports;
    this.#session = ports.engine.open({ sink: this });
    this.#unsent = new UnsentBytes(this.#session, ports, { about: request.about });
  }

  /** Subscribes; returns the feed and the subscription's answer, or rejects with its refusal. */
  static async open(
    request: FeedRequest,
    ports: FeedPorts,
  ): Promise<{ readonly feed: Feed; readonly answer: MessageFields }> {
    const feed = new Feed(request, ports);
    try {
      const { payload } = await feed.#session.execute(request.call); // F1
      if (feed.#endedBy !== null) throw new SynapError("OVERLOADED", feed.#endedBy);
      return { feed, answer: payload };
    } catch (error) {
      feed.close("refused");
      throw error;
    }
  }

  /** Whether the connection holds as much unsent as it may. */
  get isFull(): boolean {
    return this.#unsent.isFull;
  }

  /** The connection is there: from now on it gets what comes. */
  attach(transport: FeedTransport): void {
    this.#transport = transport;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) this.send(waiting); // F1
    this.#session.drained();
  }

  /** What the peer says. */
  receive(messages: readonly ClientMessage[]): void {
    if (this.#endedBy === null) this.#session.receive(messages);
  }

  /** Something was written beside the engine's messages, such as a ping. */
  measure(): void {
    const transport = this.#transport;
    if (this.#endedBy !== null || transport === null) return;
    const becameFull = this.#unsent.wrote(transport.unsentBytes);
    if (this.#unsent.isTooMuch) return this.cut("it does not read");
    if (becameFull) this.#applyReading(); // F2
  }

  /** The kernel has taken something. */
  readonly onTaken = (): void => {
    const transport = this.#transport;
    if (this.#endedBy !== null || transport === null) return;
    if (!this.#unsent.took(transport.unsentBytes)) return;
    this.#applyReading();
    this.#session.drained();
  };

  /** The connection is of no use any more. */
  cut(why: string): void {
    if (this.#endedBy !== null) return;
    this.#ports.logger.debug({ session: this.#session.id, why }, "a feed was cut");
    this.close(why);
    this.#transport?.cut();
  }

  /** The connection has ended, or never came about (F3). */
  close(reason: string): void {
    if (this.#endedBy !== null) return;
    this.#stop(reason);
    this.#session.close(reason);
  }

  /** Ends the connection from this side. */
  finish(reason: string): void {
    if (this.#endedBy !== null) return;
    this.end(reason);
    this.#session.close(reason);
  }

  // Sink: called by the engine.

  send(messages: readonly ServerMessage[]): void {
    const transport = this.#transport;
    if (this.#endedBy !== null) return; // F4
    if (transport === null) {
      for (const message of messages) this.#waiting.push(message);
      return;
    }
    try {
      transport.write(messages, this.onTaken);
    } catch (error) {
      this.#ports.logger.error({ err: error }, "a feed could not be written");
      return this.cut("what it gets cannot be written");
    }
    this.measure();
  }

  get writable(): boolean {
    return this.#endedBy === null && this.#transport !== null && !this.#unsent.isFull;
  }

  end(reason: string): void {
    if (this.#endedBy !== null) return;
    this.#stop(reason);
    this.#transport?.end(reason);
  }

  pauseReading(): void {
    this.#engineIsFull = true;
    this.#applyReading();
  }

  resumeReading(): void {
    this.#engineIsFull = false;
    this.#applyReading();
  }

  #applyReading(): void {
    this.#transport?.setReading(!this.#engineIsFull && !this.#unsent.isFull);
  }

  #stop(reason: string): void {
    this.#endedBy = reason;
    this.#unsent.end();
  }
}

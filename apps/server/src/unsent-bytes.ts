import type { Session } from "@hivellm/synap-core";
import type { PeerNotes, SlowPeers } from "./slow-peers.ts";
import type { TransportLimits } from "./transport-limits.ts";

/** What the bookkeeping of a connection's unsent bytes needs. */
export interface UnsentPorts {
  readonly limits: TransportLimits;
  readonly slowPeers: SlowPeers;
}

/**
 * The unsent bytes of one connection: full above the high water mark, and until they have fallen to
 * the low one. The session is told how many there are, and when there is room again.
 *
 * U1  after each time that the connection was full there is room again exactly once, or its end
 * U2  a connection that is full for long is noticed, until it is not or has ended
 * U3  after the end nothing is told
 */
export class UnsentBytes {
  readonly #session: Session;
  readonly #ports: UnsentPorts;
  readonly #notes: PeerNotes;
  #bytes = 0;
  #isFull = false;
  #ended = false;
  #unwatch: (() => void) | null = null;

  constructor(session: Session, ports: UnsentPorts, notes: PeerNotes) {
    this.#session = session;
    this.#ports = ports;
    this.#notes = notes;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** More than a connection may hold: it is to be cut. */
  get isTooMuch(): boolean {
    return this.#bytes > this.#ports.limits.maxSocketBufferBytes;
  }

  /** Something was written, so that there are now so many; returns whether it has become full. */
  wrote(bytes: number): boolean {
    if (this.#ended) return false; // U3
    this.#note(bytes);
    if (this.#isFull || bytes <= this.#ports.limits.socketHighWaterBytes) return false;
    this.#isFull = true;
    this.#unwatch = this.#ports.slowPeers.watch(() => ({
      session: this.#session.id,
      ...this.#notes,
      unsent_bytes: this.#bytes,
    })); // U2
    return true;
  }

  /** The kernel took something, so that there are now so many; returns whether there is room again. */
  took(bytes: number): boolean {
    if (this.#ended) return false; // U3
    this.#note(bytes);
    if (!this.#isFull || bytes > this.#ports.limits.socketLowWaterBytes) return false;
    this.#isFull = false;
    this.#endEpisode();
    return true;
  }

  /** The connection has ended. */
  end(): void {
    if (this.#ended) return;
    this.#note(0);
    this.#ended = true;
    this.#endEpisode();
  }

  #note(bytes: number): void {
    this.#bytes = bytes;
    this.#session.buffered(bytes);
  }

  #endEpisode(): void {
    this.#unwatch?.();
    this.#unwatch = null;
  }
}

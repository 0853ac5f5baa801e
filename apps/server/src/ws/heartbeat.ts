import type { Clock } from "@hivellm/synap-core";

/** A peer that is asked for signs of life. */
export interface HeartbeatPeer {
  ping(): void;
  /** It gave none. */
  giveUp(): void;
  /** Whether its silence proves nothing, because it is not being read. */
  readonly isPaused: boolean;
  /** Unsent bytes: a paused peer that takes none of them is gone as well. */
  readonly bufferedBytes: number;
}

interface State {
  awaiting: boolean;
  bufferedBytes: number;
}

/**
 * Pings all sockets from one timer and gives up those that were silent from one ping to the next.
 * Whatever a peer sends is a sign of life.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #peers = new Map<HeartbeatPeer, State>();
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  add(peer: HeartbeatPeer): void {
    this.#peers.set(peer, { awaiting: false, bufferedBytes: 0 });
    this.#cancel ??= this.#clock.setTimer(() => this.#beat(), this.#intervalMs);
  }

  remove(peer: HeartbeatPeer): void {
    this.#peers.delete(peer);
    if (this.#peers.size === 0) this.stop();
  }

  /** The peer has sent something. */
  sawLife(peer: HeartbeatPeer): void {
    const state = this.#peers.get(peer);
    if (state !== undefined) state.awaiting = false;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #beat(): void {
    this.#cancel = null;
    for (const [peer, state] of this.#peers) {
      const { bufferedBytes } = peer;
      const moves = peer.isPaused && bufferedBytes < state.bufferedBytes;
      if (state.awaiting && !moves) {
        peer.giveUp();
        continue;
      }
      state.awaiting = true;
      state.bufferedBytes = bufferedBytes;
      peer.ping();
    }
    if (this.#peers.size > 0) {
      this.#cancel = this.#clock.setTimer(() => this.#beat(), this.#intervalMs);
    }
  }
}

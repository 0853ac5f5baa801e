import type { Part, PartPorts } from "../part.ts";
import type { Peer } from "../session/peer.ts";
import { RoomDesk } from "./room-desk.ts";
import type { RoomEffect } from "./room-effects.ts";
import { RoomEngine } from "./room-engine.ts";
import { RoomKeeper } from "./room-keeper.ts";
import type { RoomState } from "./room-state.ts";

/** Events that are not kept any more and are freed in one turn. */
const FREED_PER_TURN = 8_192;

/** Rooms in the whole: their followers, and what time does to them. */
export class RoomPart implements Part<RoomEffect> {
  readonly engine: RoomEngine;
  readonly desk: RoomDesk;
  readonly #state: RoomState;
  readonly #ports: PartPorts;
  readonly #keeper: RoomKeeper;

  constructor(state: RoomState, ports: PartPorts) {
    this.#state = state;
    this.#ports = ports;
    const { limits, memory } = ports;
    this.desk = new RoomDesk({
      state,
      limits,
      seq: () => ports.seq(),
      wake: () => ports.wake(),
      onLeft: (room) => this.#keeper.onLeft(room),
    });
    this.#keeper = new RoomKeeper(state, ports, (room) => this.desk.followersOf(room));
    this.engine = new RoomEngine({ state, desk: this.desk, limits, memory });
  }

  apply(effect: RoomEffect, seq: number): void {
    const change = this.#state.apply(effect, seq);
    this.desk.onChange(change, seq);
    this.#keeper.onChange(change);
  }

  flush(): void {
    this.desk.flush();
    if (this.#state.sweep(FREED_PER_TURN)) this.#ports.wake();
  }

  bytes(): number {
    return this.#state.bytes;
  }

  drained(peer: Peer): void {
    this.desk.drained(peer);
  }

  greeted(): void {}

  takeUp(from: Peer, to: Peer): void {
    this.desk.takeUp(from, to);
  }

  forget(peer: Peer): void {
    this.desk.forget(peer);
  }

  close(): void {
    this.#keeper.close();
  }
}

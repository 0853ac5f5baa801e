import type { Engines } from "./commands.ts";
import { type Effect, isKvEffect, isQueueEffect, isRoomEffect } from "./journal/effects.ts";
import { KvPart } from "./kv/kv-part.ts";
import { RoomPart } from "./log/room-part.ts";
import type { Part, PartPorts } from "./part.ts";
import { PubsubPart } from "./pubsub/pubsub-part.ts";
import { QueuePart } from "./queue/queue-part.ts";
import type { Peer } from "./session/peer.ts";
import type { EngineState } from "./state.ts";

/** All engines of one Synap. A new one is added here and in `state.ts`. */
export class Parts implements Part<Effect> {
  readonly kv: KvPart;
  readonly queue: QueuePart;
  readonly rooms: RoomPart;
  readonly pubsub: PubsubPart;
  readonly #all: readonly Pick<
    Part<never>,
    "flush" | "bytes" | "drained" | "greeted" | "takeUp" | "forget" | "close"
  >[];

  constructor(state: EngineState, ports: PartPorts) {
    this.kv = new KvPart(state.kv, ports);
    this.queue = new QueuePart(state.queues, ports);
    this.rooms = new RoomPart(state.rooms, ports);
    this.pubsub = new PubsubPart(ports, this.queue.bindings);
    this.#all = [this.kv, this.queue, this.rooms, this.pubsub];
  }

  get engines(): Engines {
    return {
      kv: this.kv.engine,
      queue: this.queue.engine,
      stream: this.rooms.engine,
      pubsub: this.pubsub.engine,
    };
  }

  apply(effect: Effect, seq: number): void {
    if (isKvEffect(effect)) this.kv.apply(effect, seq);
    else if (isQueueEffect(effect)) this.queue.apply(effect, seq);
    else if (isRoomEffect(effect)) this.rooms.apply(effect, seq);
    else this.pubsub.apply(effect, seq);
  }

  flush(): void {
    for (const part of this.#all) part.flush();
  }

  bytes(): number {
    let bytes = 0;
    for (const part of this.#all) bytes += part.bytes();
    return bytes;
  }

  drained(peer: Peer): void {
    for (const part of this.#all) part.drained(peer);
  }

  greeted(peer: Peer): void {
    for (const part of this.#all) part.greeted(peer);
  }

  takeUp(from: Peer, to: Peer): void {
    for (const part of this.#all) part.takeUp(from, to);
  }

  forget(peer: Peer): void {
    for (const part of this.#all) part.forget(peer);
  }

  close(): void {
    for (const part of this.#all) part.close();
  }
}

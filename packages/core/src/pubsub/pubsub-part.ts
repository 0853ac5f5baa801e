import type { Part, PartPorts } from "../part.ts";
import type { Peer } from "../session/peer.ts";
import type { Bindings } from "./bindings.ts";
import { PubsubDesk } from "./pubsub-desk.ts";
import type { PubsubEffect } from "./pubsub-effects.ts";
import { PubsubEngine } from "./pubsub-engine.ts";

/** Pub/sub in the whole: it has a desk and no state, since nothing of it is kept. */
export class PubsubPart implements Part<PubsubEffect> {
  readonly engine: PubsubEngine;
  readonly #desk: PubsubDesk;

  constructor(ports: PartPorts, bindings: Bindings) {
    const { limits, memory } = ports;
    const { counts } = bindings;
    this.#desk = new PubsubDesk({
      limits,
      counts,
      seq: () => ports.seq(),
      wake: () => ports.wake(),
    });
    this.engine = new PubsubEngine({ desk: this.#desk, bindings, limits, memory });
  }

  /** How many entries its tables have; 0 when nobody listens. For tests. */
  get parts(): number {
    return this.#desk.parts;
  }

  apply(effect: PubsubEffect, seq: number): void {
    this.#desk.deliver(effect, seq);
  }

  flush(): void {
    this.#desk.flush();
  }

  bytes(): number {
    return this.#desk.bytes;
  }

  drained(peer: Peer): void {
    this.#desk.drained(peer);
  }

  greeted(): void {}

  takeUp(from: Peer, to: Peer): void {
    this.#desk.takeUp(from, to);
  }

  forget(peer: Peer): void {
    this.#desk.forget(peer);
  }

  close(): void {}
}

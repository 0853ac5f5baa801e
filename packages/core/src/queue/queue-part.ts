import type { Part, PartPorts } from "../part.ts";
import type { Peer } from "../session/peer.ts";
import { DueMessages } from "./due-messages.ts";
import { Publisher } from "./publisher.ts";
import { QueueBindings } from "./queue-bindings.ts";
import { QueueDesk } from "./queue-desk.ts";
import type { QueueEffect } from "./queue-effects.ts";
import { QueueEngine } from "./queue-engine.ts";
import type { QueueState } from "./queue-state.ts";

/** Queues in the whole. */
export class QueuePart implements Part<QueueEffect> {
  readonly engine: QueueEngine;
  /** For pub/sub: what enters bound queues. */
  readonly bindings: QueueBindings;
  readonly desk: QueueDesk;
  readonly #state: QueueState;
  readonly #ports: PartPorts;
  readonly #due: DueMessages;
  /** Purged messages wait to be freed. */
  #collects = false;

  constructor(state: QueueState, ports: PartPorts) {
    this.#state = state;
    this.#ports = ports;
    this.desk = new QueueDesk(state, ports);
    this.#due = new DueMessages(state, this.desk, ports);
    const publisher = new Publisher(state, ports);
    this.engine = new QueueEngine({ state, desk: this.desk, due: this.#due, ports, publisher });
    this.bindings = new QueueBindings(state, publisher);
  }

  apply(effect: QueueEffect, seq: number): void {
    this.bindings.hear(effect);
    if (effect.type === "queue.ack") this.desk.release(effect.ids, false);
    else if (effect.type === "queue.return" || effect.type === "queue.bury") {
      this.desk.release(effect.ids, effect.cause === "deadline");
    }
    this.#state.apply(effect, seq);
    if (effect.type === "queue.purge" || effect.type === "queue.delete") this.#collects = true;
    this.desk.heard(effect);
    this.#due.arm();
  }

  flush(): void {
    this.desk.flush();
    if (!this.#collects) return;
    this.#collects = this.#state.collect(this.#ports.limits.maxQueueWorkPerTurn, (handle) =>
      this.desk.gone(handle),
    );
    if (this.#collects) this.#ports.wake();
  }

  bytes(): number {
    return this.#state.bytes;
  }

  drained(peer: Peer): void {
    this.desk.drained(peer);
  }

  greeted(peer: Peer): void {
    this.desk.greeted(peer);
  }

  takeUp(from: Peer, to: Peer): void {
    this.desk.takeUp(from, to);
  }

  forget(peer: Peer): void {
    this.desk.forget(peer);
  }

  close(): void {
    this.desk.close();
    this.#due.close();
  }
}

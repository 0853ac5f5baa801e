import { Alarm } from "../alarm.ts";
import type { Part, PartPorts } from "../part.ts";
import type { Peer } from "../session/peer.ts";
import type { KvEffect } from "./kv-effects.ts";
import { KvEngine } from "./kv-engine.ts";
import type { KvState } from "./kv-state.ts";
import { WatchDesk } from "./watch-desk.ts";

/** The key-value store in the whole: watches, active expiry, and the keys of sessions that end. */
export class KvPart implements Part<KvEffect> {
  readonly engine: KvEngine;
  readonly #state: KvState;
  readonly #ports: PartPorts;
  readonly #watches: WatchDesk;
  readonly #expiry: Alarm;
  /** Ended sessions whose keys are not all gone yet. */
  readonly #releasing = new Set<string>();

  constructor(state: KvState, ports: PartPorts) {
    this.#state = state;
    this.#ports = ports;
    const { limits, memory, random } = ports;
    this.#watches = new WatchDesk({ ...ports, state, limits });
    this.engine = new KvEngine({ state, watches: this.#watches, limits, memory, random });
    this.#expiry = new Alarm(ports.atWall, () => this.#expire());
  }

  apply(effect: KvEffect, seq: number): void {
    const change = this.#state.apply(effect, seq);
    if (change !== null) this.#watches.onChange(change);
  }

  flush(): void {
    this.#releaseKeys();
    this.#watches.flush();
    this.#armExpiry();
  }

  bytes(): number {
    return this.#state.table.bytes + this.#watches.history.bytes;
  }

  drained(peer: Peer): void {
    this.#watches.drained(peer);
  }

  greeted(): void {}

  takeUp(from: Peer, to: Peer): void {
    this.#watches.takeUp(from, to);
  }

  forget(peer: Peer): void {
    this.#watches.forget(peer);
    if (peer.bindingId === null || !this.holdsKeys(peer.bindingId)) return;
    this.#releasing.add(peer.bindingId);
    this.#releaseKeys();
  }

  close(): void {
    this.#expiry.close();
  }

  /** Whether keys are bound to a session. */
  holdsKeys(bindingId: string): boolean {
    return this.#state.keysOwnedBy(bindingId).size > 0;
  }

  #armExpiry(): void {
    const next = this.#state.expiry.peek();
    if (next !== undefined) this.#expiry.arm(this.#state.table.expires.get(next));
  }

  /** Removes what has expired, a bounded number a turn. */
  #expire(): void {
    const { nowMs, limits } = this.#ports;
    const effects = this.engine.expireDue(nowMs(), limits.maxExpiriesPerTurn);
    if (effects.length > 0) this.#ports.commit(effects);
    this.#armExpiry();
  }

  /** Removes the keys of sessions that have ended, a bounded number a turn. */
  #releaseKeys(): void {
    for (const id of this.#releasing) {
      const effects = this.engine.releaseSession(id, this.#ports.limits.maxExpiriesPerTurn);
      if (effects.length > 0) this.#ports.commit(effects);
      if (!this.holdsKeys(id)) this.#releasing.delete(id);
    }
  }
}

import { Alarm } from "../alarm.ts";
import type { PartPorts } from "../part.ts";
import type { Peer } from "../session/peer.ts";
import type { Hands, Held } from "./hands.ts";
import type { Queue } from "./queue.ts";
import { backoffMs } from "./queue-settings.ts";
import type { QueueState } from "./queue-state.ts";

/**
 * Deliveries that end without their consumer's word.
 *
 * T2  what a party holds returns when its session ends, without burning a retry
 * T3  deadlines lapse on the serving clock, a bounded number a turn
 */
export class Returns {
  readonly #state: QueueState;
  readonly #hands: Hands;
  readonly #ports: PartPorts;
  readonly #letGo: (held: Held) => void;
  /** Ended sessions whose deliveries have not all returned yet. */
  readonly #ended = new Set<Peer>();
  readonly #deadlines: Alarm;

  /** `letGo` takes out of hands what has no queue to return to. */
  constructor(state: QueueState, hands: Hands, ports: PartPorts, letGo: (held: Held) => void) {
    this.#state = state;
    this.#hands = hands;
    this.#ports = ports;
    this.#letGo = letGo;
    this.#deadlines = new Alarm(
      (dueMs, fire) => ports.serving.at(dueMs, fire),
      () => this.#lapse(),
    );
  }

  /** Ended sessions that still hold something. */
  get size(): number {
    return this.#ended.size;
  }

  /** Sets the alarm for the next deadline. */
  arm(): void {
    this.#deadlines.arm(this.#hands.nextDeadline);
  }

  /** The party has ended: what it holds returns (T2). */
  forget(peer: Peer): void {
    if (!this.#hands.forget(peer)) return;
    this.#ended.add(peer);
    this.#ports.wake();
  }

  /** Returns some of what ended parties hold, at most `budget`; returns how much. */
  flush(budget: number): number {
    let done = 0;
    for (const peer of this.#ended) {
      if (done >= budget) break;
      done += this.#returnHeld(peer, budget - done);
    }
    return done;
  }

  close(): void {
    this.#deadlines.close();
    this.#ended.clear();
  }

  /** Deadlines that have passed: back to their places with a retry burned, or to the dead letters. */
  #lapse(): void {
    const { limits, serving } = this.#ports;
    for (const held of this.#hands.lapsed(serving.now(), limits.maxQueueWorkPerTurn)) {
      const queue = this.#state.queueOf(held.handle);
      if (queue === undefined) this.#letGo(held);
      else this.#fail(queue, held);
    }
    this.arm();
  }

  #fail(queue: Queue, { id, handle }: Held): void {
    const { table } = this.#state;
    const nowMs = this.#ports.nowMs();
    const retries = table.retries.get(handle);
    const about = { queue: queue.name, ids: [id], cause: "deadline" } as const;
    if (retries >= table.maxRetries.get(handle) && !queue.holdsDead) {
      const firstOrder = this.#ports.seq() + 1;
      const why = { reason: "deadline", error: null, timeMs: nowMs, firstOrder } as const;
      this.#ports.commit([{ type: "queue.bury", ...about, ...why }]);
      return;
    }
    const backoff = backoffMs(queue.settings, retries);
    const visibleAt = backoff === 0 ? 0 : nowMs + backoff;
    this.#ports.commit([{ type: "queue.return", ...about, visibleAt }]);
  }

  #returnHeld(peer: Peer, max: number): number {
    const all = this.#hands.of(peer, max);
    const byQueue = new Map<string, number[]>();
    for (const held of all) {
      const { queue, handle, id } = held;
      const ids = byQueue.get(queue);
      if (this.#state.queueOf(handle) === undefined) this.#letGo(held);
      else if (ids === undefined) byQueue.set(queue, [id]);
      else ids.push(id);
    }
    for (const [queue, ids] of byQueue) {
      this.#ports.commit([{ type: "queue.return", queue, ids, cause: "released", visibleAt: 0 }]);
    }
    if (this.#hands.of(peer, 1).length === 0) this.#ended.delete(peer);
    return all.length;
  }
}

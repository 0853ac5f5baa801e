import { Alarm } from "../alarm.ts";
import type { PartPorts } from "../part.ts";
import { Status } from "./message-table.ts";
import type { QueueDesk } from "./queue-desk.ts";
import type { QueueState } from "./queue-state.ts";

/** What time does to messages that wait: a delay ends, or a time to live. Bounded per turn. */
export class DueMessages {
  readonly #state: QueueState;
  readonly #desk: QueueDesk;
  readonly #ports: PartPorts;
  readonly #alarm: Alarm;

  constructor(state: QueueState, desk: QueueDesk, ports: PartPorts) {
    this.#state = state;
    this.#desk = desk;
    this.#ports = ports;
    this.#alarm = new Alarm(ports.atWall, () => this.work());
  }

  /** Sets the alarm for what is due next. */
  arm(): void {
    const next = this.#state.due.peek();
    if (next !== undefined) this.#alarm.arm(this.#state.table.due.get(next));
  }

  /** Does what is due by now, at most one turn's worth. */
  work(): void {
    const { due, table } = this.#state;
    const next = due.peek();
    if (next === undefined) return;
    const nowMs = this.#ports.nowMs();
    if (table.due.get(next) > nowMs) {
      this.arm();
      return;
    }
    const expired = new Map<string, number[]>();
    for (const handle of due.due(nowMs, this.#ports.limits.maxQueueWorkPerTurn)) {
      const queue = this.#state.queueOf(handle);
      if (queue === undefined)
        due.remove(handle); // gone, and not freed yet
      else if (this.#state.isExpired(handle, nowMs)) {
        const ids = expired.get(queue.name);
        if (ids === undefined) expired.set(queue.name, [table.id.get(handle)]);
        else ids.push(table.id.get(handle));
      } else if (table.status.get(handle) === Status.delayed) {
        this.#state.wake(queue, handle);
        this.#desk.stir(queue.name);
      }
    }
    if (expired.size > 0) {
      this.#ports.commit(
        [...expired].map(([queue, ids]) => ({ type: "queue.expire" as const, queue, ids })),
      );
    }
    this.arm();
  }

  close(): void {
    this.#alarm.close();
  }
}

import { Status } from "./message-table.ts";
import type { Queue } from "./queue.ts";
import type { QueueState } from "./queue-state.ts";

/**
 * All queues as plain data, to compare states. Whether a message is ready or delayed is a matter of
 * time, so it is told by `visibleAt` alone; totals are no state.
 */
export function queuesImage(state: QueueState): unknown {
  const messages = new Map<Queue, unknown[]>();
  const { table } = state;
  for (let handle = 0; handle < table.end; handle++) {
    if (table.status.get(handle) === 0) continue;
    const queue = state.queueOf(handle);
    if (queue === undefined) continue;
    const list = messages.get(queue) ?? [];
    messages.set(queue, list);
    const inFlight = table.status.get(handle) === Status.inFlight;
    list.push({
      id: table.id.get(handle),
      order: table.order.get(handle),
      priority: table.priority.get(handle),
      retries: table.retries.get(handle),
      maxRetries: table.maxRetries.get(handle),
      time: table.time.get(handle),
      expires: table.expires.get(handle),
      delivered: table.delivered.get(handle),
      inFlight,
      ...(inFlight
        ? { delivery: table.delivery.get(handle), deadline: table.deadline.get(handle) }
        : { visibleAt: table.visibleAt.get(handle) }),
      value: table.valueOf(handle).slice(),
      headers: table.headersOf(handle),
      note: table.noteOf(handle),
    });
  }
  const image: unknown[] = [];
  state.names.walk("", false, (serial, name) => {
    const queue = state.queueAt(serial);
    image.push({
      name,
      incarnation: queue.incarnation,
      settings: queue.settings,
      auto: queue.auto,
      holdsDead: queue.holdsDead,
      patterns: [...queue.patterns].sort(),
      dedup: queue.dedup.entries(),
      messages: (messages.get(queue) ?? []).sort(byId),
    });
    return true;
  });
  return image;
}

function byId(one: unknown, other: unknown): number {
  return (one as { id: number }).id - (other as { id: number }).id;
}

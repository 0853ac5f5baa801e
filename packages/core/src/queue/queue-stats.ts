import type { AnswerOf } from "@hivellm/synap-protocol/schema";
import { deadQueueOf, type Queue } from "./queue.ts";
import type { QueueDesk } from "./queue-desk.ts";
import type { QueueState } from "./queue-state.ts";

type Counts = Omit<AnswerOf<"queue.list">["items"][number], "name">;

export function queueCounts(state: QueueState, desk: QueueDesk, queue: Queue): Counts {
  return {
    depth: queue.ready.size,
    in_flight: queue.inFlight.size,
    delayed: queue.delayed.size,
    dead: state.find(deadQueueOf(queue.name))?.size ?? 0,
    consumers: desk.consumersOf(queue.name),
  };
}

export function queueStats(
  state: QueueState,
  desk: QueueDesk,
  queue: Queue,
  nowMs: number,
): AnswerOf<"queue.stats"> {
  const { totals } = queue;
  const oldest = queue.ready.oldestTime();
  return {
    queue: queue.name,
    ...queueCounts(state, desk, queue),
    published: totals.published,
    delivered: totals.delivered,
    acked: totals.acked,
    nacked: totals.nacked,
    timed_out: totals.timedOut,
    expired: totals.expired,
    dead_lettered: totals.deadLettered,
    oldest_message_age_secs: oldest === null ? null : Math.floor((nowMs - oldest) / 1000),
  };
}

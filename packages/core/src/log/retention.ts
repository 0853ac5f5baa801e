import type { EventLog } from "./event-log.ts";
import type { RoomRules } from "./room-settings.ts";

/**
 * The oldest offset that the rules let a log keep once `bytes` more have come, as one event; with
 * null nothing comes. O(log n), however many have to go.
 */
export function keepFrom(
  log: EventLog,
  rules: RoomRules,
  nowMs: number,
  bytes: number | null,
): number {
  const newest = bytes === null ? log.newest : log.newest + 1;
  let from = Math.max(log.oldest, newest + 1 - rules.maxEvents);
  if (rules.maxBytes !== null) {
    from = Math.max(from, log.firstWithin(rules.maxBytes - (bytes ?? 0)));
  }
  if (rules.maxAgeMs !== null) from = Math.max(from, log.firstAfter(nowMs - rules.maxAgeMs));
  return from;
}

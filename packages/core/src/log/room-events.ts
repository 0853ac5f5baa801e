import type { ServerPush, TaggedValue } from "@hivellm/synap-protocol";
import type { AnswerOf } from "@hivellm/synap-protocol/schema";
import type { LogEvent } from "./event-log.ts";

/** An event as readers get it. */
export type EventAnswer = AnswerOf<"stream.history">["events"][number];

/** What a follower missed: offsets of the incarnation that it knew, and how many events in all. */
export interface Missed {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly lost?: number | undefined;
}

/** Why a follower missed something. */
export type GapReason = "retention" | "recreated" | "deleted";

/** What an event weighs in a page beside its texts and data: offset, time, names, brackets. */
const EVENT_WEIGHT = 64;

/** About how many bytes an event takes in an answer. */
export function weightOf({ eventType, data, metadata }: LogEvent): number {
  let weight = EVENT_WEIGHT + eventType.length + data.length;
  for (const name in metadata) weight += name.length + (metadata[name] as string).length;
  return weight;
}

/** Unique among all events of all rooms, also of rooms that came back. */
export function eventId(incarnation: number, offset: number): string {
  return `${incarnation}-${offset}`;
}

/** An event's fields on the wire; `data` is a copy that outlives the turn. */
export function eventAnswer(incarnation: number, event: LogEvent, data: TaggedValue): EventAnswer {
  return {
    offset: event.offset,
    event_type: event.eventType,
    data,
    timestamp: event.timeMs,
    event_id: eventId(incarnation, event.offset),
    metadata: event.metadata ?? undefined,
  };
}

/** The push of an event: one for all followers. */
export function eventPush(
  room: string,
  incarnation: number,
  event: LogEvent,
  data: TaggedValue,
): ServerPush {
  const fields = { room, ...eventAnswer(incarnation, event, data) };
  return { kind: "push", type: "event", fields };
}

/** The push that tells a follower what it missed. */
export function gapPush(
  room: string,
  reason: GapReason,
  incarnation: number | undefined,
  { from, to, lost }: Missed,
): ServerPush {
  const fields = { kind: "stream", room, reason, incarnation, from, to, lost };
  return { kind: "push", type: "gap", fields };
}

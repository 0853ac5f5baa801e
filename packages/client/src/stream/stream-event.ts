import type { Fields } from "../calls/call.ts";
import type { StreamEvent } from "./types.ts";

/** An event as users get it, from its fields on the wire. */
export function eventOf<T>(fields: Fields): StreamEvent<T> {
  const { event_id, offset, event_type, data, timestamp, metadata } = fields;
  const event: Fields = {
    eventId: event_id,
    offset,
    eventType: event_type,
    event_type,
    data,
    timestamp,
  };
  if (metadata !== undefined) event.metadata = metadata;
  return event as unknown as StreamEvent<T>;
}

/** The incarnation of an event's room, which its id begins with; null if it does not. */
export function incarnationOf(eventId: string): number | null {
  const incarnation = Number.parseInt(eventId, 10);
  return Number.isNaN(incarnation) ? null : incarnation;
}

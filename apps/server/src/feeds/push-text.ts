import {
  type MessageFields,
  type ServerPush,
  type TaggedValue,
  valueToJsonText,
} from "@hivellm/synap-protocol";
import { deliveryToJson } from "../http/delivery-answer.ts";
import { eventToJson, metadataOf } from "../http/event-json.ts";

/*
 * Pushes as bare JSON, for listeners without a library: no envelope, and nothing that names the
 * subscription, which they know.
 */

/** A message of pub/sub. */
function messageToJson(fields: MessageFields): string {
  const message = valueToJsonText(fields.message as TaggedValue);
  return `{"topic":${JSON.stringify(fields.topic)},"message":${message},"message_id":${JSON.stringify(fields.message_id)},"timestamp":${fields.timestamp}${metadataOf(fields)}}`;
}

function pushToJson({ type, fields }: ServerPush): string {
  switch (type) {
    case "event":
      return eventToJson(fields);
    case "message":
      return messageToJson(fields);
    case "delivery":
      return deliveryToJson(fields);
    default:
      return JSON.stringify(fields); // a gap: plain data
  }
}

/** Encoded pushes by the push: those who get the same one share its bytes. */
function cached(encode: (push: ServerPush) => string): (push: ServerPush) => Buffer {
  const known = new WeakMap<ServerPush, Buffer>();
  return (push) => {
    const before = known.get(push);
    if (before !== undefined) return before;
    const bytes = Buffer.from(encode(push));
    known.set(push, bytes);
    return bytes;
  };
}

/** A push as one text frame. */
export const frameOfPush = cached(pushToJson);

const LINE_BREAKS = /[\r\n]/g;

/**
 * A push as one server-sent event. JSON may hold raw line breaks between its tokens only, where a
 * space does as well. A gap has a name of its own, so that `onmessage` does not take it for data.
 */
export const blockOfPush = cached((push) => {
  const id = idOfPush(push);
  const lines = [
    ...(push.type === "gap" ? ["event: gap"] : []),
    ...(id === null ? [] : [`id: ${id}`]),
    `data: ${pushToJson(push).replace(LINE_BREAKS, " ")}`,
  ];
  return `${lines.join("\n")}\n\n`;
});

/** Where a reader of a room goes on that comes back after this push; null if it says nothing of it. */
function idOfPush({ type, fields }: ServerPush): string | null {
  if (type === "event") return String(fields.event_id);
  const { kind, incarnation, reason, to } = fields;
  if (type !== "gap" || kind !== "stream" || incarnation === undefined) return null;
  return resumeId(Number(incarnation), reason === "retention" ? Number(to) : 0);
}

/** The id of the event with this offset: what `Last-Event-ID` brings back. */
export function resumeId(incarnation: number, offset: number): string {
  return `${incarnation}-${offset}`;
}

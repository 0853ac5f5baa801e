/** What the mock adds to partial results of event rooms and of pub/sub. */
import { asFields, asList, type Fields, type Filler, page, subscription } from "./fill-parts.ts";

const ROOM = {
  subscribers: 0,
  events: 0,
  bytes: 0,
  oldestOffset: 1,
  newestOffset: 0,
  incarnation: 1,
};

const PUBSUB = {
  topics: 0,
  subscribers: 0,
  bindings: 0,
  published: 0,
  delivered: 0,
  dropped: 0,
};

export const roomFillers: Readonly<Record<string, Filler>> = {
  "stream.create": (partial, [room]) => ({ room, created: true, ...asFields(partial) }),
  "stream.delete": () => undefined,
  "stream.rooms": (partial) => page(partial, (item) => ({ room: "room", ...ROOM, ...item })),
  "stream.stats": (partial, [room]) => ({ room, ...ROOM, ...asFields(partial) }),
  "stream.publish": (partial) => publishedEvent(asFields(partial)),
  "stream.history": (partial) => history(asFields(partial)),
  "stream.subscribe": (partial, [room]) => ({ room, ...subscription(), ...asFields(partial) }),
  "pubsub.publish": (partial, [topic]) => ({
    messageId: "1",
    topic,
    subscribersMatched: 0,
    ...asFields(partial),
  }),
  "pubsub.subscribe": (partial, [topics]) => ({
    topics: typeof topics === "string" ? [topics] : [...asList(topics)],
    ...subscription(),
    ...asFields(partial),
  }),
  "pubsub.topics": (partial) =>
    page(partial, (item) => ({ topic: "topic", subscribers: 0, ...item })),
  "pubsub.stats": (partial) => ({ ...PUBSUB, ...asFields(partial) }),
};

function publishedEvent(fields: Fields): Fields {
  const { offset = 1 } = fields;
  return { eventId: `1-${offset}`, offset, subscribersNotified: 0, ...fields };
}

/** Offsets follow each other; the bounds follow from the events. */
function history(fields: Fields): Fields {
  const events: Fields[] = [];
  let offset = 1;
  for (const partial of asList(fields.events)) {
    const complete = event(asFields(partial), offset);
    events.push(complete);
    offset = (complete.offset as number) + 1;
  }
  return {
    nextOffset: offset,
    oldestOffset: events[0]?.offset ?? 1,
    newestOffset: offset - 1,
    incarnation: 1,
    ...fields,
    events,
  };
}

/** Both spellings of an event's type are there, whichever was given. */
function event(fields: Fields, next: number): Fields {
  const type = fields.eventType ?? fields.event_type ?? "message";
  const { offset = next } = fields;
  return {
    eventId: `1-${offset}`,
    offset,
    eventType: type,
    event_type: type,
    data: null,
    timestamp: 0,
    ...fields,
  };
}

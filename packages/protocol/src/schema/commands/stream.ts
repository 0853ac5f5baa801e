import { defineCommand } from "../define.ts";
import {
  Count,
  Flag,
  Members,
  Name,
  Nullable,
  Optional,
  PageLimit,
  pageOf,
  pageRequest,
  Texts,
  TtlSeconds,
  Type,
  Value,
  Version,
} from "../types.ts";

const write = { action: "write", resource: "stream:{room}" } as const;
const read = { action: "read", resource: "stream:{room}" } as const;

const RoomName = () => Name("The room's name: 1 to 512 bytes of UTF-8.");

const Offset = (description: string) => Type.Integer({ minimum: 0, description });

const EventType = Name("What happened, such as `message`.");

const FromOffset = Type.Integer({
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "n: from n on, or the earliest kept; −n: the last n.",
});

const Incarnation = Version(
  "The room's incarnation: a room that is removed and comes back has another, and offsets from 1.",
);

/** An event, as readers and followers get it. */
export const eventFields = {
  offset: Offset("Its number in the room: 1, 2, 3 and so on."),
  event_type: EventType,
  data: Value("What was published."),
  timestamp: Count("When it was published, in milliseconds since the epoch."),
  event_id: Type.String({ description: "Unique among all events of all rooms." }),
  metadata: Optional(Texts("What was published beside it, if anything.")),
};

const roomCounts = {
  subscribers: Count("Subscriptions that are open."),
  events: Count("Events that are kept."),
  bytes: Count("What they take, in bytes."),
  oldest_offset: Offset("The oldest kept event; 1 more than the newest if none is kept."),
  newest_offset: Offset("The newest event; 0 before the first."),
  incarnation: Incarnation,
};

export const streamCommands = [
  defineCommand({
    name: "stream.create",
    number: 50,
    summary: "Creates a room.",
    description:
      "Publishing and subscribing create one too, with the defaults; such a room adopts these settings. One with other settings is ALREADY_EXISTS.",
    entity: "room",
    request: Members({
      room: RoomName(),
      max_events: Optional(
        Type.Integer({
          minimum: 1,
          maximum: 100_000_000,
          description: "Events it keeps at most; 10 000 if not given.",
        }),
      ),
      max_bytes: Optional(
        Type.Integer({
          minimum: 1,
          maximum: Number.MAX_SAFE_INTEGER,
          description: "Bytes of events it keeps at most; no such limit if not given.",
        }),
      ),
      max_age_secs: Optional(TtlSeconds),
      idle_ttl_secs: Optional(TtlSeconds),
    }),
    response: Members({ room: RoomName(), created: Flag("False if it existed.") }),
    mutates: true,
    access: write,
    http: { method: "POST", path: "/stream/{room}", answer: "created" },
    errors: ["ALREADY_EXISTS", "OUT_OF_MEMORY"],
  }),
  defineCommand({
    name: "stream.delete",
    number: 51,
    summary: "Deletes a room with its events.",
    description:
      "Its subscribers are told by a gap and stay: a room that comes back under this name is a new incarnation.",
    entity: "room",
    request: Members({ room: RoomName() }),
    response: Members({ success: Flag("Always true: a missing room is an error.") }),
    mutates: true,
    access: write,
    http: { method: "DELETE", path: "/stream/{room}" },
    errors: ["ROOM_NOT_FOUND"],
  }),
  defineCommand({
    name: "stream.rooms",
    number: 52,
    summary: "Lists rooms by name, page by page.",
    description: "In the order of the names' UTF-8 bytes.",
    entity: null,
    request: Members(pageRequest),
    response: pageOf(Members({ room: RoomName(), ...roomCounts })),
    mutates: false,
    access: { action: "read", resource: "stream:{prefix}*" },
    http: { method: "GET", path: "/stream/list" },
    errors: [],
  }),
  defineCommand({
    name: "stream.stats",
    number: 53,
    summary: "Counts of one room.",
    description: "As they are now.",
    entity: "room",
    request: Members({ room: RoomName() }),
    response: Members({ room: RoomName(), ...roomCounts }),
    mutates: false,
    access: read,
    http: { method: "GET", path: "/stream/{room}/stats" },
    errors: ["ROOM_NOT_FOUND"],
  }),
  defineCommand({
    name: "stream.publish",
    number: 54,
    summary: "Adds an event to a room.",
    description: "A room that does not exist is created.",
    entity: "room",
    request: Members({
      room: RoomName(),
      event: Optional(EventType),
      data: Value("The event's data: any JSON value or bytes."),
      metadata: Optional(Texts("What travels beside it, such as a correlation id.")),
      event_type: Optional(Name("The same as `event`.")),
    }),
    response: Members({
      event_id: eventFields.event_id,
      offset: eventFields.offset,
      subscribers_notified: Count("Subscriptions that it goes to."),
    }),
    mutates: true,
    access: write,
    http: { method: "POST", path: "/stream/{room}/publish" },
    exclusive: [["event", "event_type"]],
    errors: ["PAYLOAD_TOO_LARGE", "OUT_OF_MEMORY"],
  }),
  defineCommand({
    name: "stream.history",
    number: 55,
    summary: "Reads a room's events.",
    description:
      "From the earliest kept unless `from_offset` says otherwise. A room that does not exist has none, and is not created.",
    entity: "room",
    request: Members({
      room: RoomName(),
      from_offset: Optional(FromOffset),
      to_offset: Optional(Offset("The last offset that is wanted.")),
      limit: Optional(PageLimit),
      subscriber: Optional(Name("Who reads, for logs: the server keeps no position.")),
    }),
    response: Members({
      events: Type.Array(Members(eventFields), { description: "In the order of their offsets." }),
      next_offset: Offset("Where reading goes on."),
      oldest_offset: roomCounts.oldest_offset,
      newest_offset: roomCounts.newest_offset,
      incarnation: Nullable(Incarnation, "The room's incarnation; null if there is no room."),
    }),
    mutates: false,
    access: read,
    http: { method: "GET", path: "/stream/{room}/consume/{subscriber}", answer: "events" },
    errors: [],
  }),
  defineCommand({
    name: "stream.subscribe",
    number: 56,
    summary: "Follows a room: each event once, in order, first the kept ones then the live ones.",
    description:
      "With `from_offset`, or `replay` alone (from the earliest kept), kept events come first; else only new ones. With `incarnation`, a room that is not that one any more is told by a gap, and read from its beginning. Subscribing again moves the follower back to the earlier position. A room that does not exist is created.",
    entity: "room",
    request: Members({
      room: RoomName(),
      from_offset: Optional(FromOffset),
      replay: Optional(
        Flag("Whether kept events come first: true if `from_offset` is given, else false."),
      ),
      incarnation: Optional(Incarnation),
    }),
    response: Members({
      room: RoomName(),
      next_offset: Offset("The first event that will come."),
      oldest_offset: roomCounts.oldest_offset,
      newest_offset: roomCounts.newest_offset,
      incarnation: Incarnation,
    }),
    mutates: true,
    bindsSession: true,
    access: read,
    errors: ["SUBSCRIBER_LIMIT", "OUT_OF_MEMORY"],
  }),
  defineCommand({
    name: "stream.unsubscribe",
    number: 57,
    summary: "Stops following a room.",
    description: "A push that is already on its way may still arrive.",
    entity: "room",
    request: Members({ room: RoomName() }),
    response: Members({ success: Flag("False if it was not followed.") }),
    mutates: false,
    bindsSession: true,
    access: read,
    errors: [],
  }),
] as const;

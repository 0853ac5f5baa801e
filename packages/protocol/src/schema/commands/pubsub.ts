import { MAX_PATTERNS } from "../../limits.ts";
import { defineCommand } from "../define.ts";
import {
  Count,
  Members,
  Name,
  Optional,
  Pattern,
  pageOf,
  pageRequest,
  Texts,
  Topic,
  Type,
  Value,
} from "../types.ts";

const Patterns = Type.Array(Pattern("A topic, or a pattern: `*` is one segment, `#` any number."), {
  minItems: 1,
  maxItems: MAX_PATTERNS,
  description: "Topics and patterns.",
  expected: `an array of 1 to ${MAX_PATTERNS} topics or patterns`,
});

const Group = Name("Each message goes to one member of the group.");

/** A message, as subscribers get it. */
export const messageFields = {
  topic: Topic("Where it was published."),
  message: Value("What was published."),
  message_id: Type.String({ description: "Unique among all messages." }),
  timestamp: Count("When it was published, in milliseconds since the epoch."),
  metadata: Optional(Texts("What was published beside it, if anything.")),
  group: Optional(Name("The group that it is for, if it came by one.")),
};

export const pubsubCommands = [
  defineCommand({
    name: "pubsub.publish",
    number: 60,
    summary: "Sends a message to whoever listens to a topic now.",
    description:
      "Nothing is stored, but in the queues that are bound to a matching pattern, which get it in the same record. `payload` and `data` are other names of `message`.",
    entity: "topic",
    request: Members({
      topic: Topic("The topic: segments joined by dots."),
      message: Optional(Value("The message: any JSON value or bytes.")),
      metadata: Optional(Texts("What travels beside it, such as a correlation id.")),
      payload: Optional(Value("The same as `message`.")),
      data: Optional(Value("The same as `message`.")),
    }),
    response: Members({
      message_id: messageFields.message_id,
      topic: messageFields.topic,
      subscribers_matched: Count("Subscribers that it goes to, bound queues included."),
    }),
    mutates: true,
    access: { action: "write", resource: "pubsub:{topic}" },
    http: { method: "POST", path: "/pubsub/{topic}/publish" },
    exclusive: [["message", "payload", "data"]],
    errors: ["PAYLOAD_TOO_LARGE", "QUEUE_FULL", "OUT_OF_MEMORY"],
  }),
  defineCommand({
    name: "pubsub.subscribe",
    number: 61,
    summary: "Listens to topics.",
    description:
      "One copy of each message comes, however many of the patterns match; with `group`, each message goes to one member of the group. A subscriber that does not keep up loses the oldest messages and is told how many.",
    entity: null,
    request: Members({ topics: Patterns, group: Optional(Group) }),
    response: Members({ topics: Patterns }),
    mutates: false,
    bindsSession: true,
    access: { action: "read", resource: "pubsub:{topics}" },
    errors: ["SUBSCRIBER_LIMIT", "OUT_OF_MEMORY"],
  }),
  defineCommand({
    name: "pubsub.unsubscribe",
    number: 62,
    summary: "Stops listening.",
    description: "To these topics and patterns, as they were subscribed; to all if none is named.",
    entity: null,
    request: Members({ topics: Optional(Patterns), group: Optional(Group) }),
    response: Members({ removed: Count("How many subscriptions ended.") }),
    mutates: false,
    bindsSession: true,
    access: { action: "read", resource: "pubsub:{topics}" },
    errors: [],
  }),
  defineCommand({
    name: "pubsub.topics",
    number: 63,
    summary: "Lists the topics and patterns that somebody listens to, page by page.",
    description: "In the order of their UTF-8 bytes.",
    entity: null,
    request: Members(pageRequest),
    response: pageOf(
      Members({
        topic: Type.String({ description: "A topic or pattern." }),
        subscribers: Count("Who listens to it, bound queues included."),
      }),
    ),
    mutates: false,
    access: { action: "read", resource: "pubsub:*" },
    http: { method: "GET", path: "/pubsub/topics" },
    errors: [],
  }),
  defineCommand({
    name: "pubsub.stats",
    number: 64,
    summary: "Counts of pub/sub.",
    description: "Totals run from the start of the server.",
    entity: null,
    request: Members({}),
    response: Members({
      topics: Count("Topics and patterns that somebody listens to."),
      subscribers: Count("Sessions that listen to something."),
      bindings: Count("Queues bound to a pattern."),
      published: Count("Messages published."),
      delivered: Count("Copies that went to subscribers."),
      dropped: Count("Copies that slow subscribers lost."),
    }),
    mutates: false,
    access: { action: "read", resource: "pubsub:*" },
    http: { method: "GET", path: "/pubsub/stats" },
    errors: [],
  }),
] as const;

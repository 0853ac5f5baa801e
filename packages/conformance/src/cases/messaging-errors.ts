import { has, refusal } from "../expectations.ts";
import { pushes, theWire } from "../needs.ts";
import type { ConformanceCase, Fields, Need } from "../types.ts";

type Invalid = readonly [command: string, payload: Fields, path: string, needs?: Need];

/** One more than travels beside a message. */
const manyTexts = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`h${i}`, "x"]));

/** Requests that a caller of any flavour can make, and the field that the error must name. */
const invalid: readonly Invalid[] = [
  ["queue.create", { queue: "" }, "queue"],
  ["queue.create", { queue: "a\nb" }, "queue"],
  ["queue.create", { queue: "é".repeat(257) }, "queue"],
  ["queue.create", { queue: "q", max_depth: 0 }, "max_depth"],
  ["queue.create", { queue: "q", max_depth: 1.5 }, "max_depth"],
  ["queue.create", { queue: "q", ack_deadline_secs: 0 }, "ack_deadline_secs"],
  ["queue.create", { queue: "q", ack_deadline_secs: 43_201 }, "ack_deadline_secs"],
  ["queue.create", { queue: "q", default_max_retries: -1 }, "default_max_retries"],
  ["queue.create", { queue: "q", retry_backoff_secs: -1 }, "retry_backoff_secs"],
  ["queue.create", { queue: "q", default_ttl_secs: 0 }, "default_ttl_secs"],
  ["queue.publish", { queue: "", message: 1 }, "queue"],
  ["queue.publish", { queue: "q", message: 1, priority: 10 }, "priority"],
  ["queue.publish", { queue: "q", message: 1, priority: -1 }, "priority"],
  ["queue.publish", { queue: "q", message: 1, priority: 5.5 }, "priority"],
  ["queue.publish", { queue: "q", message: 1, delay: -1 }, "delay"],
  ["queue.publish", { queue: "q", message: 1, ttl: 0 }, "ttl"],
  ["queue.publish", { queue: "q", message: 1, ttl: "60" }, "ttl"],
  ["queue.publish", { queue: "q", message: 1, max_retries: -1 }, "max_retries"],
  ["queue.publish", { queue: "q", message: 1, dedup_id: "" }, "dedup_id"],
  ["queue.publish", { queue: "q", message: 1, headers: { a: 1 } }, "headers.a"],
  ["queue.publish", { queue: "q", message: 1, headers: { a: "x".repeat(8_193) } }, "headers.a"],
  ["queue.publish", { queue: "q", message: 1, headers: manyTexts }, "headers"],
  ["queue.publish_many", { queue: "q", messages: [] }, "messages"],
  [
    "queue.publish_many",
    { queue: "q", messages: [{ message: 1 }, { message: 1, priority: 10 }] },
    "messages[1].priority",
  ],
  [
    "queue.publish_many",
    { queue: "q", messages: [{ message: 1, prio: 10 }] },
    "messages[0].prio",
    theWire,
  ],
  ["queue.consume", { queue: "q", timeout: -1 }, "timeout"],
  ["queue.consume", { queue: "q", timeout: 55.5 }, "timeout"],
  ["queue.consume", { queue: "q", ack_deadline: 0 }, "ack_deadline"],
  ["queue.consume", { queue: "q", max_messages: 0 }, "max_messages"],
  ["queue.consume", { queue: "q", max_messages: 1_001 }, "max_messages"],
  ["queue.consume", { queue: "q", consumer_id: "a\u0000" }, "consumer_id"],
  ["queue.nack", { queue: "q", message_id: "1", delay: -1 }, "delay"],
  ["queue.nack", { queue: "q", message_id: "1", error: "x".repeat(8_193) }, "error"],
  ["queue.extend", { queue: "q", message_id: "1", ack_deadline: 0 }, "ack_deadline"],
  ["queue.subscribe", { queue: "q", prefetch: 0 }, "prefetch", pushes],
  ["queue.subscribe", { queue: "q", prefetch: 10_001 }, "prefetch", pushes],
  ["queue.subscribe", { queue: "q", ack_deadline: -1 }, "ack_deadline", pushes],
  ["queue.peek", { queue: "q", limit: 0 }, "limit"],
  ["queue.list", { limit: 10_001 }, "limit"],
  ["queue.dead.list", { queue: "q", limit: 0 }, "limit"],
  ["queue.dead.redrive", { queue: "q", limit: 0 }, "limit"],
  ["queue.dead.redrive", { queue: "q", message_ids: [] }, "message_ids"],
  ["queue.dead.redrive", { queue: "q", message_ids: ["1", ""] }, "message_ids[1]"],
  ["queue.dead.redrive", { queue: "q", limit: 1, message_ids: ["1"] }, "message_ids"],
  ["queue.bind", { queue: "q", pattern: "a..b" }, "pattern"],
  ["stream.create", { room: "" }, "room"],
  ["stream.create", { room: "r", max_events: 0 }, "max_events"],
  ["stream.create", { room: "r", max_bytes: 0 }, "max_bytes"],
  ["stream.create", { room: "r", max_age_secs: 0 }, "max_age_secs"],
  ["stream.create", { room: "r", idle_ttl_secs: -1 }, "idle_ttl_secs"],
  ["stream.publish", { room: "", event: "e", data: 1 }, "room"],
  ["stream.publish", { room: "r", event: "", data: 1 }, "event"],
  ["stream.publish", { room: "r", event: "a\tb", data: 1 }, "event"],
  ["stream.publish", { room: "r", event: "e", data: 1, metadata: { a: 1 } }, "metadata.a"],
  ["stream.publish", { room: "r", event: "e", data: 1, metadata: manyTexts }, "metadata"],
  ["stream.history", { room: "r", from_offset: 1.5 }, "from_offset"],
  ["stream.history", { room: "r", to_offset: -1 }, "to_offset"],
  ["stream.subscribe", { room: "r", from_offset: 0.5 }, "from_offset", pushes],
  ["stream.subscribe", { room: "" }, "room", pushes],
  ["pubsub.publish", { topic: "a..b", message: 1 }, "topic"],
  ["pubsub.publish", { topic: "t", message: 1, metadata: { a: [] } }, "metadata.a"],
  ["pubsub.subscribe", { topics: [] }, "topics", pushes],
  ["pubsub.subscribe", { topics: ["a", "b."] }, "topics[1]", pushes],
  ["pubsub.subscribe", { topics: ["a"], group: "" }, "group", pushes],
];

export const messagingErrors: readonly ConformanceCase[] = invalid.map(
  ([command, payload, path, needs]): ConformanceCase => ({
    name: `${command} ${JSON.stringify(payload).slice(0, 60)}: the error names ${path}`,
    ...(needs === undefined ? {} : { needs }),
    async run({ call }) {
      await refusal(call(command, payload), "INVALID_REQUEST", { path });
      has(await call("queue.list"), { items: [] });
      has(await call("stream.rooms"), { items: [] });
      has(await call("pubsub.stats"), { topics: 0, published: 0 });
    },
  }),
);

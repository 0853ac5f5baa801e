import { test } from "vitest";
import {
  checkMethod,
  checkRefusal,
  type MethodCase,
  type RefusalCase,
} from "../../test/method-cases.ts";

const PUBLISHED = { message_id: "1", topic: "a.b", subscribers_matched: 2 };
const CAMEL_PUBLISHED = { messageId: "1", topic: "a.b", subscribersMatched: 2 };
const STATS = { topics: 1, subscribers: 2, bindings: 3, published: 4, delivered: 5, dropped: 6 };

const cases: MethodCase[] = [
  [
    "publish",
    ({ pubsub }) => pubsub.publish("a.b", { a_b: 1 }),
    "pubsub.publish",
    { topic: "a.b", message: { a_b: 1 } },
    PUBLISHED,
    CAMEL_PUBLISHED,
  ],
  [
    "publish with metadata",
    ({ pubsub }) =>
      pubsub.publish("a.b", 1, { metadata: { trace: "x", none: undefined }, timeoutMs: 5 }),
    "pubsub.publish",
    { topic: "a.b", message: 1, metadata: { trace: "x" } },
    PUBLISHED,
    CAMEL_PUBLISHED,
  ],
  [
    "topics",
    ({ pubsub }) => pubsub.topics("a"),
    "pubsub.topics",
    { prefix: "a" },
    { items: [{ topic: "a.#", subscribers: 1 }], cursor: "c", has_more: true },
    { items: [{ topic: "a.#", subscribers: 1 }], cursor: "c", hasMore: true },
  ],
  ["stats", ({ pubsub }) => pubsub.stats(), "pubsub.stats", {}, STATS, STATS],
];

test.each(cases)("%s", checkMethod);

const refusals: RefusalCase[] = [
  ["publish of undefined", ({ pubsub }) => pubsub.publish("a", undefined), "message"],
  ["an unknown option", ({ pubsub }) => pubsub.publish("a", 1, { meta: {} } as never), "meta"],
  ["a group without a name", ({ pubsub }) => pubsub.messages("a", { group: "" }).next(), "group"],
  ["messages of nothing", ({ pubsub }) => pubsub.messages([]).next(), "topics"],
  [
    "messages with no room to wait",
    ({ pubsub }) => pubsub.messages("a", { maxWaiting: 0 }).next(),
    "maxWaiting",
  ],
];

test.each(refusals)("%s is refused", checkRefusal);

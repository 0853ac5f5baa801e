import { test } from "vitest";
import { event } from "../../test/fake-answers.ts";
import {
  checkMethod,
  checkRefusal,
  type MethodCase,
  type RefusalCase,
} from "../../test/method-cases.ts";

const STATS = {
  room: "r",
  subscribers: 1,
  events: 2,
  bytes: 3,
  oldest_offset: 4,
  newest_offset: 5,
  incarnation: 6,
};
const CAMEL_STATS = {
  room: "r",
  subscribers: 1,
  events: 2,
  bytes: 3,
  oldestOffset: 4,
  newestOffset: 5,
  incarnation: 6,
};
const PUBLISHED = { event_id: "7-1", offset: 1, subscribers_notified: 2 };
const CAMEL_PUBLISHED = { eventId: "7-1", offset: 1, subscribersNotified: 2 };
const { room: _, ...EVENT } = event(1, { metadata: { trace_id: "x" } });
const BOUNDS = { next_offset: 2, oldest_offset: 1, newest_offset: 1, incarnation: 7 };
const CAMEL_BOUNDS = { nextOffset: 2, oldestOffset: 1, newestOffset: 1, incarnation: 7 };

const cases: MethodCase[] = [
  [
    "create",
    ({ stream }) => stream.create("r", { maxEvents: 5, maxAgeSecs: 60, idleTtlSecs: 9 }),
    "stream.create",
    { room: "r", max_events: 5, max_age_secs: 60, idle_ttl_secs: 9 },
    { room: "r", created: false },
    { room: "r", created: false },
  ],
  [
    "delete",
    ({ stream }) => stream.delete("r"),
    "stream.delete",
    { room: "r" },
    { success: true },
    undefined,
  ],
  [
    "rooms",
    ({ stream }) => stream.rooms({ prefix: "r", limit: 1 }),
    "stream.rooms",
    { prefix: "r", limit: 1 },
    { items: [STATS], cursor: null, has_more: false },
    { items: [CAMEL_STATS], cursor: null, hasMore: false },
  ],
  ["stats", ({ stream }) => stream.stats("r"), "stream.stats", { room: "r" }, STATS, CAMEL_STATS],
  [
    "publish",
    ({ stream }) => stream.publish("r", "e", { a_b: 1 }),
    "stream.publish",
    { room: "r", event: "e", data: { a_b: 1 } },
    PUBLISHED,
    CAMEL_PUBLISHED,
  ],
  [
    "publish with metadata",
    ({ stream }) =>
      stream.publish("r", "e", null, { trace: "x", none: undefined }, { timeoutMs: 5 }),
    "stream.publish",
    { room: "r", event: "e", data: null, metadata: { trace: "x" } },
    PUBLISHED,
    CAMEL_PUBLISHED,
  ],
  [
    "publish without metadata, with options",
    ({ stream }) => stream.publish("r", "e", 1, null, { timeoutMs: 5 }),
    "stream.publish",
    { room: "r", event: "e", data: 1 },
    PUBLISHED,
    CAMEL_PUBLISHED,
  ],
  [
    "history",
    ({ stream }) => stream.history("r"),
    "stream.history",
    { room: "r" },
    { events: [EVENT], ...BOUNDS },
    {
      events: [
        {
          eventId: "7-1",
          offset: 1,
          eventType: "e",
          event_type: "e",
          data: 1,
          timestamp: 0,
          metadata: { trace_id: "x" },
        },
      ],
      ...CAMEL_BOUNDS,
    },
  ],
  [
    "history with every option",
    ({ stream }) =>
      stream.history("r", { fromOffset: -50, toOffset: null, limit: 50, timeoutMs: 5 }),
    "stream.history",
    { room: "r", from_offset: -50, limit: 50 },
    { events: [], ...BOUNDS, incarnation: null },
    { events: [], ...CAMEL_BOUNDS, incarnation: null },
  ],
];

test.each(cases)("%s", checkMethod);

const refusals: RefusalCase[] = [
  ["publish of undefined", ({ stream }) => stream.publish("r", "e", undefined), "data"],
  ["metadata that is none", ({ stream }) => stream.publish("r", "e", 1, "x" as never), "metadata"],
  [
    "an unknown option",
    ({ stream }) => stream.history("r", { from_offset: 1 } as never),
    "from_offset",
  ],
  ["options that are none", ({ stream }) => stream.history("r", 50 as never), "options"],
  ["subscribe without a handler", ({ stream }) => stream.subscribe("r", 1 as never), "onEvent"],
];

test.each(refusals)("%s is refused", checkRefusal);

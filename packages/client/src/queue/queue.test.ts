import { expect, expectTypeOf, test } from "vitest";
import { delivery } from "../../test/fake-answers.ts";
import {
  checkMethod,
  checkRefusal,
  type MethodCase,
  type RefusalCase,
} from "../../test/method-cases.ts";
import type { Queue } from "./queue-api.ts";
import type { QueueMessage } from "./types.ts";

const DONE = { success: true };
const PUBLISHED = { message_id: "7", position: 2 };
const COUNTS = { depth: 1, in_flight: 2, delayed: 3, dead: 4, consumers: 5 };
const TOTALS = { published: 1, delivered: 2, acked: 3, nacked: 4, expired: 5 };
const EMPTY = { items: [], cursor: null, has_more: false };
const NO_MORE = { items: [], cursor: null, hasMore: false };
const { queue: _, ...PUSHED } = delivery("7", { message_id: "7~9", headers: { trace_id: "x" } });
const MESSAGE = {
  messageId: "7",
  message: "message 7",
  priority: 5,
  retryCount: 0,
  maxRetries: 3,
  headers: { trace_id: "x" },
  timestamp: 0,
  deadline: 0,
};
const { message_id: _receipt, deadline: _deadline, ...WAITING } = PUSHED;
const { deadline: __, ...LOOKED_AT } = MESSAGE;

const admin: MethodCase[] = [
  [
    "create",
    ({ queue }) => queue.create("q", { maxDepth: 5, ackDeadlineSecs: 60, exclusive: true }),
    "queue.create",
    { queue: "q", max_depth: 5, ack_deadline_secs: 60, exclusive: true },
    { queue: "q", created: true },
    { queue: "q", created: true },
  ],
  ["delete", ({ queue }) => queue.delete("q"), "queue.delete", { queue: "q" }, DONE, undefined],
  [
    "list",
    ({ queue }) => queue.list("p"),
    "queue.list",
    { prefix: "p" },
    { items: [{ name: "q", ...COUNTS }], cursor: "c", has_more: true },
    {
      items: [{ name: "q", depth: 1, inFlight: 2, delayed: 3, dead: 4, consumers: 5 }],
      cursor: "c",
      hasMore: true,
    },
  ],
  [
    "list, next page",
    ({ queue }) => queue.list({ cursor: "c", limit: 5, timeoutMs: 5 }),
    "queue.list",
    { cursor: "c", limit: 5 },
    EMPTY,
    NO_MORE,
  ],
  [
    "stats",
    ({ queue }) => queue.stats("q"),
    "queue.stats",
    { queue: "q" },
    {
      queue: "q",
      ...COUNTS,
      ...TOTALS,
      timed_out: 6,
      dead_lettered: 7,
      oldest_message_age_secs: 8,
    },
    {
      queue: "q",
      depth: 1,
      inFlight: 2,
      delayed: 3,
      dead: 4,
      consumers: 5,
      ...TOTALS,
      timedOut: 6,
      deadLettered: 7,
      oldestMessageAgeSecs: 8,
    },
  ],
  ["purge", ({ queue }) => queue.purge("q"), "queue.purge", { queue: "q" }, { purged: 3 }, 3],
  [
    "bind",
    ({ queue }) => queue.bind("q", "a.#"),
    "queue.bind",
    { queue: "q", pattern: "a.#" },
    DONE,
    true,
  ],
  [
    "unbind",
    ({ queue }) => queue.unbind("q", "a.#"),
    "queue.unbind",
    { queue: "q", pattern: "a.#" },
    { success: false },
    false,
  ],
  [
    "bindings",
    ({ queue }) => queue.bindings("q", { cursor: null, prefix: "a" }),
    "queue.bindings",
    { queue: "q", prefix: "a" },
    { ...EMPTY, items: [{ pattern: "a.#" }] },
    { ...NO_MORE, items: [{ pattern: "a.#" }] },
  ],
  [
    "peek",
    ({ queue }) => queue.peek("q", { limit: 5 }),
    "queue.peek",
    { queue: "q", limit: 5 },
    { messages: [WAITING] },
    [LOOKED_AT],
  ],
  [
    "dead.list",
    ({ queue }) => queue.dead.list("q", { limit: 5, cursor: null }),
    "queue.dead.list",
    { queue: "q", limit: 5 },
    { ...EMPTY, items: [{ ...WAITING, reason: "rejected", error: null, failed_at: 1 }] },
    { ...NO_MORE, items: [{ ...LOOKED_AT, reason: "rejected", error: null, failedAt: 1 }] },
  ],
  [
    "dead.redrive",
    ({ queue }) => queue.dead.redrive("q", { messageIds: ["7"] }),
    "queue.dead.redrive",
    { queue: "q", message_ids: ["7"] },
    { redriven: 1, remaining: 0 },
    { redriven: 1, remaining: 0 },
  ],
  [
    "dead.purge",
    ({ queue }) => queue.dead.purge("q"),
    "queue.dead.purge",
    { queue: "q" },
    { purged: 3 },
    3,
  ],
];

const messages: MethodCase[] = [
  [
    "publish",
    ({ queue }) => queue.publish("q", null),
    "queue.publish",
    { queue: "q", message: null },
    PUBLISHED,
    { messageId: "7", position: 2 },
  ],
  [
    "publish with every option",
    ({ queue }) =>
      queue.publish("q", [1], {
        priority: 9,
        headers: { trace: "x", none: undefined },
        delay: 5,
        maxRetries: 0,
        dedupId: "d",
        ttl: 60,
        timeoutMs: 5,
      }),
    "queue.publish",
    {
      queue: "q",
      message: [1],
      priority: 9,
      headers: { trace: "x" },
      delay: 5,
      max_retries: 0,
      dedup_id: "d",
      ttl: 60,
    },
    { ...PUBLISHED, duplicate: true },
    { messageId: "7", position: 2, duplicate: true },
  ],
  [
    "publishMany",
    ({ queue }) => queue.publishMany("q", [{ message: 1, priority: 0 }, { message: { a: 1 } }]),
    "queue.publish_many",
    { queue: "q", messages: [{ message: 1, priority: 0 }, { message: { a: 1 } }] },
    { messages: [PUBLISHED, PUBLISHED] },
    [
      { messageId: "7", position: 2 },
      { messageId: "7", position: 2 },
    ],
  ],
  [
    "consume",
    ({ queue }) => queue.consume("q"),
    "queue.consume",
    { queue: "q" },
    { messages: [PUSHED] },
    MESSAGE,
  ],
  [
    "consume of nothing, with every option",
    ({ queue }) => queue.consume("q", { timeout: 30, ackDeadline: 300, consumerId: "w" }),
    "queue.consume",
    { queue: "q", timeout: 30, ack_deadline: 300, consumer_id: "w" },
    { messages: [] },
    null,
  ],
  [
    "consumeMany",
    ({ queue }) => queue.consumeMany("q", 10, { timeout: 1 }),
    "queue.consume",
    { queue: "q", max_messages: 10, timeout: 1 },
    { messages: [PUSHED] },
    [MESSAGE],
  ],
  [
    "ack",
    ({ queue }) => queue.ack("q", "7"),
    "queue.ack",
    { queue: "q", message_id: "7" },
    DONE,
    undefined,
  ],
  [
    "ack of a list",
    ({ queue }) => queue.ack("q", ["7", "8"]),
    "queue.ack_many",
    { queue: "q", message_ids: ["7", "8"] },
    { acked: 2, missing: [] },
    undefined,
  ],
  [
    "nack",
    ({ queue }) => queue.nack("q", "7"),
    "queue.nack",
    { queue: "q", message_id: "7" },
    { success: true, action: "requeued" },
    { success: true, action: "requeued" },
  ],
  [
    "nack for good",
    ({ queue }) => queue.nack("q", "7", false, { timeoutMs: 5 }),
    "queue.nack",
    { queue: "q", message_id: "7", requeue: false },
    { success: true, action: "dead_lettered" },
    { success: true, action: "dead_lettered" },
  ],
  [
    "nack with every option",
    ({ queue }) => queue.nack("q", "7", { requeue: true, delay: 5, error: "no", timeoutMs: 5 }),
    "queue.nack",
    { queue: "q", message_id: "7", requeue: true, delay: 5, error: "no" },
    { success: true, action: "requeued" },
    { success: true, action: "requeued" },
  ],
  [
    "release",
    ({ queue }) => queue.release("q", "7"),
    "queue.release",
    { queue: "q", message_id: "7" },
    DONE,
    undefined,
  ],
  [
    "extend",
    ({ queue }) => queue.extend("q", "7", 60),
    "queue.extend",
    { queue: "q", message_id: "7", ack_deadline: 60 },
    { success: true, deadline: 9 },
    { success: true, deadline: 9 },
  ],
  [
    "extend by the queue's own",
    ({ queue }) => queue.extend("q", "7"),
    "queue.extend",
    { queue: "q", message_id: "7" },
    { success: true, deadline: 9 },
    { success: true, deadline: 9 },
  ],
];

test.each([...admin, ...messages])("%s", checkMethod);

const refusals: RefusalCase[] = [
  ["publish of undefined", ({ queue }) => queue.publish("q", undefined), "message"],
  ["an unknown option", ({ queue }) => queue.publish("q", 1, { prio: 1 } as never), "prio"],
  [
    "headers that are none",
    ({ queue }) => queue.publish("q", 1, { headers: [] as never }),
    "headers",
  ],
  [
    "publishMany of undefined",
    ({ queue }) => queue.publishMany("q", [{ message: 1 }, { message: undefined }]),
    "messages[1].message",
  ],
  ["publishMany of one", ({ queue }) => queue.publishMany("q", 1 as never), "messages"],
  ["consume in milliseconds", ({ queue }) => queue.consume("q", { waitMs: 1 } as never), "waitMs"],
  ["ack of nothing", ({ queue }) => queue.ack("q", undefined as never), "delivery"],
  ["ack of an empty list", ({ queue }) => queue.ack("q", []), "delivery"],
  ["ack of too long a list", ({ queue }) => queue.ack("q", Array(1_001).fill("7")), "delivery"],
  [
    "nack with an unknown option",
    ({ queue }) => queue.nack("q", "7", { dela: 1 } as never),
    "dela",
  ],
  ["process without a handler", ({ queue }) => queue.process("q", null as never), "handler"],
  [
    "process by half a handler",
    ({ queue }) => queue.process("q", () => undefined, { concurrency: 0.5 }),
    "concurrency",
  ],
  ["subscribe without a handler", ({ queue }) => queue.subscribe("q", 1 as never), "onMessage"],
  [
    "messages, none at once",
    ({ queue }) => queue.messages("q", { prefetch: 0 }).next(),
    "prefetch",
  ],
];

test.each(refusals)("%s is refused", checkRefusal);

test("types of messages", () => {
  interface Job {
    readonly to: string;
  }
  type Process = Queue["process"];
  expectTypeOf<Process>().toBeCallableWith("q", (message) => message.message);
  const typed = (queue: Queue) => [
    queue.consume<Job>("q"),
    queue.process<Job>("q", ({ message }, { signal }) => [message.to, signal.aborted]),
    queue.process("q", (message: QueueMessage<Job>) => message.message.to),
    queue.subscribe<Job>("q", ({ message }) => message.to),
  ];
  expect(typed).toBeTypeOf("function");
});

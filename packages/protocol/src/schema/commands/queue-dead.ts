import { MAX_MESSAGES } from "../../limits.ts";
import { defineCommand } from "../define.ts";
import {
  Count,
  Members,
  Nullable,
  Optional,
  PageLimit,
  pageOf,
  pageRequest,
  Type,
} from "../types.ts";
import { MessageId, QueueName, Waiting } from "./queue-parts.ts";

const Reason = Type.Union(
  [Type.Literal("max_retries"), Type.Literal("deadline"), Type.Literal("rejected")],
  {
    description:
      "`max_retries`: the last retry failed; `deadline`: the last retry ran out of time; `rejected`: nack with requeue false.",
  },
);

const MessageIds = Type.Array(MessageId("A dead letter's `id`."), {
  minItems: 1,
  maxItems: MAX_MESSAGES,
  description: "Only these.",
  expected: `an array of 1 to ${MAX_MESSAGES} ids`,
});

/** Dead letters are the messages of a queue named after theirs: `jobs.dead`. */
export const deadLetterCommands = [
  defineCommand({
    name: "queue.dead.list",
    number: 39,
    summary: "Lists a queue's dead letters, the oldest first, page by page.",
    description:
      "They are the messages of the queue `<queue>.dead`, which can be consumed like any other.",
    entity: "queue",
    request: Members({
      queue: QueueName(),
      cursor: pageRequest.cursor,
      limit: Optional(PageLimit),
    }),
    response: pageOf(
      Members({
        ...Waiting,
        reason: Reason,
        error: Nullable(Type.String(), "What the last nack said; null if it said nothing."),
        failed_at: Count("When it became a dead letter, in milliseconds since the epoch."),
      }),
    ),
    mutates: false,
    access: { action: "read", resource: "queue:{queue}" },
    http: { method: "GET", path: "/queue/{queue}/dead" },
    errors: ["QUEUE_NOT_FOUND"],
  }),
  defineCommand({
    name: "queue.dead.redrive",
    number: 40,
    summary: "Puts dead letters back into their queue.",
    description:
      "The oldest first, at most `limit` of them, or those named. They keep id and priority, begin with no retry burned, and line up behind what waits.",
    entity: "queue",
    request: Members({
      queue: QueueName(),
      limit: Optional(
        Type.Integer({
          minimum: 1,
          maximum: MAX_MESSAGES,
          default: MAX_MESSAGES,
          description: `How many; ${MAX_MESSAGES} if not given.`,
        }),
      ),
      message_ids: Optional(MessageIds),
    }),
    response: Members({
      redriven: Count("How many went back."),
      remaining: Count("Dead letters that are left."),
    }),
    mutates: true,
    access: { action: "write", resource: "queue:{queue}" },
    http: { method: "POST", path: "/queue/{queue}/dead/redrive" },
    exclusive: [["limit", "message_ids"]],
    errors: ["QUEUE_NOT_FOUND", "MESSAGE_NOT_FOUND", "QUEUE_FULL"],
  }),
  defineCommand({
    name: "queue.dead.purge",
    number: 41,
    summary: "Removes a queue's dead letters.",
    description: "For ever.",
    entity: "queue",
    request: Members({ queue: QueueName() }),
    response: Members({ purged: Count("How many were removed.") }),
    mutates: true,
    access: { action: "write", resource: "queue:{queue}" },
    http: { method: "POST", path: "/queue/{queue}/dead/purge" },
    errors: ["QUEUE_NOT_FOUND"],
  }),
] as const;

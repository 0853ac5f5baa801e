import { MAX_POLL_SECONDS, MAX_PREFETCH } from "../../limits.ts";
import {
  AckDeadline,
  Count,
  Delay,
  Flag,
  Members,
  Name,
  Nullable,
  Optional,
  Texts,
  TtlSeconds,
  Type,
  Value,
} from "../types.ts";

/* What several queue commands share. */

export const QueueName = () => Name("The queue's name: 1 to 512 bytes of UTF-8.");

export const MessageId = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: 64,
    description,
    expected: "the message_id of a delivery, as it came",
  });

export const Receipt = () =>
  MessageId("The `message_id` of the delivery in hand: its receipt, good for that delivery only.");

const Priority = Type.Integer({
  minimum: 0,
  maximum: 9,
  default: 5,
  description: "0 to 9, higher first; 5 if not given.",
});

const Retries = (description: string) =>
  Type.Integer({ minimum: 0, maximum: 1_000_000, description });

/** One message as it is published. Without `queue` and `payload`, a member of a batch. */
export const Publication = {
  message: Optional(Value("The message: any JSON value or bytes.")),
  priority: Optional(Priority),
  headers: Optional(Texts("What travels beside the message, such as a trace id.")),
  delay: Optional(Delay("Seconds until it can be delivered.")),
  max_retries: Optional(Retries("How often it is retried; the queue's default if not given.")),
  dedup_id: Optional(
    Name(
      "A message with the id of one published within the queue's window is not published again.",
    ),
  ),
  ttl: Optional(TtlSeconds),
};

export const Published = {
  message_id: Type.String({ description: "The message's id. It stays the same." }),
  position: Count("Messages ready at the same or a higher priority before it; 0 is next."),
  duplicate: Optional(Flag("True if `dedup_id` named a message that had been published before.")),
};

/** Creates a queue, so that everything about it has a value. */
export const QueueSettings = {
  max_depth: Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000_000,
      description: "Messages it holds at most, those in flight included; 100 000 if not given.",
    }),
  ),
  ack_deadline_secs: Optional(
    AckDeadline("Seconds in which a delivery must be acknowledged; 30 if not given."),
  ),
  default_max_retries: Optional(
    Retries("Retries before a message is dead-lettered; 3 if not given: four deliveries in all."),
  ),
  retry_backoff_secs: Optional(
    Delay("Seconds before the first retry, doubled for each one after it; 0 if not given."),
  ),
  retry_backoff_max_secs: Optional(Delay("What that grows to at most; 3600 if not given.")),
  dedup_window_secs: Optional(
    Delay("Seconds in which a dedup_id is remembered; 300 if not given."),
  ),
  default_ttl_secs: Optional(TtlSeconds),
  exclusive: Optional(Flag("One consumer at a time, in order; the next takes over when it ends.")),
};

/** One delivery, as consumers get it. */
export const deliveryFields = {
  id: Type.String({ description: "The message's own id, as publish returned it." }),
  message_id: Type.String({
    description: "The receipt: the id in the very first delivery, `<id>~<seq>` in any later one.",
  }),
  message: Value("The message."),
  priority: Count("Its priority."),
  retry_count: Count("How often it has failed or run out of time before."),
  max_retries: Count("How often it is retried."),
  headers: Texts("What was published beside it; {} if nothing."),
  timestamp: Count("When it was published, in milliseconds since the epoch."),
  deadline: Count("When it comes back unless it is acknowledged, in milliseconds since the epoch."),
};

export const Delivery = Members(deliveryFields);

/** A message that is looked at, not taken. */
export const Waiting = {
  id: deliveryFields.id,
  message: deliveryFields.message,
  priority: deliveryFields.priority,
  retry_count: deliveryFields.retry_count,
  max_retries: deliveryFields.max_retries,
  headers: deliveryFields.headers,
  timestamp: deliveryFields.timestamp,
};

export const PollTimeout = Type.Number({
  minimum: 0,
  maximum: MAX_POLL_SECONDS,
  default: 0,
  description: "Seconds to wait for a message; 0 if not given.",
});

export const Prefetch = Type.Integer({
  minimum: 1,
  maximum: MAX_PREFETCH,
  default: 1,
  description: "Deliveries that the consumer has in hand at most; 1 if not given.",
});

export const queueCounts = {
  depth: Count("Messages that are ready."),
  in_flight: Count("Messages that are delivered and not acknowledged."),
  delayed: Count("Messages whose delay or back-off has not passed."),
  dead: Count("Its dead letters."),
  consumers: Count("Subscriptions and waiting polls."),
};

export const queueTotals = {
  published: Count("Messages published."),
  delivered: Count("Deliveries made."),
  acked: Count("Messages acknowledged."),
  nacked: Count("Deliveries that were refused."),
  timed_out: Count("Deliveries whose deadline passed."),
  expired: Count("Messages whose time to live ended."),
  dead_lettered: Count("Messages that became dead letters."),
  oldest_message_age_secs: Nullable(
    Count("Seconds."),
    "Age of the oldest message that is ready; null if none is.",
  ),
};

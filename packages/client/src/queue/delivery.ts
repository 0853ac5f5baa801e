import type { Fields } from "../calls/call.ts";
import { invalid } from "../errors.ts";
import type { DeliveryRef, QueueMessage } from "./types.ts";

/** Registered, so that a delivery keeps its receipt across the copies of this package. */
const RECEIPT = Symbol.for("synap.receipt");

/**
 * A message as it was delivered. Beside what users see it knows its receipt: what the server takes
 * for this delivery, and for no other one of the same message.
 */
export class Delivery implements QueueMessage {
  readonly messageId: string;
  readonly message: unknown;
  readonly priority: number;
  readonly retryCount: number;
  readonly maxRetries: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestamp: number;
  readonly deadline: number;
  readonly #receipt: string;

  /** @param fields those of the wire, where `message_id` is the receipt */
  constructor(fields: Fields) {
    this.messageId = fields.id as string;
    this.message = fields.message;
    this.priority = fields.priority as number;
    this.retryCount = fields.retry_count as number;
    this.maxRetries = fields.max_retries as number;
    this.headers = fields.headers as Record<string, string>;
    this.timestamp = fields.timestamp as number;
    this.deadline = fields.deadline as number;
    this.#receipt = fields.message_id as string;
  }

  get receipt(): string {
    return this.#receipt;
  }

  get [RECEIPT](): string {
    return this.#receipt;
  }
}

/** The id of the message that is meant; refuses what is neither a message nor an id. */
export function idOf(ref: DeliveryRef): string {
  const id: unknown = typeof ref === "string" ? ref : ref?.messageId;
  if (typeof id === "string") return id;
  throw invalid("delivery", "a message, or its messageId", ref);
}

/** The receipt that a message brings along; a copy of one has none. */
export function receiptIn(ref: DeliveryRef): string | undefined {
  return typeof ref === "string" ? undefined : (ref as { [RECEIPT]?: string })[RECEIPT];
}

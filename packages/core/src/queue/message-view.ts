import type { ServerPush } from "@hivellm/synap-protocol";
import type { AnswerOf } from "@hivellm/synap-protocol/schema";
import { Arena } from "../tables/arena.ts";
import type { Handle } from "../tables/handle.ts";
import type { MessageTable } from "./message-table.ts";
import { writeId, writeReceipt } from "./receipt.ts";

export type Delivery = AnswerOf<"queue.consume">["messages"][number];
export type WaitingMessage = AnswerOf<"queue.peek">["messages"][number];

/** Messages as answers and pushes show them. Their bytes are copies: an answer outlives the message. */
export class MessageViews {
  readonly #table: MessageTable;
  readonly #copies = new Arena();

  constructor(table: MessageTable) {
    this.#table = table;
  }

  /** A message that is looked at. */
  waiting(handle: Handle): WaitingMessage {
    const table = this.#table;
    return {
      id: writeId(table.id.get(handle)),
      message: this.#copies.copy(table.valueOf(handle)),
      priority: table.priority.get(handle),
      retry_count: table.retries.get(handle),
      max_retries: table.maxRetries.get(handle),
      headers: table.headersOf(handle),
      timestamp: table.time.get(handle),
    };
  }

  /** A message that is in somebody's hands now. */
  delivery(handle: Handle): Delivery {
    const table = this.#table;
    const id = writeId(table.id.get(handle));
    return {
      id,
      message_id: writeReceipt(id, table.delivery.get(handle)),
      message: this.#copies.copy(table.valueOf(handle)),
      priority: table.priority.get(handle),
      retry_count: table.retries.get(handle),
      max_retries: table.maxRetries.get(handle),
      headers: table.headersOf(handle),
      timestamp: table.time.get(handle),
      deadline: table.deadline.get(handle),
    };
  }

  /** The same as a subscription gets it. Written out: copying a delivery costs more than making it. */
  push(queue: string, handle: Handle): ServerPush {
    const table = this.#table;
    const id = writeId(table.id.get(handle));
    const fields = {
      queue,
      id,
      message_id: writeReceipt(id, table.delivery.get(handle)),
      message: this.#copies.copy(table.valueOf(handle)),
      priority: table.priority.get(handle),
      retry_count: table.retries.get(handle),
      max_retries: table.maxRetries.get(handle),
      headers: table.headersOf(handle),
      timestamp: table.time.get(handle),
      deadline: table.deadline.get(handle),
    };
    return { kind: "push", type: "delivery", fields };
  }
}

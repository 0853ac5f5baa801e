import type { SynapError } from "@hivellm/synap-protocol";
import type { RequestOptions } from "../calls/call.ts";
import { Mailbox, type MailboxReader } from "../mailbox.ts";
import type { Listener, MessageTaker, Topics } from "./topics.ts";
import type { PubSubMessage } from "./types.ts";

/** What a reader listens to, and how far it may fall behind. */
export interface ReadRequest {
  readonly topics: readonly string[];
  readonly group: string;
  readonly maxWaiting: number;
  readonly options: RequestOptions;
}

/**
 * Messages as a loop reads them.
 *
 * M1  at most `maxWaiting` of them wait; beyond that the oldest are dropped
 * M2  what was dropped is told once, right before the loop gets the next message
 */
export class MessageReader implements MessageTaker, MailboxReader<PubSubMessage> {
  readonly mailbox = new Mailbox<PubSubMessage>();
  readonly #topics: Topics;
  readonly #request: ReadRequest;
  readonly #tell: (lost: number) => void;
  #listener: Listener | null = null;
  #lost = 0;

  /** `tell` hears how many messages were dropped. */
  constructor(topics: Topics, request: ReadRequest, tell: (lost: number) => void) {
    this.#topics = topics;
    this.#request = request;
    this.#tell = tell;
  }

  async fill(): Promise<boolean> {
    if (this.#listener === null && !this.mailbox.ended) await this.#listen();
    const filled = await this.mailbox.filled();
    if (this.#lost > 0) {
      const lost = this.#lost;
      this.#lost = 0;
      this.#tell(lost); // M2
    }
    return filled;
  }

  async leave(): Promise<void> {
    this.mailbox.end();
    if (this.#listener !== null) await this.#topics.remove(this.#listener);
  }

  take(message: PubSubMessage): void {
    this.mailbox.put(message);
    if (this.mailbox.size <= this.#request.maxWaiting) return;
    this.mailbox.shift(); // M1
    this.#lost++;
  }

  ended(error: SynapError | null): void {
    this.mailbox.end(error);
  }

  async #listen(): Promise<void> {
    const { topics, group, options } = this.#request;
    const listener = { topics, group, taker: this };
    await this.#topics.add(listener, options);
    this.#listener = listener;
  }
}

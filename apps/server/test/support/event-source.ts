import { get, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";
import { waitFor } from "./wait-for.ts";

/** One server-sent event, as a browser would see it. */
export interface SentEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: Record<string, unknown>;
}

/** A reader of server-sent events that keeps what it gets. */
export class TestEventSource {
  readonly response: IncomingMessage;
  readonly events: SentEvent[] = [];
  /** What a browser would send when it comes back. */
  lastEventId: string | null = null;
  retryMs: number | null = null;
  comments = 0;
  isEnded = false;
  #rest = "";
  #read = 0;

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding("utf8");
    response.on("data", (text: string) => this.#take(text));
    response.on("error", () => {}); // a cut is an end, too
    response.on("close", () => {
      this.isEnded = true;
    });
  }

  static async open(url: string, headers: IncomingHttpHeaders = {}): Promise<TestEventSource> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = get(url, {
        headers: { accept: "text/event-stream", ...headers },
        agent: false,
      });
      request.on("response", resolve);
      request.on("error", reject);
    });
    onTestFinished(() => {
      response.destroy();
    });
    return new TestEventSource(response);
  }

  /** The next event. */
  async next(): Promise<SentEvent> {
    await waitFor(() => this.events.length > this.#read || this.isEnded, "an event");
    const event = this.events[this.#read++];
    if (event === undefined) throw new TypeError("the event stream ended");
    return event;
  }

  /** Waits until the server has ended it. */
  ended(): Promise<void> {
    return waitFor(() => this.isEnded, "the end of the event stream");
  }

  close(): void {
    this.response.destroy();
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    for (const block of blocks) this.#dispatch(block);
  }

  #dispatch(block: string): void {
    let event = "message";
    let data: string | null = null;
    for (const line of block.split("\n")) {
      const [, field = "", value = ""] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
      if (field === "") this.comments++;
      else if (field === "event") event = value;
      else if (field === "id") this.lastEventId = value;
      else if (field === "retry") this.retryMs = Number(value);
      else if (field === "data") data = data === null ? value : `${data}\n${value}`;
    }
    if (data === null) return;
    this.events.push({ event, id: this.lastEventId, data: JSON.parse(data) });
  }
}

import type { ServerResponse } from "node:http";
import type { ServerMessage } from "@hivellm/synap-protocol";
import type { Heartbeat, HeartbeatPeer } from "../ws/heartbeat.ts";
import type { Feed, FeedTransport } from "./feed.ts";
import { blockOfPush } from "./push-text.ts";

/** How long a browser waits before it comes back, in milliseconds. */
const RETRY_MS = 2_000;

/** A comment: proxies close what is silent. */
const PING = ": ping\n\n";

/**
 * Server-sent events (HTML, section 9.2): one event, or message, is one block of the answer. A gap
 * is told as an event named `gap`.
 *
 * A reader says nothing. Its sign of life is that the kernel takes what is written to it.
 */
export class EventStream implements FeedTransport, HeartbeatPeer {
  readonly #outgoing: ServerResponse;
  readonly #feed: Feed;
  readonly #heartbeat: Heartbeat;

  /** `resumeId`: where a reader goes on that comes back before it was sent anything. */
  constructor(
    outgoing: ServerResponse,
    feed: Feed,
    { heartbeat, resumeId }: { readonly heartbeat: Heartbeat; readonly resumeId: string | null },
  ) {
    this.#outgoing = outgoing;
    this.#feed = feed;
    this.#heartbeat = heartbeat;
    outgoing.once("close", () => {
      heartbeat.remove(this);
      feed.close("the reader is gone");
    });
    outgoing.write(`retry: ${RETRY_MS}\n${resumeId === null ? "" : `id: ${resumeId}\n`}\n`);
    heartbeat.add(this);
    feed.attach(this);
  }

  // FeedTransport: called by the feed.

  write(messages: readonly ServerMessage[], onTaken: () => void): void {
    this.#outgoing.cork();
    for (const message of messages) {
      if (message.kind !== "push") continue;
      const isWanted = message.type === this.#feed.request.pushes || message.type === "gap";
      if (isWanted) this.#outgoing.write(blockOfPush(message), onTaken);
    }
    this.#outgoing.uncork();
  }

  get unsentBytes(): number {
    return this.#outgoing.writableLength;
  }

  setReading(): void {
    // There is nothing to read: a reader of server-sent events says nothing.
  }

  /** Who does not read would keep what is unsent: it is cut. */
  end(): void {
    if (this.#feed.isFull) this.cut();
    else this.#outgoing.end();
  }

  cut(): void {
    this.#outgoing.destroy();
  }

  // HeartbeatPeer: called by the heartbeat.

  ping(): void {
    if (this.#outgoing.writableEnded) return;
    this.#outgoing.write(PING, () => {
      this.#heartbeat.sawLife(this);
      this.#feed.onTaken();
    });
    this.#feed.measure();
  }

  giveUp(): void {
    this.#feed.cut("it takes nothing");
  }

  /** Its silence proves nothing: it is given up when it takes nothing between two pings. */
  get isPaused(): boolean {
    return true;
  }

  get bufferedBytes(): number {
    return this.#outgoing.writableLength;
  }
}

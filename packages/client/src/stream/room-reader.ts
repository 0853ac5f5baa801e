import type { SynapError } from "@hivellm/synap-protocol";
import type { RequestOptions } from "../calls/call.ts";
import type { Gap } from "../events.ts";
import { Mailbox, type MailboxReader } from "../mailbox.ts";
import type { RoomListener, Rooms, RoomTaker } from "./rooms.ts";
import type { EventsOptions, HistoryOptions, HistoryResult, StreamEvent } from "./types.ts";

/** Live events that may wait for the loop before it reads the log instead. */
const MAX_WAITING = 256;

/** Events that are read from the log at once; the server ends a page at a megabyte as well. */
const PAGE_EVENTS = 500;

/** What a reader needs of its client. */
export interface ReaderPorts {
  readonly rooms: Rooms;
  readonly history: (room: string, options: HistoryOptions) => Promise<HistoryResult>;
  /** Tells of events that went before the loop read them. */
  readonly gap: (gap: Gap) => void;
}

/**
 * A room as a loop reads it: kept events page by page, at the loop's own pace, then live ones as
 * they come. A loop that falls behind goes back to reading pages.
 *
 * E1  every event comes once, in order, from `#next` on
 * E2  at most MAX_WAITING live events, or one page, wait for the loop
 */
export class RoomReader implements RoomTaker, MailboxReader<StreamEvent> {
  readonly mailbox = new Mailbox<StreamEvent>();
  readonly #ports: ReaderPorts;
  readonly #room: string;
  readonly #options: RequestOptions;
  readonly #replay: boolean;
  #listener: RoomListener | null = null;
  /** The first offset that is not in the mailbox; negative or 0 before the first page. */
  #next: number;
  #incarnation: number | null = null;
  #begun = false;

  constructor(ports: ReaderPorts, room: string, options: EventsOptions) {
    const { fromOffset, replay, signal, timeoutMs } = options;
    this.#ports = ports;
    this.#room = room;
    this.#options = { signal, timeoutMs };
    this.#next = fromOffset ?? 0;
    this.#replay = replay ?? fromOffset != null;
  }

  async fill(): Promise<boolean> {
    while (this.mailbox.size === 0 && !this.mailbox.ended) {
      if (this.#listener !== null) return await this.mailbox.filled();
      if (!this.#begun && !this.#replay) await this.#listen();
      else if (await this.#readPage()) await this.#listen();
    }
    return await this.mailbox.filled();
  }

  async leave(): Promise<void> {
    this.mailbox.end();
    await this.#stopListening();
  }

  take(event: StreamEvent): void {
    this.#next = event.offset + 1;
    this.mailbox.put(event);
    if (this.mailbox.size < MAX_WAITING) return; // E2
    this.#incarnation = this.#ports.rooms.incarnationOf(this.#room);
    this.#stopListening().catch(() => undefined); // the server hears of it when it can
  }

  gap({ reason, to }: Gap): void {
    this.#next = reason === "retention" ? (to ?? 0) + 1 : 1;
  }

  ended(error: SynapError | null): void {
    this.#listener = null;
    this.mailbox.end(error);
  }

  async #listen(): Promise<void> {
    const start = {
      fromOffset: this.#begun ? this.#next : undefined,
      replay: this.#begun ? undefined : false,
      incarnation: this.#incarnation ?? undefined,
    };
    const listener = await this.#ports.rooms.add(this.#room, this, start, this.#options);
    this.#begun = true;
    if (this.mailbox.ended) await this.#ports.rooms.remove(this.#room, listener);
    else this.#listener = listener;
  }

  async #stopListening(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    if (listener !== null) await this.#ports.rooms.remove(this.#room, listener);
  }

  /** Reads a page of kept events; returns whether it was the last. */
  async #readPage(): Promise<boolean> {
    const read = { fromOffset: this.#next, limit: PAGE_EVENTS, ...this.#options };
    const page = await this.#ports.history(this.#room, read);
    const { events, incarnation, nextOffset, newestOffset } = page;
    if (this.#incarnation !== null && incarnation !== this.#incarnation) {
      this.#tell("recreated", null, null);
      this.#incarnation = incarnation;
      this.#next = 0; // E1: of the room as it is now, from its beginning
      return false;
    }
    const first = events[0]?.offset ?? nextOffset;
    if (this.#begun && this.#next > 0 && first > this.#next)
      this.#tell("retention", this.#next, first - 1);
    this.#begun = true;
    this.#incarnation = incarnation;
    this.#next = nextOffset;
    for (const event of events) this.mailbox.put(event);
    return nextOffset > newestOffset;
  }

  #tell(reason: string, from: number | null, to: number | null): void {
    const lost = from === null || to === null ? null : to - from + 1;
    this.#ports.gap({ kind: "stream", prefix: null, room: this.#room, reason, from, to, lost });
  }
}

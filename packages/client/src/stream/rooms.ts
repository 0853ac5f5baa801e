import { type SynapError, wireCommand } from "@hivellm/synap-protocol";
import type { CommandSpec, Fields, RequestOptions } from "../calls/call.ts";
import { type Gap, gapOf } from "../events.ts";
import type { PushReceiver, SubscriptionPorts } from "../push-receiver.ts";
import { eventOf, incarnationOf } from "./stream-event.ts";
import type { StreamEvent } from "./types.ts";

const SUBSCRIBE = wireCommand("stream.subscribe");

const UNSUBSCRIBE: CommandSpec<void> = {
  command: wireCommand("stream.unsubscribe"),
  result: () => undefined,
  once: true,
};

/** Where a listener begins; with an incarnation it goes on where another one was. */
export interface RoomStart {
  readonly fromOffset: number | undefined;
  readonly replay: boolean | undefined;
  readonly incarnation?: number | undefined;
}

/** Who hears of a room. */
export interface RoomTaker {
  take(event: StreamEvent): void;
  gap(gap: Gap): void;
  /** Nothing comes any more: the subscription was refused after a loss, or the client is closed. */
  ended(error: SynapError | null): void;
}

/** One taker's place in a room. */
export interface RoomListener {
  readonly taker: RoomTaker;
  /** The first offset that it has not had. */
  next: number;
}

/** One room that the server follows for us, and everyone who listens to it. */
interface Followed {
  readonly room: string;
  readonly listeners: Set<RoomListener>;
  /** Requests to follow it that are under way. */
  asking: number;
  incarnation: number | null;
  /** The first offset that the server has not sent; Infinity while it does not follow. */
  cursor: number;
}

/**
 * The rooms that a client follows. The server has one follower for each, whoever listens; asked
 * again, it moves that back to the earlier position, never forward.
 *
 * R1  a listener takes an event only if it has had all before it: from `next` on, and only where the
 *     server's cursor had not passed `next` already
 * R2  so none comes twice, however often the server goes back
 * R3  after a loss the earliest listener's place is where the server is asked to go on, in the same
 *     incarnation; a room that is another one by then is read from its beginning
 */
export class Rooms implements PushReceiver {
  readonly #ports: SubscriptionPorts;
  readonly #followed = new Map<string, Followed>();
  #connected = false;

  constructor(ports: SubscriptionPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#followed.size;
  }

  /** Adds a listener, once the server follows the room. */
  async add(
    room: string,
    taker: RoomTaker,
    start: RoomStart,
    options: RequestOptions,
  ): Promise<RoomListener> {
    this.#ports.route(); // fails here where there is no WebSocket
    const followed = this.#find(room);
    followed.asking++;
    const payload: Fields = { room };
    if (start.fromOffset !== undefined) payload.from_offset = start.fromOffset;
    if (start.replay !== undefined) payload.replay = start.replay;
    if (start.incarnation !== undefined) payload.incarnation = start.incarnation;
    try {
      return await this.#ask(followed, payload, options, (answer) => {
        const listener = { taker, next: firstOffset(start, answer) };
        followed.listeners.add(listener);
        return listener;
      });
    } finally {
      followed.asking--;
      this.#leaveIfUnused(followed).catch(() => undefined); // the caller need not wait for it
    }
  }

  /** Takes a listener away; nothing reaches its taker from here on. */
  async remove(room: string, listener: RoomListener): Promise<void> {
    const followed = this.#followed.get(room);
    if (followed?.listeners.delete(listener) === true) await this.#leaveIfUnused(followed);
  }

  /** The incarnation of a room that is followed; null if it is not known. */
  incarnationOf(room: string): number | null {
    return this.#followed.get(room)?.incarnation ?? null;
  }

  connected(): void {
    this.#connected = true;
    for (const followed of this.#followed.values()) {
      if (followed.listeners.size > 0) this.#resume(followed);
    }
  }

  disconnected(): void {
    this.#connected = false;
    for (const followed of this.#followed.values()) followed.cursor = Number.POSITIVE_INFINITY;
  }

  push(type: string, fields: Fields): void {
    const followed = this.#followed.get(fields.room as string);
    if (type === "event" && followed !== undefined) this.#event(followed, fields);
    if (type === "gap") this.#gap(followed, fields);
  }

  clear(): void {
    const all = [...this.#followed.values()];
    this.#followed.clear();
    for (const followed of all) end(followed, null);
  }

  #find(room: string): Followed {
    const known = this.#followed.get(room);
    if (known !== undefined) return known;
    const followed: Followed = {
      room,
      listeners: new Set(),
      asking: 0,
      incarnation: null,
      cursor: Number.POSITIVE_INFINITY,
    };
    this.#followed.set(room, followed);
    return followed;
  }

  #ask<T>(
    followed: Followed,
    payload: Fields,
    options: RequestOptions,
    answered: (answer: Fields) => T,
    once?: true,
  ): Promise<T> {
    const result = (answer: Fields): T => {
      this.#meet(followed, answer);
      return answered(answer);
    };
    // A repeat does no harm: it asks for the same place.
    const spec: CommandSpec<T> = { command: SUBSCRIBE, result, mutates: false };
    const { signal, timeoutMs } = options;
    const { dispatcher, route } = this.#ports;
    return dispatcher.start(route(), once ? { ...spec, once } : spec, payload, {
      signal,
      timeoutMs,
    });
  }

  /** Learns where the server stands, and in which incarnation. */
  #meet(followed: Followed, answer: Fields): void {
    const incarnation = answer.incarnation as number;
    if (followed.incarnation !== null && followed.incarnation !== incarnation) {
      for (const listener of followed.listeners) listener.next = answer.oldest_offset as number;
    }
    followed.incarnation = incarnation;
    followed.cursor = answer.next_offset as number;
  }

  /** Asks a new connection to go on; it is asked again after the next loss (R3). */
  #resume(followed: Followed): void {
    const { room, incarnation } = followed;
    const next = Math.min(...[...followed.listeners].map((listener) => listener.next));
    const payload: Fields = { room, from_offset: next };
    if (incarnation !== null) payload.incarnation = incarnation;
    const forEver = { timeoutMs: Number.POSITIVE_INFINITY };
    const answered = ({ oldest_offset }: Fields): void => {
      if (incarnation !== null) return; // else the server tells what is no longer kept
      for (const listener of followed.listeners) {
        listener.next = Math.max(listener.next, oldest_offset as number);
      }
    };
    this.#ask(followed, payload, forEver, answered, true).catch((error: SynapError) => {
      if (error.code === "CONNECTION_LOST" || this.#followed.get(room) !== followed) return;
      if (followed.asking === 0) this.#followed.delete(room);
      end(followed, error);
    });
  }

  #event(followed: Followed, fields: Fields): void {
    const offset = fields.offset as number;
    const before = Math.min(followed.cursor, offset);
    followed.cursor = offset + 1;
    followed.incarnation ??= incarnationOf(fields.event_id as string);
    const event = eventOf(fields);
    for (const listener of followed.listeners) {
      if (listener.next < before || listener.next > offset) continue; // R1, R2
      listener.next = offset + 1;
      listener.taker.take(event);
    }
  }

  #gap(followed: Followed | undefined, fields: Fields): void {
    const gap = gapOf("stream", fields);
    if (followed !== undefined) {
      const isOther = gap.reason === "deleted" || gap.reason === "recreated";
      const missed = isOther ? renew(followed, fields) : pass(followed, gap);
      for (const { taker } of missed) taker.gap(gap);
    }
    this.#ports.emitter.emit("gap", gap);
  }

  async #leaveIfUnused(followed: Followed): Promise<void> {
    const { room, listeners, asking } = followed;
    if (listeners.size > 0 || asking > 0 || this.#followed.get(room) !== followed) return;
    this.#followed.delete(room);
    if (!this.#connected) return; // the server's side went with the connection
    const { dispatcher, route } = this.#ports;
    // If it fails, the connection is gone, and the follower with it.
    await dispatcher.start(route(), UNSUBSCRIBE, { room }).catch(() => undefined);
  }
}

/** The first offset that a listener wants, given what the server said of the room. */
function firstOffset({ fromOffset, replay, incarnation }: RoomStart, answer: Fields): number {
  const oldest = answer.oldest_offset as number;
  const newest = answer.newest_offset as number;
  if (incarnation !== undefined && fromOffset !== undefined) {
    return incarnation === answer.incarnation ? fromOffset : oldest;
  }
  if (!(replay ?? fromOffset !== undefined)) return newest + 1;
  if (fromOffset === undefined) return oldest;
  return Math.max(oldest, fromOffset < 0 ? newest + 1 + fromOffset : fromOffset);
}

/** Events were no longer kept: who had not had them goes on behind them. */
function pass(followed: Followed, { to }: Gap): RoomListener[] {
  const next = (to ?? 0) + 1;
  const missed = [...followed.listeners].filter((listener) => listener.next < next);
  for (const listener of missed) listener.next = next;
  followed.cursor = next;
  return missed;
}

/** The room is gone, or another one: its next incarnation is read from its beginning. */
function renew(followed: Followed, { incarnation }: Fields): RoomListener[] {
  followed.incarnation = (incarnation as number | undefined) ?? null;
  followed.cursor = 1;
  for (const listener of followed.listeners) listener.next = 1;
  return [...followed.listeners];
}

function end({ listeners }: Followed, error: SynapError | null): void {
  for (const { taker } of listeners) taker.ended(error);
  listeners.clear();
}

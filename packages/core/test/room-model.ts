import type { Value } from "@hivellm/synap-protocol";
import type { Limits } from "../src/limits.ts";
import type { Response } from "./calls.ts";

/** An event as it was published. */
export interface ModelEvent {
  readonly offset: number;
  readonly eventType: string;
  readonly data: Value;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly timeMs: number;
  readonly bytes: number;
}

/** What a room was told to keep, as a request says it. */
export interface Keeping {
  readonly max_events?: number;
  readonly max_bytes?: number;
  readonly max_age_secs?: number;
  readonly idle_ttl_secs?: number;
}

/** One incarnation of a room, with all events that it ever had. */
export class ModelRoom {
  readonly name: string;
  readonly incarnation: number;
  keeping: Keeping | null;
  readonly all: ModelEvent[] = [];
  oldest = 1;
  usedMs: number;
  leftMs = 0;
  isGone = false;

  constructor(name: string, incarnation: number, keeping: Keeping | null, nowMs: number) {
    this.name = name;
    this.incarnation = incarnation;
    this.keeping = keeping;
    this.usedMs = nowMs;
  }

  get newest(): number {
    return this.all.length;
  }

  get kept(): ModelEvent[] {
    return this.all.slice(this.oldest - 1);
  }

  get bytes(): number {
    return this.kept.reduce((sum, event) => sum + event.bytes, 0);
  }
}

/** Rooms as a reader of their documentation would write them on a whiteboard: arrays. */
export class RoomModel {
  readonly rooms = new Map<string, ModelRoom>();
  readonly #limits: Limits;
  readonly #followersOf: (room: string) => number;
  readonly #onCreated: (room: ModelRoom) => void;
  nowMs: number;

  constructor(
    nowMs: number,
    limits: Limits,
    followersOf: (room: string) => number,
    onCreated: (room: ModelRoom) => void,
  ) {
    this.nowMs = nowMs;
    this.#limits = limits;
    this.#followersOf = followersOf;
    this.#onCreated = onCreated;
  }

  /** The room, created if it is not there. */
  use(name: string, seq: number, keeping: Keeping | null = null): ModelRoom {
    const known = this.rooms.get(name);
    if (known !== undefined) return known;
    const room = new ModelRoom(name, seq, keeping, this.nowMs);
    this.rooms.set(name, room);
    this.#onCreated(room);
    return room;
  }

  publish(room: ModelRoom, event: Omit<ModelEvent, "offset" | "timeMs">): void {
    room.all.push({ ...event, offset: room.newest + 1, timeMs: this.nowMs });
    room.usedMs = this.nowMs;
    this.trim(room);
  }

  remove(room: ModelRoom): void {
    room.isGone = true;
    this.rooms.delete(room.name);
  }

  /** Drops what is not kept any more, event by event. */
  trim(room: ModelRoom): void {
    const { maxEvents, maxBytes, maxAgeMs } = this.rules(room.keeping);
    for (let oldest = room.kept[0]; oldest !== undefined; oldest = room.kept[0]) {
      const isOver =
        room.kept.length > maxEvents ||
        (maxBytes !== null && room.bytes > maxBytes) ||
        (maxAgeMs !== null && oldest.timeMs + maxAgeMs <= this.nowMs);
      if (!isOver) return;
      room.oldest++;
    }
  }

  /** A millisecond passes, and another. */
  advance(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.nowMs++;
      for (const room of [...this.rooms.values()]) {
        this.trim(room);
        if (this.#isIdle(room)) this.remove(room);
      }
    }
  }

  rules(keeping: Keeping | null) {
    const age = keeping?.max_age_secs;
    const idle = keeping?.idle_ttl_secs;
    return {
      maxEvents: keeping?.max_events ?? this.#limits.roomMaxEvents,
      maxBytes: keeping?.max_bytes ?? this.#limits.roomMaxBytes,
      maxAgeMs: age === undefined ? this.#limits.roomMaxAgeMs : age * 1_000,
      idleTtlMs: idle === undefined ? this.#limits.emptyRoomIdleTtlMs : idle * 1_000,
    };
  }

  /** What `stream.history` answers, but for its events' data and its pages' bytes. */
  history(name: string, from: number, to: number, limit: number) {
    const room = this.rooms.get(name);
    if (room === undefined) return { events: [], ...NO_ROOM };
    const first = from < 0 ? room.newest + 1 + from : from;
    const events = room.kept.filter(({ offset }) => offset >= first && offset <= to);
    return {
      events: events.slice(0, limit),
      oldest_offset: room.oldest,
      newest_offset: room.newest,
      incarnation: room.incarnation,
    };
  }

  stats(room: ModelRoom): Response<"stream.stats"> {
    return {
      room: room.name,
      subscribers: this.#followersOf(room.name),
      events: room.kept.length,
      bytes: room.bytes,
      oldest_offset: room.oldest,
      newest_offset: room.newest,
      incarnation: room.incarnation,
    };
  }

  #isIdle(room: ModelRoom): boolean {
    const ttlMs =
      room.kept.length === 0 ? this.rules(room.keeping).idleTtlMs : this.#limits.roomIdleTtlMs;
    if (ttlMs === null || this.#followersOf(room.name) > 0) return false;
    return Math.max(room.usedMs, room.leftMs) + ttlMs <= this.nowMs;
  }
}

const NO_ROOM = { oldest_offset: 1, newest_offset: 0, incarnation: null };

import { invariant } from "../invariant.ts";
import { NumberColumn } from "../tables/column.ts";
import type { Handle } from "../tables/handle.ts";
import { OrderedIndex } from "../tables/ordered-index.ts";
import { EventLog } from "./event-log.ts";
import { LogTable } from "./log-table.ts";
import type { RoomEffect, RoomEffectOf, RoomSettings } from "./room-effects.ts";

/**
 * What a room costs beside its events: its name with its entry in the map, its columns, those of
 * its log and of its times, and the index. Measured with 100 000 rooms, rounded up.
 */
const ROOM_BYTES = 250;

/** A look at one room: a log under a name. Not to be kept: its row may become another room's. */
export interface Room {
  readonly name: string;
  /** The seq of the effect that created it: one that comes back under its name has another. */
  readonly incarnation: number;
  /** Its row where rooms are listed by time or by name. */
  readonly handle: Handle;
  readonly log: EventLog;
  /** Null: it came about by use. */
  readonly settings: RoomSettings | null;
  /** When it was created or last published to, in wall-clock milliseconds. */
  readonly usedMs: number;
}

/** A change as those hear of it who follow rooms. */
export type RoomChange =
  | { readonly op: "created" | "kept" | "removed"; readonly room: Room }
  | {
      readonly op: "appended";
      readonly room: Room;
      /** Its data is a view, good only during the call. */
      readonly event: RoomEffectOf<"stream.append">;
    };

/** What a room of this name adds to the `bytes` of all, without events. */
export function roomBytes(name: string): number {
  return ROOM_BYTES + name.length;
}

/**
 * All rooms with their events. It knows no parties and no clock; it changes in `apply` and nowhere
 * else, live and in recovery alike.
 *
 * S1  offsets of an incarnation are 1, 2, 3 …
 * S2  the oldest kept offset of an incarnation only moves on
 * S3  a name is at most one room's
 */
export class RoomState {
  /** The handles of all rooms, in the order of their names. */
  readonly names = new OrderedIndex((handle) => this.#names[handle] ?? "");
  readonly #logs = new LogTable();
  readonly #handles = new Map<string, Handle>();
  /** By handle, as the columns are. */
  readonly #names: (string | null)[] = [];
  readonly #incarnation = new NumberColumn();
  readonly #usedMs = new NumberColumn();
  /** Few rooms were told anything. */
  readonly #settings = new Map<Handle, RoomSettings>();
  #roomBytes = 0;

  get size(): number {
    return this.#handles.size;
  }

  /** Rooms, events and their bookkeeping, in bytes. */
  get bytes(): number {
    return this.#roomBytes + this.#logs.events.bytes;
  }

  find(name: string): Room | undefined {
    const handle = this.#handles.get(name);
    return handle === undefined ? undefined : this.at(handle);
  }

  /** The room of a handle that is in use. */
  at(handle: Handle): Room {
    return {
      name: this.#names[handle] as string,
      incarnation: this.#incarnation.get(handle),
      handle,
      log: new EventLog(this.#logs, handle),
      settings: this.#settings.get(handle) ?? null,
      usedMs: this.#usedMs.get(handle),
    };
  }

  /** All rooms, in no particular order. */
  *rooms(): Generator<Room> {
    for (const handle of this.#handles.values()) yield this.at(handle);
  }

  /** Frees at most `max` events that are not kept any more; returns whether some are left. */
  sweep(max: number): boolean {
    return this.#logs.events.sweep(max);
  }

  /** Changes the state by one effect and returns what followers hear of it. */
  apply(effect: RoomEffect, seq: number): RoomChange {
    switch (effect.type) {
      case "stream.create":
        return { op: "created", room: this.#create(effect, seq) };
      case "stream.configure": {
        const handle = this.#handleOf(effect);
        this.#settings.set(handle, shared(effect.settings));
        return { op: "kept", room: this.at(handle) };
      }
      case "stream.append":
        return { op: "appended", room: this.#append(effect), event: effect };
      case "stream.trim": {
        const room = this.at(this.#handleOf(effect));
        room.log.trim(effect.keepFrom); // S2
        return { op: "kept", room };
      }
      case "stream.remove":
        return { op: "removed", room: this.#remove(effect) };
    }
  }

  #create({ room: name, settings, timeMs }: RoomEffectOf<"stream.create">, seq: number): Room {
    invariant(!this.#handles.has(name), "S3: stream.create names a room that does not exist");
    const handle = this.#logs.open(1);
    this.#names[handle] = name;
    this.#handles.set(name, handle);
    this.names.add(name, handle);
    this.#incarnation.set(handle, seq);
    this.#usedMs.set(handle, timeMs);
    if (settings !== null) this.#settings.set(handle, shared(settings));
    this.#roomBytes += roomBytes(name);
    return this.at(handle);
  }

  #append(effect: RoomEffectOf<"stream.append">): Room {
    const handle = this.#handleOf(effect);
    this.#usedMs.set(handle, effect.timeMs);
    const room = this.at(handle);
    invariant(effect.offset === room.log.newest + 1, "S1: offsets follow each other");
    room.log.append(effect, effect.timeMs);
    room.log.trim(effect.keepFrom); // S2
    return room;
  }

  #remove(effect: RoomEffectOf<"stream.remove">): Room {
    const room = this.at(this.#handleOf(effect));
    const { name, handle, log } = room;
    log.trim(log.newest + 1);
    this.names.remove(name);
    this.#handles.delete(name);
    this.#names[handle] = null;
    this.#settings.delete(handle);
    this.#logs.close(handle);
    this.#roomBytes -= roomBytes(name);
    return room;
  }

  #handleOf(effect: { readonly type: string; readonly room: string }): Handle {
    const handle = this.#handles.get(effect.room);
    invariant(handle !== undefined, `${effect.type} names a room that exists`);
    return handle;
  }
}

/** Most rooms that are created are told nothing: one object serves them all. */
function shared(settings: RoomSettings): RoomSettings {
  const { maxEvents, maxBytes, maxAgeMs, idleTtlMs } = settings;
  return (maxEvents ?? maxBytes ?? maxAgeMs ?? idleTtlMs) === null ? NO_WORD : settings;
}

const NO_WORD: RoomSettings = { maxEvents: null, maxBytes: null, maxAgeMs: null, idleTtlMs: null };

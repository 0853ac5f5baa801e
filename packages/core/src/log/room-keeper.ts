import { Alarm } from "../alarm.ts";
import type { PartPorts } from "../part.ts";
import { NumberColumn } from "../tables/column.ts";
import { DueHeap } from "../tables/due-heap.ts";
import type { RoomEffect } from "./room-effects.ts";
import { type RoomRules, rulesOf } from "./room-settings.ts";
import type { Room, RoomChange, RoomState } from "./room-state.ts";

/**
 * What time does to rooms: events that are too old go, and rooms that nobody uses. One alarm for
 * the earliest of all; a bounded number of rooms a turn, each at the cost of a search.
 *
 * N1  a room to which time will do something is in the heap, at that time or earlier
 * N2  a room that somebody follows is not removed, however idle
 */
export class RoomKeeper {
  readonly #state: RoomState;
  readonly #ports: PartPorts;
  readonly #followersOf: (room: string) => number;
  readonly #due = new NumberColumn();
  readonly #heap = new DueHeap(this.#due);
  /** When a room was last followed. */
  readonly #left = new NumberColumn();
  /** Who followed before a restart has had no time to come back: idleness is counted from here. */
  readonly #startMs: number;
  readonly #defaults: RoomRules;
  readonly #alarm: Alarm;

  constructor(state: RoomState, ports: PartPorts, followersOf: (room: string) => number) {
    this.#state = state;
    this.#ports = ports;
    this.#followersOf = followersOf;
    this.#startMs = ports.nowMs();
    this.#defaults = rulesOf(null, ports.limits);
    this.#alarm = new Alarm(ports.atWall, () => this.#fire());
    for (const room of state.rooms()) this.#admit(room);
    this.#arm();
  }

  /** Hears of each change as it is applied. */
  onChange({ op, room }: RoomChange): void {
    switch (op) {
      case "created":
        this.#admit(room);
        break;
      case "removed":
        this.#heap.remove(room.handle);
        break;
      case "kept":
        this.#reset(room);
        break;
      case "appended": {
        // A time that has only moved on is looked at when the earlier one comes: most events pass.
        const due = this.#dueOf(room);
        const known = this.#due.get(room.handle);
        if (due === known || (due > known && known > 0)) return;
        this.#set(room, due);
      }
    }
    this.#arm();
  }

  /** A room lost its last follower: from now on it may be idle. */
  onLeft(name: string): void {
    const room = this.#state.find(name);
    if (room === undefined) return;
    this.#left.set(room.handle, this.#ports.nowMs());
    this.#reset(room);
    this.#arm();
  }

  /** Ends the timer. */
  close(): void {
    this.#alarm.close();
  }

  #admit(room: Room): void {
    this.#heap.admit(room.handle);
    this.#left.set(room.handle, 0);
    this.#due.set(room.handle, 0);
    this.#reset(room);
  }

  #reset(room: Room): void {
    this.#set(room, this.#dueOf(room));
  }

  #set(room: Room, due: number): void {
    this.#due.set(room.handle, due);
    this.#heap.update(room.handle); // N1
  }

  #arm(): void {
    const next = this.#heap.peek();
    if (next !== undefined) this.#alarm.arm(this.#due.get(next));
  }

  #fire(): void {
    const nowMs = this.#ports.nowMs();
    const effects: RoomEffect[] = [];
    for (const handle of this.#heap.due(nowMs, this.#ports.limits.maxExpiriesPerTurn)) {
      const room = this.#state.at(handle);
      const effect = this.#decide(room, nowMs);
      if (effect === null) this.#reset(room);
      else effects.push(effect);
    }
    if (effects.length > 0) this.#ports.commit(effects);
    this.#arm();
  }

  #decide(room: Room, nowMs: number): RoomEffect | null {
    const { name, log } = room;
    const { maxAgeMs } = this.#rulesOf(room);
    if (maxAgeMs !== null) {
      const keepFrom = log.firstAfter(nowMs - maxAgeMs);
      if (keepFrom > log.oldest)
        return { type: "stream.trim", room: name, keepFrom, reason: "age" };
    }
    const idle = this.#idleDueOf(room);
    if (idle === null || idle > nowMs) return null;
    return { type: "stream.remove", room: name, reason: "idle" };
  }

  /** When time will do the next thing to a room; 0 never. */
  #dueOf(room: Room): number {
    const { log } = room;
    const { maxAgeMs } = this.#rulesOf(room);
    const old = maxAgeMs === null || log.size === 0 ? null : log.oldestTimeMs + maxAgeMs;
    const idle = this.#idleDueOf(room);
    if (old === null || idle === null) return old ?? idle ?? 0;
    return Math.min(old, idle);
  }

  /** When a room will have been idle for too long, if nothing happens to it until then. */
  #idleDueOf(room: Room): number | null {
    const ttlMs =
      room.log.size === 0 ? this.#rulesOf(room).idleTtlMs : this.#ports.limits.roomIdleTtlMs;
    if (ttlMs === null || this.#followersOf(room.name) > 0) return null; // N2
    return Math.max(room.usedMs, this.#left.get(room.handle), this.#startMs) + ttlMs;
  }

  #rulesOf({ settings }: Room): RoomRules {
    return settings === null ? this.#defaults : rulesOf(settings, this.#ports.limits);
  }
}

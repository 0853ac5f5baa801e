import { compareKeys } from "../tables/key-order.ts";
import type { RoomSettings, Texts } from "./room-effects.ts";
import type { Room, RoomState } from "./room-state.ts";

/** One event as a comparison of states sees it. */
export interface EventImage {
  readonly offset: number;
  readonly timeMs: number;
  readonly eventType: string;
  readonly metadata: Texts | null;
  readonly data: Uint8Array;
}

/** One room as a comparison of states sees it. */
export interface RoomImage {
  readonly room: string;
  readonly incarnation: number;
  readonly settings: RoomSettings | null;
  readonly usedMs: number;
  readonly oldest: number;
  readonly newest: number;
  readonly bytes: number;
  readonly events: readonly EventImage[];
}

/** All rooms with their events, in order of their names. */
export function roomsImage(state: RoomState): RoomImage[] {
  const rooms = [...state.rooms()].sort((one, other) => compareKeys(one.name, other.name));
  return rooms.map(imageOf);
}

function imageOf({ name, incarnation, settings, usedMs, log }: Room): RoomImage {
  const events: EventImage[] = [];
  log.walk(log.oldest, (event) => {
    events.push({ ...event, data: event.data.slice() });
    return true;
  });
  const { oldest, newest, bytes } = log;
  return { room: name, incarnation, settings, usedMs, oldest, newest, bytes, events };
}

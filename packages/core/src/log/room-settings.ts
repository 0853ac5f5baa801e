import type { RequestOf } from "@hivellm/synap-protocol/schema";
import type { Limits } from "../limits.ts";
import type { RoomSettings } from "./room-effects.ts";

/** What holds for a room: what it was told, else the server's defaults. Null is no such limit. */
export interface RoomRules {
  readonly maxEvents: number;
  readonly maxBytes: number | null;
  readonly maxAgeMs: number | null;
  readonly idleTtlMs: number;
}

/** The settings that a request asks for. */
export function settingsOf(request: RequestOf<"stream.create">): RoomSettings {
  return {
    maxEvents: request.max_events ?? null,
    maxBytes: request.max_bytes ?? null,
    maxAgeMs: millis(request.max_age_secs),
    idleTtlMs: millis(request.idle_ttl_secs),
  };
}

/** The rules that follow from settings, and from none. */
export function rulesOf(settings: RoomSettings | null, limits: Limits): RoomRules {
  return {
    maxEvents: settings?.maxEvents ?? limits.roomMaxEvents,
    maxBytes: settings?.maxBytes ?? limits.roomMaxBytes,
    maxAgeMs: settings?.maxAgeMs ?? limits.roomMaxAgeMs,
    idleTtlMs: settings?.idleTtlMs ?? limits.emptyRoomIdleTtlMs,
  };
}

/** The names, as a request spells them, of the rules that differ. */
export function differingRules(one: RoomRules, other: RoomRules): string[] {
  return (Object.keys(WIRE_NAMES) as (keyof RoomRules)[])
    .filter((name) => one[name] !== other[name])
    .map((name) => WIRE_NAMES[name]);
}

const WIRE_NAMES: Readonly<Record<keyof RoomRules, string>> = {
  maxEvents: "max_events",
  maxBytes: "max_bytes",
  maxAgeMs: "max_age_secs",
  idleTtlMs: "idle_ttl_secs",
};

/** Seconds as whole milliseconds, at least one. */
function millis(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Math.max(1, Math.round(seconds * 1000));
}

import type { Limits } from "@hivellm/synap-core";
import {
  readCount,
  readDuration,
  readDurationOrNone,
  readFlag,
  readMemory,
} from "./option-readers.ts";
import type { TransportLimits } from "./transport-limits.ts";

/** The bounds that a user may set for queues, rooms and their subscribers. */
export type EngineSettings = Pick<
  Limits,
  | "queueAutoCreate"
  | "queueMaxDepth"
  | "maxSubscribersPerRoom"
  | "roomMaxEvents"
  | "roomMaxBytes"
  | "roomMaxAgeMs"
  | "emptyRoomIdleTtlMs"
  | "roomIdleTtlMs"
> &
  Pick<TransportLimits, "broadcastTimeoutMs">;

type Setting = EngineSettings[keyof EngineSettings];

/** One such bound: how it is called, and how it is read. */
export interface EngineSetting {
  readonly option: keyof EngineSettings;
  /** The option of the command line, with its argument. */
  readonly flag: string;
  readonly variable: string;
  readonly help: string;
  /** Reads it from a text; throws INVALID_REQUEST that calls it `name`. */
  read(text: string, name: string): Setting;
  /** A value of the option, as the text that says the same. */
  toText(value: unknown): string;
}

type Kind = Pick<EngineSetting, "read" | "toText">;

const orNone = (text: (value: unknown) => string) => (value: unknown) =>
  value === null ? "none" : text(value);
const inMs = (value: unknown): string => `${String(value)}ms`;

const flag: Kind = { read: readFlag, toText: String };
const count: Kind = { read: readCount, toText: String };
const bytesOrNone: Kind = { read: readMemory, toText: orNone(String) };
const duration: Kind = { read: readDuration, toText: inMs };
const durationOrNone: Kind = { read: readDurationOrNone, toText: orNone(inMs) };

/** All of them, as `--help` lists them. */
export const engineSettings: readonly EngineSetting[] = [
  {
    option: "queueAutoCreate",
    flag: "--queue-auto-create <yes|no>",
    variable: "SYNAP_QUEUE_AUTO_CREATE",
    help: "whether publishing to, or consuming from, an unknown queue creates it (default: yes)",
    ...flag,
  },
  {
    option: "queueMaxDepth",
    flag: "--queue-max-depth <messages>",
    variable: "SYNAP_QUEUE_MAX_DEPTH",
    help: "messages that a queue holds unless it says otherwise (default: 100000)",
    ...count,
  },
  {
    option: "maxSubscribersPerRoom",
    flag: "--max-subscribers-per-room <subscribers>",
    variable: "SYNAP_MAX_SUBSCRIBERS_PER_ROOM",
    help: "subscribers that a room has at most (default: 10000)",
    ...count,
  },
  {
    option: "broadcastTimeoutMs",
    flag: "--broadcast-timeout-ms <milliseconds>",
    variable: "SYNAP_BROADCAST_TIMEOUT_MS",
    help: "how long a subscriber's connection may stay full before the log calls it slow (default: 1000)",
    ...count,
  },
  {
    option: "roomMaxEvents",
    flag: "--room-max-events <events>",
    variable: "SYNAP_ROOM_MAX_EVENTS",
    help: "events that a room keeps unless it says otherwise (default: 10000)",
    ...count,
  },
  {
    option: "roomMaxBytes",
    flag: "--room-max-bytes <bytes>",
    variable: "SYNAP_ROOM_MAX_BYTES",
    help: "bytes of events that it keeps, such as 64mb, or none (default: none)",
    ...bytesOrNone,
  },
  {
    option: "roomMaxAgeMs",
    flag: "--room-max-age <duration>",
    variable: "SYNAP_ROOM_MAX_AGE",
    help: "how long it keeps an event, such as 12h or 7d, or none (default: none)",
    ...durationOrNone,
  },
  {
    option: "emptyRoomIdleTtlMs",
    flag: "--empty-room-idle-ttl <duration>",
    variable: "SYNAP_EMPTY_ROOM_IDLE_TTL",
    help: "how long a room stays that holds nothing and is not used (default: 1h)",
    ...duration,
  },
  {
    option: "roomIdleTtlMs",
    flag: "--room-idle-ttl <duration>",
    variable: "SYNAP_ROOM_IDLE_TTL",
    help: "how long a room stays that holds events and is not used, or none (default: none)",
    ...durationOrNone,
  },
];

/** Settings that were given, each checked; throws INVALID_REQUEST that names the option. */
export function checkedSettings(given: Partial<EngineSettings>): Partial<EngineSettings> {
  const settings = engineSettings.flatMap(({ option, read, toText }) => {
    const value = given[option];
    return value === undefined ? [] : [[option, read(toText(value), option)]];
  });
  return Object.fromEntries(settings);
}

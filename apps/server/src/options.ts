import { type Clock, DEFAULT_LIMITS, type EvictionPolicy, type Limits } from "@hivellm/synap-core";
import { DEFAULT_PORT, invalidRequest, refuseUnknownFields } from "@hivellm/synap-protocol";
import { checkedSettings, engineSettings } from "./engine-settings.ts";
import { hostOfAuthority, isLoopbackHost } from "./http/hosts.ts";
import { defaultMaxMemoryBytes } from "./memory-limit.ts";
import {
  readFlag,
  readList,
  readMemory,
  readOneOf,
  readOrigin,
  readPort,
  wrongSetting,
} from "./option-readers.ts";
import { DEFAULT_TRANSPORT_LIMITS, type TransportLimits } from "./transport-limits.ts";

/** What happens to a write that finds no room. */
export const EVICTION_POLICIES = ["noeviction", "allkeys-lru", "volatile-ttl"] as const;

/** From the most to the least that is logged. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** How much is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How a server is started. Everything has a default. */
export interface ServerOptions {
  /** The TCP port; 0 takes a free one. Default 15500. */
  readonly port?: number;
  /** The name or address to listen on. Default `localhost`: 127.0.0.1 and ::1. */
  readonly host?: string;
  /** Listen where others can reach the server, although it asks nobody who they are. */
  readonly insecure?: boolean;
  /**
   * What keys, values and their bookkeeping may take in bytes; null is no limit. Default 60 % of
   * what the process may use.
   */
  readonly maxMemoryBytes?: number | null;
  /** What happens to a write that finds no room. Default `noeviction`: it is refused. */
  readonly evictionPolicy?: EvictionPolicy;
  /** Whether publishing to, or consuming from, an unknown queue creates it. Default true. */
  readonly queueAutoCreate?: boolean;
  /** Messages that a queue holds unless it says otherwise. Default 100 000. */
  readonly queueMaxDepth?: number;
  /** Subscribers that a room has at most. Default 10 000. */
  readonly maxSubscribersPerRoom?: number;
  /**
   * How long a subscriber's connection may stay full before the log calls it slow, in milliseconds.
   * Default 1000. A room's follower loses nothing by being slow.
   */
  readonly broadcastTimeoutMs?: number;
  /** Events that a room keeps unless it says otherwise. Default 10 000. */
  readonly roomMaxEvents?: number;
  /** Bytes of events that it keeps; null, the default, is no limit. */
  readonly roomMaxBytes?: number | null;
  /** How long it keeps an event, in milliseconds; null, the default, is for ever. */
  readonly roomMaxAgeMs?: number | null;
  /** How long a room stays that holds nothing and is not used. Default one hour. */
  readonly emptyRoomIdleTtlMs?: number;
  /** How long a room stays that holds events and is not used; null, the default, is for ever. */
  readonly roomIdleTtlMs?: number | null;
  /** Default `info`. */
  readonly logLevel?: LogLevel;
  /** Origins of pages that may use the server, beside those of this machine. */
  readonly origins?: readonly string[];
  /** Names that the server is called by, beside those of this machine and `host`. */
  readonly allowedHosts?: readonly string[];
  /** The time that the engine and the server's timers go by. */
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Bounds of the engine. */
  readonly limits?: Partial<Limits>;
  /** Bounds of the transports. */
  readonly transportLimits?: Partial<TransportLimits>;
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly port: number;
  readonly host: string;
  /** Whether others than this machine can reach the server. */
  readonly reachable: boolean;
  readonly logLevel: LogLevel;
  readonly origins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly clock: Clock | undefined;
  readonly random: (() => number) | undefined;
  readonly limits: Limits;
  readonly transportLimits: TransportLimits;
}

const KNOWN = [
  "port",
  "host",
  "insecure",
  "maxMemoryBytes",
  "evictionPolicy",
  ...engineSettings.map(({ option }) => option),
  "logLevel",
  "origins",
  "allowedHosts",
  "clock",
  "random",
  "limits",
  "transportLimits",
] as const satisfies readonly (keyof ServerOptions)[];

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says; an empty variable says nothing. Throws for what cannot be read. */
export function environmentOptions(env: Environment): ServerOptions {
  const read = <T>(
    names: readonly string[],
    reader: (text: string, name: string) => T,
  ): T | undefined => {
    const name = names.find((candidate) => (env[candidate] ?? "") !== "");
    return name === undefined ? undefined : reader(env[name] as string, name);
  };
  return {
    port: read(["SYNAP_PORT", "PORT"], readPort),
    host: read(["SYNAP_HOST"], (text) => text),
    insecure: read(["SYNAP_INSECURE"], readFlag),
    maxMemoryBytes: read(["SYNAP_MAX_MEMORY"], readMemory),
    evictionPolicy: read(["SYNAP_EVICTION_POLICY"], (text, name) =>
      readOneOf(text, EVICTION_POLICIES, name),
    ),
    ...Object.fromEntries(
      engineSettings.map((setting) => [
        setting.option,
        read([setting.variable], (text, name) => setting.read(text, name)),
      ]),
    ),
    logLevel: read(["SYNAP_LOG_LEVEL"], (text, name) => readOneOf(text, LOG_LEVELS, name)),
    origins: read(["SYNAP_ORIGINS"], (text, name) =>
      readList(text).map((o) => readOrigin(o, name)),
    ),
    allowedHosts: read(["SYNAP_ALLOW_HOSTS"], readList),
  };
}

/** The option where it is given, else the environment. */
export function withEnvironment(options: ServerOptions, env: Environment): ServerOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...environmentOptions(env), ...Object.fromEntries(given) };
}

/** Checks options and fills in the defaults. Throws INVALID_REQUEST that names the option. */
export function resolveOptions(options: ServerOptions): ResolvedOptions {
  refuseUnknownFields({ ...options }, KNOWN, "the server's options");
  const { port = DEFAULT_PORT, logLevel = "info" } = options;
  if (!Number.isInteger(port)) throw wrongSetting(port, "port", "a port from 0 to 65535");
  const host = checkHost(options.host ?? "localhost", options.insecure === true);
  const { broadcastTimeoutMs, ...limits } = checkedSettings(options);
  return {
    port: readPort(String(port), "port"),
    host,
    reachable: !isLoopbackHost(host),
    logLevel: readOneOf(logLevel, LOG_LEVELS, "logLevel"),
    origins: (options.origins ?? []).map((origin) => readOrigin(origin, "origins")),
    allowedHosts: (options.allowedHosts ?? []).map(checkAllowedHost),
    clock: options.clock,
    random: options.random,
    limits: { ...resolveLimits(options), ...limits },
    transportLimits: {
      ...DEFAULT_TRANSPORT_LIMITS,
      ...options.transportLimits,
      ...(broadcastTimeoutMs === undefined ? {} : { broadcastTimeoutMs }),
    },
  };
}

function checkHost(given: string, insecure: boolean): string {
  const host = given.trim().toLowerCase();
  if (host === "") throw wrongSetting(given, "host", "a name or address of this machine");
  if (insecure || isLoopbackHost(host)) return host;
  throw invalidRequest(
    `Others can reach ${host}, and this server asks nobody who they are: whoever reaches it may read and change everything. To listen there anyway start it with --insecure (insecure: true); else leave --host out.`,
    { path: "host", expected: "a loopback address, or insecure" },
  );
}

function checkAllowedHost(given: string): string {
  const host = hostOfAuthority(given);
  if (host === null) throw wrongSetting(given, "allowedHosts", "host names");
  return host;
}

function resolveLimits(options: ServerOptions): Limits {
  const { maxMemoryBytes, evictionPolicy, limits = {} } = options;
  const given = maxMemoryBytes !== undefined ? maxMemoryBytes : limits.maxMemoryBytes;
  if (given !== undefined && given !== null && !(Number.isSafeInteger(given) && given > 0)) {
    throw wrongSetting(given, "maxMemoryBytes", "a whole number of bytes above 0, or null");
  }
  const policy = evictionPolicy ?? limits.evictionPolicy ?? DEFAULT_LIMITS.evictionPolicy;
  return {
    ...DEFAULT_LIMITS,
    ...limits,
    maxMemoryBytes: given === undefined ? defaultMaxMemoryBytes() : given,
    evictionPolicy: readOneOf(policy, EVICTION_POLICIES, "evictionPolicy"),
  };
}

/** The options of a client: what may be given, what holds where nothing is given, and the checks. */
import { DEFAULT_PORT, type WireFormat } from "@hivellm/synap-protocol";
import { invalid } from "./errors.ts";
import type { ClientClock } from "./platform/types.ts";
import type { FetchFunction } from "./transport/http-exchange.ts";
import type { WebSocketConstructor } from "./transport/web-socket.ts";

/** Takes what no call can report. `console` is one. */
export interface Logger {
  debug?(message: string, data?: object): void;
  info?(message: string, data?: object): void;
  warn?(message: string, data?: object): void;
  error?(message: string, data?: object): void;
}

/** How a client reaches its server: see {@link ClientConfig.transport}. */
export type TransportName = "auto" | "websocket" | "http";

/**
 * The options of a client. All of them may be left out.
 *
 * @example
 * const client = new SynapClient({ url: 'http://synap:15500', apiKey: process.env.SYNAP_KEY, timeout: 5_000 })
 */
export interface ClientConfig {
  /** Where the server is: `http://localhost:15500` if not given. https and a path are fine. */
  readonly url?: string | undefined;
  /** The API key; undefined or empty is none. */
  readonly apiKey?: string | undefined;
  /**
   * `auto` (default): one WebSocket for everything, HTTP where a WebSocket cannot be had.
   * `websocket`: nothing else. `http`: a request each; only subscriptions open a WebSocket.
   */
  readonly transport?: TransportName | undefined;
  /** How messages are written: `msgpack` (default, also in browsers) or `json`, to look at them. */
  readonly format?: WireFormat | undefined;
  /** How long a call may take in all, in milliseconds; 30 000 if not given. */
  readonly timeout?: number | undefined;
  /** How often a call is tried again after its first try, where that is safe; 3 if not given. */
  readonly retries?: number | undefined;
  /** The longest wait before the first repeat, in milliseconds; 100 if not given. */
  readonly retryDelay?: number | undefined;
  /** How much longer each further wait may be; 2 if not given. */
  readonly retryBackoff?: number | undefined;
  /** The longest wait before any repeat, in milliseconds; 30 000 if not given. */
  readonly retryMaxDelay?: number | undefined;
  /** How many HTTP connections Node may have open; 10 if not given. Elsewhere `fetch` decides. */
  readonly poolSize?: number | undefined;
  /** Whether Node keeps HTTP connections open between requests (default). Elsewhere `fetch` decides. */
  readonly keepAlive?: boolean | undefined;
  /**
   * Whether request bodies above 1 KiB are gzipped; false if not given. For transport `http` only:
   * what travels over a WebSocket is not compressed.
   */
  readonly compression?: boolean | undefined;
  /** Names this client to the server: 1 to 64 of A-Z a-z 0-9 _ -. 128 random bits if not given. */
  readonly clientId?: string | undefined;
  /** Gets what no call can report; nothing is logged without one. */
  readonly logger?: Logger | undefined;
  /** The WebSocket to use instead of the platform's. The API key then travels in the query. */
  readonly WebSocket?: WebSocketConstructor | undefined;
  /** The fetch to use for HTTP instead of the platform's way. */
  readonly fetch?: FetchFunction | undefined;
  /** The time to live by instead of the machine's, for tests. */
  readonly clock?: ClientClock | undefined;
}

/** The options as the client uses them. */
export interface ResolvedConfig {
  /** http or https, without a slash at the end. */
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly transport: TransportName;
  readonly format: WireFormat;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly retryBackoff: number;
  readonly retryMaxDelayMs: number;
  readonly poolSize: number;
  readonly keepAlive: boolean;
  readonly compression: boolean;
  readonly clientId: string;
  readonly logger: Logger;
  readonly WebSocket: WebSocketConstructor | undefined;
  readonly fetch: FetchFunction | undefined;
  readonly clock: ClientClock | undefined;
}

const KNOWN: Readonly<Record<keyof ClientConfig, true>> = {
  url: true,
  apiKey: true,
  transport: true,
  format: true,
  timeout: true,
  retries: true,
  retryDelay: true,
  retryBackoff: true,
  retryMaxDelay: true,
  poolSize: true,
  keepAlive: true,
  compression: true,
  clientId: true,
  logger: true,
  WebSocket: true,
  fetch: true,
  clock: true,
};

/** Checks what was given and fills in what was not. Throws ValidationError that names the option. */
export function resolveConfig(config: string | ClientConfig = {}): ResolvedConfig {
  const given: ClientConfig = typeof config === "string" ? { url: config } : config;
  if (typeof given !== "object" || given === null) {
    throw invalid("config", "a URL or an object of options", given);
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(KNOWN, name)) {
      throw invalid("config", `an object of ${Object.keys(KNOWN).join(", ")}`, { [name]: "…" });
    }
  }
  return {
    baseUrl: readUrl(given.url ?? `http://localhost:${DEFAULT_PORT}`),
    apiKey: readText(given.apiKey, "apiKey") || undefined,
    transport: oneOf(given.transport ?? "auto", "transport", ["auto", "websocket", "http"]),
    format: oneOf(given.format ?? "msgpack", "format", ["msgpack", "json"]),
    timeoutMs: readTimeout(given.timeout ?? 30_000, "timeout"),
    retries: atLeast(given.retries ?? 3, "retries", 0, "a whole number"),
    retryDelayMs: atLeast(given.retryDelay ?? 100, "retryDelay", 0, "milliseconds"),
    retryBackoff: atLeast(given.retryBackoff ?? 2, "retryBackoff", 1, "a factor"),
    retryMaxDelayMs: atLeast(given.retryMaxDelay ?? 30_000, "retryMaxDelay", 0, "milliseconds"),
    poolSize: atLeast(given.poolSize ?? 10, "poolSize", 1, "a whole number"),
    keepAlive: readFlag(given.keepAlive ?? true, "keepAlive"),
    compression: readCompression(given),
    clientId: readClientId(given.clientId),
    logger: given.logger ?? {},
    WebSocket: readFunction(given.WebSocket, "WebSocket"),
    fetch: readFunction(given.fetch, "fetch"),
    clock: given.clock,
  };
}

/** A time limit in milliseconds: greater than 0, Infinity for none. */
export function readTimeout(value: number, path: string): number {
  if (typeof value === "number" && value > 0) return value;
  throw invalid(path, "milliseconds greater than 0, or Infinity", value);
}

function readUrl(text: string): string {
  const expected = "an http or https URL without query, such as http://localhost:15500";
  if (typeof text !== "string" || !URL.canParse(text)) throw invalid("url", expected, text);
  const url = new URL(text);
  const plain = url.search === "" && url.hash === "" && url.username === "";
  if (!plain || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw invalid("url", expected, text);
  }
  return url.href.replace(/\/+$/, "");
}

function readText(value: string | undefined, path: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw invalid(path, "a string", value);
}

function readFlag(value: boolean, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw invalid(path, "true or false", value);
}

function readCompression({ compression = false, transport }: ClientConfig): boolean {
  const wanted = readFlag(compression, "compression");
  if (!wanted || transport === "http") return wanted;
  throw invalid("compression", 'false, or transport "http": WebSocket frames go as they are', true);
}

function readFunction<F extends object>(value: F | undefined, path: string): F | undefined {
  if (value === undefined || typeof value === "function") return value;
  throw invalid(path, "a function", value);
}

function atLeast(value: number, path: string, least: number, what: string): number {
  const whole = what !== "a whole number" || Number.isInteger(value);
  if (typeof value === "number" && Number.isFinite(value) && value >= least && whole) return value;
  throw invalid(path, `${what} of at least ${least}`, value);
}

function oneOf<T extends string>(value: T, path: string, known: readonly T[]): T {
  if (known.includes(value)) return value;
  throw invalid(path, known.map((name) => `"${name}"`).join(" or "), value);
}

function readClientId(value: string | undefined): string {
  if (value === undefined) return randomId();
  if (typeof value === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(value)) return value;
  throw invalid("clientId", "1 to 64 of A-Z a-z 0-9 _ -", value);
}

/** 128 random bits as hex. */
function randomId(): string {
  let text = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) {
    text += byte.toString(16).padStart(2, "0");
  }
  return text;
}

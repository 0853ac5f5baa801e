import {
  type ErrorCode,
  isErrorCode,
  isSynapError,
  SynapError,
  type WireError,
} from "@hivellm/synap-protocol";
import { camelKeys } from "./naming.ts";

/*
 * Each class stands for the codes in its `codes`; `instanceof` asks the error's code, not its
 * prototype, so it holds across the ESM and CommonJS copies of this package.
 */

/**
 * The key does not exist. Comes from `ttl`, `expire`, `persist` and a condition on a version;
 * never from `get`, which says `found: false`.
 *
 * @example
 * try { await client.kv.expire('user:1', 60) } catch (error) {
 *   if (error instanceof KeyNotFoundError) console.log('gone:', error.details.key)
 * }
 */
export class KeyNotFoundError extends SynapError {
  /** The error codes this class stands for. */
  static readonly codes: readonly ErrorCode[] = ["KEY_NOT_FOUND"];
  override readonly name: string = "KeyNotFoundError";
}

/** The queue does not exist. */
export class QueueNotFoundError extends SynapError {
  /** The error codes this class stands for. */
  static readonly codes: readonly ErrorCode[] = ["QUEUE_NOT_FOUND"];
  override readonly name: string = "QueueNotFoundError";
}

/** The room does not exist. */
export class RoomNotFoundError extends SynapError {
  /** The error codes this class stands for. */
  static readonly codes: readonly ErrorCode[] = ["ROOM_NOT_FOUND"];
  override readonly name: string = "RoomNotFoundError";
}

/** Too many requests: `details.retryAfter` is how many seconds to wait. */
export class RateLimitError extends SynapError {
  /** The error codes this class stands for. */
  static readonly codes: readonly ErrorCode[] = ["RATE_LIMITED"];
  override readonly name: string = "RateLimitError";
}

/**
 * The server could not be reached, the connection broke before the answer came, or this client is
 * closed. A command that changes something may or may not have run; the message says which.
 */
export class ConnectionError extends SynapError {
  /** The error codes this class stands for. */
  static readonly codes: readonly ErrorCode[] = ["CONNECTION_LOST"];
  override readonly name: string = "ConnectionError";
}

/** No answer came within `timeoutMs`. Whether the command ran is unknown. */
export class TimeoutError extends SynapError {
  /** The error codes this class stands for. */
  static readonly codes: readonly ErrorCode[] = ["TIMEOUT"];
  override readonly name: string = "TimeoutError";
}

/** An option or argument breaks a rule: `details.path` names it, `details.expected` the remedy. */
export class ValidationError extends SynapError {
  /** The error codes this class stands for. */
  static readonly codes: readonly ErrorCode[] = ["INVALID_REQUEST"];
  override readonly name: string = "ValidationError";
}

/** The API key is missing, unknown, or not allowed to do this. */
export class AuthError extends SynapError {
  /** The error codes this class stands for. */
  static readonly codes: readonly ErrorCode[] = ["UNAUTHORIZED", "FORBIDDEN"];
  override readonly name: string = "AuthError";
}

const classes = [
  KeyNotFoundError,
  QueueNotFoundError,
  RoomNotFoundError,
  RateLimitError,
  ConnectionError,
  TimeoutError,
  ValidationError,
  AuthError,
];

/** The one table from a code to its class; codes without an entry are plain {@link SynapError}s. */
const classOf = new Map<ErrorCode, typeof SynapError>(
  classes.flatMap((each) => each.codes.map((code) => [code, each] as const)),
);

type ErrorOptions = ConstructorParameters<typeof SynapError>[2];

/** Makes the error of a code, as an instance of the class that stands for it. */
export function makeError(code: ErrorCode, message: string, options?: ErrorOptions): SynapError {
  return new (classOf.get(code) ?? SynapError)(code, message, options);
}

/** The error that an answer carried. A code of a newer server is INTERNAL, with it in the details. */
export function errorFromWire(error: WireError, requestId?: string | number): SynapError {
  const details = camelKeys(error.details ?? {});
  return isErrorCode(error.code)
    ? makeError(error.code, error.message, { details, requestId })
    : makeError("INTERNAL", `${error.code}: ${error.message}`, {
        details: { ...details, serverCode: error.code },
        requestId,
      });
}

/** What was thrown while a request was made, as the caller should see it. */
export function asClientError(thrown: unknown): unknown {
  if (!isSynapError(thrown)) return thrown;
  return makeError(thrown.code, thrown.message, { details: thrown.details, cause: thrown.cause });
}

/** A value that breaks a rule of this library's surface. */
export function invalid(path: string, expected: string, given: unknown): SynapError {
  return makeError("INVALID_REQUEST", `${path} must be ${expected}, not ${show(given)}.`, {
    details: { path, expected },
  });
}

const SHOWN = 60;

function show(given: unknown): string {
  if (typeof given === "function") return "a function";
  if (typeof given === "bigint") return `${given}n`;
  const text = JSON.stringify(given) ?? String(given);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

/**
 * The error registry: every code that can travel, with its HTTP status and whether repeating the
 * same request later can succeed. Everything else that speaks of errors (the SDK's classes, REST,
 * WebSocket, OpenAPI, the documentation's table) is made from it. The documentation lines stand in
 * `schema/error-docs.ts`, so that they stay out of browser bundles.
 */

const registry = {
  INVALID_REQUEST: { status: 400, retryable: false },
  UNAUTHORIZED: { status: 401, retryable: false },
  FORBIDDEN: { status: 403, retryable: false },
  KEY_NOT_FOUND: { status: 404, retryable: false },
  QUEUE_NOT_FOUND: { status: 404, retryable: false },
  ROOM_NOT_FOUND: { status: 404, retryable: false },
  TOPIC_NOT_FOUND: { status: 404, retryable: false },
  GROUP_NOT_FOUND: { status: 404, retryable: false },
  MEMBER_NOT_FOUND: { status: 404, retryable: false },
  MESSAGE_NOT_FOUND: { status: 404, retryable: false },
  INSTANCE_NOT_FOUND: { status: 404, retryable: false },
  LEASE_NOT_FOUND: { status: 404, retryable: false },
  ROUTE_NOT_FOUND: { status: 404, retryable: false },
  UNKNOWN_COMMAND: { status: 404, retryable: false },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false },
  ALREADY_EXISTS: { status: 409, retryable: false },
  VERSION_MISMATCH: { status: 409, retryable: false },
  NOT_OWNER: { status: 409, retryable: false },
  STALE_GENERATION: { status: 409, retryable: false },
  STALE_TOKEN: { status: 409, retryable: false },
  LEASE_HELD: { status: 409, retryable: true },
  LEASE_LOST: { status: 409, retryable: false },
  REQUEST_MISMATCH: { status: 409, retryable: false },
  OUTCOME_UNKNOWN: { status: 409, retryable: false },
  PAYLOAD_TOO_LARGE: { status: 413, retryable: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retryable: false },
  NOT_A_NUMBER: { status: 422, retryable: false },
  OUT_OF_RANGE: { status: 422, retryable: false },
  RATE_LIMITED: { status: 429, retryable: true },
  QUEUE_FULL: { status: 429, retryable: true },
  SUBSCRIBER_LIMIT: { status: 429, retryable: true },
  CANCELLED: { status: 499, retryable: false },
  INTERNAL: { status: 500, retryable: false },
  OVERLOADED: { status: 503, retryable: true },
  READ_ONLY: { status: 503, retryable: true },
  LOADING: { status: 503, retryable: true },
  NO_RESPONDERS: { status: 503, retryable: true },
  NOT_ACTIVE: { status: 503, retryable: true },
  RESPONDER_GONE: { status: 503, retryable: true },
  CONNECTION_LOST: { status: 503, retryable: true },
  TIMEOUT: { status: 504, retryable: true },
  OUT_OF_MEMORY: { status: 507, retryable: true },
} as const;

/** A code of the error registry, such as `KEY_NOT_FOUND`. Match on this, never on a message's text. */
export type ErrorCode = keyof typeof registry;

/** What the registry says of a code: its HTTP status, and whether a later repeat can succeed. */
export interface ErrorTraits {
  readonly status: number;
  readonly retryable: boolean;
}

export const ERRORS: Readonly<Record<ErrorCode, ErrorTraits>> = registry;

/** All codes, in the order of their HTTP status. */
export const ERROR_CODES = Object.keys(registry) as readonly ErrorCode[];

/** Whether a text that came over the wire is a code this version knows. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(registry, text);
}

/** What stands in an error's `details`: plain data, snake_case on the wire. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** An error as it travels: `{code, message, details?}`. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly details?: ErrorDetails;
}

const BRAND = Symbol.for("@hivellm/synap.error");

/** Options beside an error's code and message. */
export interface SynapErrorOptions {
  readonly details?: ErrorDetails | undefined;
  readonly requestId?: string | number | undefined;
  readonly cause?: unknown;
}

/**
 * Every failure that Synap reports, on either side of the wire. `instanceof` is decided by a brand,
 * so it holds across the ESM and CommonJS copies of the SDK.
 *
 * @example
 * try { await client.kv.expire('user:1', 60) } catch (error) {
 *   if (error instanceof SynapError && error.code === 'KEY_NOT_FOUND') { … }
 * }
 */
export class SynapError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Object.hasOwn(this, "codes")
      ? isSynapError(value) && (this as unknown as CodedClass).codes.includes(value.code)
      : isSynapError(value);
  }

  override readonly name: string = "SynapError";
  /** Which failure, from the registry. */
  readonly code: ErrorCode;
  /** The HTTP status of the code. */
  readonly status: number;
  /** Whether repeating the same request later can succeed. */
  readonly retryable: boolean;
  /** What the message is about, as data; `{}` when there is nothing to add. */
  readonly details: ErrorDetails;
  /** The request that failed, where it had an id. */
  readonly requestId: string | number | undefined;

  constructor(code: ErrorCode, message: string, options: SynapErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Object.defineProperty(this, BRAND, { value: true });
    this.code = code;
    this.status = ERRORS[code].status;
    this.retryable = ERRORS[code].retryable;
    this.details = options.details ?? {};
    this.requestId = options.requestId;
  }
}

interface CodedClass {
  readonly codes: readonly ErrorCode[];
}

/** Whether a thrown value is a SynapError, of this copy of the library or of another. */
export function isSynapError(value: unknown): value is SynapError {
  return typeof value === "object" && value !== null && BRAND in value;
}

/** A request that breaks a rule of the wire. `path` is the field, `expected` the remedy. */
export function invalidRequest(message: string, details?: ErrorDetails): SynapError {
  return new SynapError("INVALID_REQUEST", message, { details });
}

/** The wire form of an error; anything unforeseen becomes INTERNAL without its text. */
export function toWireError(error: unknown): WireError {
  if (!isSynapError(error)) {
    return { code: "INTERNAL", message: "The server failed while it ran this request." };
  }
  return Object.keys(error.details).length === 0
    ? { code: error.code, message: error.message }
    : { code: error.code, message: error.message, details: error.details };
}

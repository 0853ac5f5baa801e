import { STATUS_CODES } from "node:http";
import { ERRORS, isErrorCode, type WireError } from "@hivellm/synap-protocol";

/** Headers that go with an error, beside those of every answer. */
export function errorHeaders(error: WireError): Record<string, string> {
  const headers: Record<string, string> = {};
  const { retry_after: retryAfter, allow } = error.details ?? {};
  if (typeof retryAfter === "number") headers["retry-after"] = String(Math.ceil(retryAfter));
  if (Array.isArray(allow)) headers.allow = allow.join(", ");
  return headers;
}

/** The HTTP status of a code. */
export function statusOf(error: WireError): number {
  return isErrorCode(error.code) ? ERRORS[error.code].status : 500;
}

/**
 * A whole HTTP answer as text, for connections on which there is no request to answer to: what the
 * parser rejects, refused upgrades, CONNECT.
 */
export function rawErrorAnswer(
  error: WireError,
  requestId: string,
  status: number = statusOf(error),
): string {
  const body = JSON.stringify({ error, request_id: requestId });
  const headers = {
    ...errorHeaders(error),
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "x-request-id": requestId,
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}\r\n${lines.join("")}\r\n${body}`;
}

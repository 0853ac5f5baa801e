import { SynapError } from "@hivellm/synap-protocol";

/* Refusals that several engines give. */

export function tooLarge(path: string, limit: number, actual?: number): SynapError {
  const size = actual === undefined ? "is" : `is ${actual} bytes,`;
  return new SynapError("PAYLOAD_TOO_LARGE", `${path} ${size} over the limit of ${limit} bytes.`, {
    details: { path, limit, ...(actual === undefined ? {} : { actual }) },
  });
}

export function needsSession(path: string): SynapError {
  return new SynapError(
    "INVALID_REQUEST",
    "This binds to a session that lasts, and an HTTP request has none. Use a WebSocket.",
    { details: { path, expected: "a request over /api/v1/ws" } },
  );
}

export function outOfMemory(): SynapError {
  return new SynapError(
    "OUT_OF_MEMORY",
    "The server has no memory for new data. Reads, acknowledgements and deletes go on.",
  );
}

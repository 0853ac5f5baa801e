import type { ErrorCode } from "../errors.ts";

/** One line for each code: what happened and what to do. The documentation's table is made from it. */
export const errorDocs: Readonly<Record<ErrorCode, string>> = {
  INVALID_REQUEST:
    "The request breaks a rule; `details.path` names the field, `details.expected` the remedy.",
  UNAUTHORIZED: "No credential, or one the server does not know.",
  FORBIDDEN: "The credential, the Origin or the Host is not allowed to do this.",
  KEY_NOT_FOUND:
    "The key does not exist. Comes from ttl, expire, persist and if_version, never from get.",
  QUEUE_NOT_FOUND: "The queue does not exist.",
  ROOM_NOT_FOUND: "The room does not exist.",
  TOPIC_NOT_FOUND: "The topic does not exist.",
  GROUP_NOT_FOUND: "The consumer group does not exist.",
  MEMBER_NOT_FOUND: "The member is not in the group.",
  MESSAGE_NOT_FOUND: "The message is not in flight under this receipt: its deadline has passed.",
  INSTANCE_NOT_FOUND: "No instance of the service has this id.",
  LEASE_NOT_FOUND: "Nobody holds a lease of this name.",
  ROUTE_NOT_FOUND: "There is nothing at this path; see /openapi.json.",
  UNKNOWN_COMMAND: "There is no command of this name; `details.nearest` is the closest one.",
  METHOD_NOT_ALLOWED:
    "The path exists, but not for this method; the Allow header lists the others.",
  ALREADY_EXISTS: "It exists with other settings.",
  VERSION_MISMATCH:
    "A condition on a version did not hold; `details` has key, expected and actual.",
  NOT_OWNER: "The partition belongs to another member.",
  STALE_GENERATION: "The partition has changed hands since.",
  STALE_TOKEN: "The lease has another token by now, or has run out.",
  LEASE_HELD: "Another owner holds the lease.",
  LEASE_LOST: "The lease has run out.",
  REQUEST_MISMATCH: "A request id came back with another command or payload.",
  OUTCOME_UNKNOWN: "The server no longer knows whether the first try ran; nothing ran now.",
  PAYLOAD_TOO_LARGE:
    "A body, frame, value or answer is over its limit; `details.limit` is in bytes or items.",
  UNSUPPORTED_MEDIA_TYPE: "Send application/json or application/msgpack.",
  NOT_A_NUMBER: "The value is not an integer, so it cannot be counted up or down.",
  OUT_OF_RANGE: "The result would lie beyond 2^53.",
  RATE_LIMITED: "Too many requests; wait `details.retry_after` seconds.",
  QUEUE_FULL: "The queue holds as many messages as it may.",
  SUBSCRIBER_LIMIT: "The room has as many subscribers as it may.",
  CANCELLED: "The caller cancelled the request.",
  INTERNAL: "The server failed; its log says why.",
  OVERLOADED: "The server has more work than it can queue; try again later.",
  READ_ONLY: "The disk is full: reads go on, writes are refused.",
  LOADING: "The server is still reading its data.",
  NO_RESPONDERS: "No instance serves this method.",
  NOT_ACTIVE: "The service has no leader at the moment.",
  RESPONDER_GONE: "The instance that ran the call is gone.",
  CONNECTION_LOST:
    "The connection broke or could not be opened; whether the request ran is unknown.",
  TIMEOUT: "No answer came in time; whether the request ran is unknown.",
  OUT_OF_MEMORY: "The memory limit is reached; delete keys, set ttls or raise the limit.",
};

import type { IncomingHttpHeaders } from "node:http";
import { type CallOptions, invalidRequest, type SynapError } from "@hivellm/synap-protocol";

/** Reads `X-Synap-Sync`, `X-Synap-Guard` and `X-Synap-Retry`; undefined if there are none. */
export function readCallOptions(headers: IncomingHttpHeaders): CallOptions | undefined {
  const sync = headers["x-synap-sync"];
  const guard = headers["x-synap-guard"];
  const retry = headers["x-synap-retry"];
  if (sync === undefined && guard === undefined && retry === undefined) return undefined;
  return {
    ...(sync === undefined ? {} : { sync: readFlag(sync, "X-Synap-Sync") }),
    ...(guard === undefined ? {} : { guard: readGuard(guard) }),
    ...(retry === undefined ? {} : { retry: readFlag(retry, "X-Synap-Retry") }),
  };
}

function readFlag(text: string | string[], header: string): boolean {
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw wrongHeader(header, "true or false");
}

const GUARD = /^(.+):(\d{1,16})$/;

/** A lease's name may hold colons; its token is what follows the last one. */
function readGuard(text: string | string[]): { lease: string; token: number } {
  const [, lease, digits] = GUARD.exec(String(text)) ?? [];
  const token = Number(digits);
  if (lease === undefined || !Number.isSafeInteger(token)) {
    throw wrongHeader("X-Synap-Guard", "<lease>:<token>");
  }
  return { lease, token };
}

const CLIENT_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The client id of `X-Synap-Client`, if the request names one. */
export function readClientId(headers: IncomingHttpHeaders): string | undefined {
  const id = headers["x-synap-client"];
  if (id === undefined || (typeof id === "string" && CLIENT_ID.test(id))) return id as string;
  throw wrongHeader("X-Synap-Client", "1 to 64 of A-Z a-z 0-9 _ -");
}

function wrongHeader(header: string, expected: string): SynapError {
  return invalidRequest(`The header ${header} must be ${expected}.`, { path: header, expected });
}

import {
  base64Decode,
  base64Encode,
  invalidRequest,
  type SynapError,
  utf8Decode,
  utf8Encode,
} from "@hivellm/synap-protocol";
import type { AnswerOf, RequestOf } from "@hivellm/synap-protocol/schema";
import { compareKeys } from "./key-order.ts";
import type { KvState } from "./kv-state.ts";

const DEFAULT_COUNT = 100;
/** Expired keys that a page may pass over before it ends early, so that its cost stays bounded. */
const MAX_PASSED_OVER = 1_000;
const CURSOR_VERSION = "k1.";

/**
 * One page of keys after `after`. The cursor is the last key that was looked at, so it stays good
 * whatever is written between pages, and across restarts.
 */
export function scanPage(
  state: KvState,
  request: RequestOf<"kv.scan">,
  after: string | null,
  nowMs: number,
  maxPageBytes: number,
): AnswerOf<"kv.scan"> {
  const { prefix = "", count = DEFAULT_COUNT } = request;
  const keys: string[] = [];
  let bytes = 0;
  let passedOver = 0;
  let last = after;
  let hasMore = false;
  const start = after === null || compareKeys(after, prefix) < 0 ? prefix : after;
  state.index.walk(start, start === after, (handle, key) => {
    if (!key.startsWith(prefix)) return false;
    if (keys.length === count || bytes >= maxPageBytes || passedOver === MAX_PASSED_OVER) {
      hasMore = true;
      return false;
    }
    last = key;
    if (state.isExpired(handle, nowMs)) passedOver++;
    else {
      keys.push(key);
      bytes += key.length;
    }
    return true;
  });
  const cursor = hasMore && last !== null ? writeCursor(last) : null;
  return { keys, cursor, has_more: cursor !== null };
}

function writeCursor(key: string): string {
  return CURSOR_VERSION + base64Encode(utf8Encode(key)).replaceAll("+", "-").replaceAll("/", "_");
}

/** The key a cursor stands behind, or the error that says it is none. */
export function readCursor(cursor: string): string | SynapError {
  const bytes = cursor.startsWith(CURSOR_VERSION)
    ? base64Decode(cursor.slice(CURSOR_VERSION.length).replaceAll("-", "+").replaceAll("_", "/"))
    : null;
  if (bytes !== null) {
    try {
      return utf8Decode(bytes);
    } catch {
      // falls through to the one error for every cursor that no page returned
    }
  }
  return invalidRequest("cursor is not one that a page of kv.scan returned.", {
    path: "cursor",
    expected: "the cursor of the page before, or none for the first page",
  });
}

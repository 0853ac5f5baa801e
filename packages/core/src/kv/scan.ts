import type { AnswerOf, RequestOf } from "@hivellm/synap-protocol/schema";
import { writeCursor } from "../pages.ts";
import { compareKeys } from "../tables/key-order.ts";
import type { KvState } from "./kv-state.ts";

const DEFAULT_COUNT = 100;
/** Expired keys that a page may pass over before it ends early, so that its cost stays bounded. */
const MAX_PASSED_OVER = 1_000;

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

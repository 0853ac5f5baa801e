import type { SynapError } from "@hivellm/synap-protocol";
import type { AnswerOf, RequestOf } from "@hivellm/synap-protocol/schema";
import { readCursor, writeCursor } from "../pages.ts";
import { compareKeys } from "../tables/key-order.ts";
import type { PatternCounts } from "./pattern-counts.ts";

const DEFAULT_LIMIT = 100;

/** One page of what is listened to, in order; it also ends behind what passes `maxPageBytes`. */
export function topicsPage(
  counts: PatternCounts,
  request: RequestOf<"pubsub.topics">,
  maxPageBytes: number,
): AnswerOf<"pubsub.topics"> | SynapError {
  const { prefix = "", limit = DEFAULT_LIMIT } = request;
  const after = request.cursor === undefined ? null : readCursor(request.cursor, "pubsub.topics");
  if (after !== null && typeof after !== "string") return after;
  const items: { topic: string; subscribers: number }[] = [];
  let bytes = 0;
  let hasMore = false;
  const start = after === null || compareKeys(after, prefix) < 0 ? prefix : after;
  counts.walk(start, start === after, (topic, subscribers) => {
    if (!topic.startsWith(prefix)) return false;
    hasMore = items.length === limit || bytes >= maxPageBytes;
    if (hasMore) return false;
    items.push({ topic, subscribers });
    bytes += topic.length;
    return true;
  });
  const last = items.at(-1)?.topic;
  const cursor = hasMore && last !== undefined ? writeCursor(last) : null;
  return { items, cursor, has_more: cursor !== null };
}

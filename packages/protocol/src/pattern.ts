import { MAX_NAME_BYTES, MAX_PATTERN_HASHES, MAX_PATTERN_SEGMENTS } from "./limits.ts";
import { isWellFormed, utf8Length } from "./text.ts";

/*
 * Topics are segments joined by dots. In a pattern `*` stands for one segment and `#` for zero or
 * more, anywhere: `a.#` matches `a`, `a.b` and `a.b.c`.
 */

const WILDCARD = /[*#]/;
const CONTROL = /\p{Cc}/u;

/** Whether a text can be a name: 1 to 512 bytes of UTF-8 without control characters. */
export function isName(text: string): boolean {
  if (text.length === 0 || text.length > MAX_NAME_BYTES) return false;
  if (!isWellFormed(text) || CONTROL.test(text)) return false;
  return text.length * 3 <= MAX_NAME_BYTES || utf8Length(text) <= MAX_NAME_BYTES;
}

/** Whether a message can be published to this topic: a name, no empty segment, no wildcard. */
export function isTopic(text: string): boolean {
  return isName(text) && !WILDCARD.test(text) && !hasEmptySegment(text);
}

/** Whether a text is a pattern: wildcards stand alone in their segments, and there are not too many. */
export function isPattern(text: string): boolean {
  if (!isName(text) || hasEmptySegment(text)) return false;
  if (!WILDCARD.test(text)) return true;
  const segments = text.split(".");
  if (segments.length > MAX_PATTERN_SEGMENTS) return false;
  let hashes = 0;
  for (const segment of segments) {
    if (segment.length > 1 && WILDCARD.test(segment)) return false;
    if (segment === "#") hashes++;
  }
  return hashes <= MAX_PATTERN_HASHES;
}

function hasEmptySegment(text: string): boolean {
  return text.startsWith(".") || text.endsWith(".") || text.includes("..");
}

/**
 * Whether a pattern matches a topic. Sets of states rather than backtracking: the cost is at most
 * segments times segments, whatever the pattern.
 *
 * @example
 * matchesPattern('orders.*.#', 'orders.eu') // true
 */
export function matchesPattern(pattern: string, topic: string): boolean {
  if (!WILDCARD.test(pattern)) return pattern === topic;
  const parts = pattern.split(".");
  let states = throughHashes(parts, new Set([0]));
  for (const segment of topic.split(".")) {
    const next = new Set<number>();
    for (const at of states) {
      const part = parts[at];
      if (part === undefined) continue;
      if (part === "#") next.add(at);
      else if (part === "*" || part === segment) next.add(at + 1);
    }
    if (next.size === 0) return false;
    states = throughHashes(parts, next);
  }
  return states.has(parts.length);
}

/** A `#` may stand for nothing: whoever is before one is also behind it. */
function throughHashes(parts: readonly string[], states: Set<number>): Set<number> {
  for (const at of states) if (parts[at] === "#") states.add(at + 1);
  return states;
}

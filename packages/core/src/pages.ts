import {
  base64Decode,
  base64Encode,
  invalidRequest,
  type SynapError,
  utf8Decode,
  utf8Encode,
} from "@hivellm/synap-protocol";
import type { Handle } from "./tables/handle.ts";
import { compareKeys } from "./tables/key-order.ts";
import type { OrderedIndex } from "./tables/ordered-index.ts";

/*
 * Pages of lists. A cursor is the last name that was looked at, so it stays good whatever is
 * written between pages, and across restarts.
 */

const CURSOR_VERSION = "k1.";
const DEFAULT_LIMIT = 100;

export function writeCursor(key: string): string {
  return CURSOR_VERSION + base64Encode(utf8Encode(key)).replaceAll("+", "-").replaceAll("/", "_");
}

/** The key that a cursor stands behind, or the error that says it is none. */
export function readCursor(cursor: string, command: string): string | SynapError {
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
  return invalidRequest(`cursor is not one that a page of ${command} returned.`, {
    path: "cursor",
    expected: "the cursor of the page before, or none for the first page",
  });
}

/** What a list is asked for. */
export interface PageRequest {
  readonly prefix?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

/** One page of a list. */
export interface Page<Item> {
  readonly items: Item[];
  readonly cursor: string | null;
  readonly has_more: boolean;
}

/** What an item of a list takes beside its name, roughly. */
const ITEM_BYTES = 200;

/** How a list is read. */
export interface NameList<Item> {
  readonly command: string;
  /** A page ends after the item that passes this, in bytes. */
  readonly maxPageBytes: number;
  item(handle: Handle, name: string): Item;
}

/** One page of named things, in the order of their names. */
export function pageOfNames<Item>(
  names: OrderedIndex,
  request: PageRequest,
  { command, maxPageBytes, item }: NameList<Item>,
): Page<Item> | SynapError {
  const after = request.cursor === undefined ? null : readCursor(request.cursor, command);
  if (after !== null && typeof after !== "string") return after;
  const { prefix = "", limit = DEFAULT_LIMIT } = request;
  const items: Item[] = [];
  let bytes = 0;
  let last: string | null = null;
  let hasMore = false;
  const start = after === null || compareKeys(after, prefix) < 0 ? prefix : after;
  names.walk(start, start === after, (handle, name) => {
    if (!name.startsWith(prefix)) return false;
    hasMore = items.length === limit || bytes >= maxPageBytes;
    if (hasMore) return false;
    last = name;
    bytes += ITEM_BYTES + name.length;
    items.push(item(handle, name));
    return true;
  });
  return { items, cursor: hasMore && last !== null ? writeCursor(last) : null, has_more: hasMore };
}

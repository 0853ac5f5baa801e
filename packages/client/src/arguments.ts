/** How methods read arguments that are alike in all parts of a client. */
import type { WireCommand } from "@hivellm/synap-protocol";
import type { Fields, RequestOptions } from "./calls/call.ts";
import { asClientError, invalid } from "./errors.ts";
import { optionWriter } from "./naming.ts";

/** Refuses what is no object of options. */
export function asOptions(given: unknown, path: string, expected: string): object {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return given;
  throw invalid(path, expected, given);
}

/** Refuses undefined, which is no value. */
export function checkValue(value: unknown, path: string): void {
  if (value === undefined) throw invalid(path, "any JSON value or bytes (null for none)", value);
}

/** Adds a method's options to the fields that it makes of its own arguments. */
export type AddOptions = (payload: Fields, options: object | null | undefined) => Fields;

/** Makes an {@link AddOptions} for a command; `positional` are the fields that are no options. */
export function optionAdder(command: WireCommand, positional: readonly string[]): AddOptions {
  const write = optionWriter(command, positional);
  return (payload, options) => {
    if (options === undefined || options === null) return payload;
    const given = asOptions(options, "options", "an object of options");
    try {
      write(payload, given);
    } catch (thrown) {
      throw asClientError(thrown);
    }
    return payload;
  };
}

/** Texts by name as they travel: members that are undefined are left out. */
export function textsOf(given: unknown, path: string): Fields {
  const texts: Fields = {};
  for (const [name, text] of Object.entries(asOptions(given, path, "an object of strings"))) {
    if (text !== undefined) texts[name] = text;
  }
  return texts;
}

/** Which part of a list to read. */
export interface PageOptions extends RequestOptions {
  /** Only names that start with this text; all if not given. */
  readonly prefix?: string | undefined;
  /** Where the page before ended; null or nothing for the first page. */
  readonly cursor?: string | null | undefined;
  /** How many a page holds at most, 1 to 10 000; 100 if not given. */
  readonly limit?: number | undefined;
}

/** A page of a list. */
export interface Page<T> {
  readonly items: T[];
  /** Where the next page starts; null after the last. */
  readonly cursor: string | null;
  /** Whether there is a next page. */
  readonly hasMore: boolean;
}

/** How many names an iteration fetches at once. */
const ITEMS_PER_PAGE = 500;

/** Goes through all pages of a list. */
export async function* eachItem<T>(
  list: (page: PageOptions) => Promise<Page<T>>,
  prefix = "",
  options: RequestOptions = {},
): AsyncGenerator<T, void, undefined> {
  const { signal, timeoutMs } = options;
  let cursor: string | null = null;
  do {
    const page: Page<T> = await list({ prefix, cursor, limit: ITEMS_PER_PAGE, signal, timeoutMs });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== null);
}

import type { RequestOptions } from "../calls/call.ts";
import type { Kv } from "./kv-api.ts";
import type { GetResult, KvChange } from "./types.ts";

/** How many keys are read at once. */
const PAGE_KEYS = 500;

/**
 * Reads the current values under a prefix, page by page, as a watch would tell them. Ends early
 * when `goesOn` says so.
 */
export async function readValues(
  kv: Pick<Kv, "scan" | "mget">,
  prefix: string,
  options: RequestOptions,
  each: (change: KvChange) => void,
  goesOn: () => boolean,
): Promise<void> {
  let cursor: string | null = null;
  do {
    const page = await kv.scan({ prefix, cursor, count: PAGE_KEYS }, options);
    await readPage(kv, page.keys, options, (change) => {
      if (goesOn()) each(change);
    });
    cursor = page.cursor;
  } while (cursor !== null && goesOn());
}

/** Values that do not fit in one answer are read in halves. */
async function readPage(
  kv: Pick<Kv, "mget">,
  keys: readonly string[],
  options: RequestOptions,
  each: (change: KvChange) => void,
): Promise<void> {
  if (keys.length === 0) return;
  let values: GetResult[];
  try {
    values = await kv.mget(keys, options);
  } catch (error) {
    if (keys.length === 1 || !isTooLarge(error)) throw error;
    const middle = keys.length >> 1;
    await readPage(kv, keys.slice(0, middle), options, each);
    await readPage(kv, keys.slice(middle), options, each);
    return;
  }
  values.forEach((entry, i) => {
    const key = keys[i];
    if (key === undefined || !entry.found) return;
    const { value, version, ttl } = entry;
    each({ op: "put", key, value, version, ttl });
  });
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === "PAYLOAD_TOO_LARGE";
}

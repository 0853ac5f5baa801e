/** What the mock adds to a partial result, method by method. */

import { asFields, asList, type Fields, type Filler, subscription } from "./fill-parts.ts";
import { queueFillers } from "./fill-queue.ts";
import { roomFillers } from "./fill-rooms.ts";

const MISSING = { found: false, value: null, ttl: null, version: 0 };

const EMPTY_STATS = {
  keys: 0,
  keysWithTtl: 0,
  sessionKeys: 0,
  bytes: 0,
  maxMemoryBytes: null,
  evictionPolicy: "noeviction",
  hits: 0,
  misses: 0,
  expired: 0,
  evicted: 0,
  watchers: 0,
};

/** By the method's path. A method that is not here takes its replacement's result as it is. */
export const fillers: Readonly<Record<string, Filler>> = {
  "kv.set": (partial, [key]) => ({ key, success: true, version: 1, ...asFields(partial) }),
  "kv.get": (partial) => entry(partial),
  "kv.del": (partial) => partial ?? 0,
  "kv.delete": (partial) => partial ?? 0,
  "kv.exists": (partial) => partial ?? 0,
  "kv.incr": (partial) => partial ?? 0,
  "kv.decr": (partial) => partial ?? 0,
  "kv.expire": (partial) => partial ?? true,
  "kv.persist": (partial) => partial ?? true,
  "kv.ttl": (partial) => ttl(asFields(partial)),
  "kv.mset": (partial) => ({ version: 1, ...asFields(partial) }),
  "kv.mget": (partial, [keys]) => entries(partial, keys),
  "kv.scan": (partial) => page(asFields(partial)),
  "kv.stats": (partial) => ({ ...EMPTY_STATS, ...asFields(partial) }),
  "kv.watch": (partial, [prefix]) => ({ prefix, ...subscription(), ...asFields(partial) }),
  ...queueFillers,
  ...roomFillers,
  batch: (partial) => asList(partial).map(outcome),
  close: () => undefined,
};

/** A key counts as found if the part says so or has a value. */
function entry(partial: unknown): Fields {
  const fields = asFields(partial);
  const found = fields.found ?? "value" in fields;
  return found
    ? { found: true, value: null, ttl: null, version: 1, ...fields }
    : { ...MISSING, ...fields };
}

function entries(partial: unknown, keys: unknown): Fields[] {
  const given = asList(partial);
  const count = Math.max(given.length, asList(keys).length);
  return Array.from({ length: count }, (_, i) => entry(given[i]));
}

/** Seconds follow from milliseconds and the reverse. */
function ttl(fields: Fields): Fields {
  const { ttl: seconds, ttlMs } = fields;
  return {
    ttl: typeof ttlMs === "number" ? Math.ceil(ttlMs / 1000) : null,
    ttlMs: typeof seconds === "number" ? seconds * 1000 : null,
    ...fields,
  };
}

function page(fields: Fields): Fields {
  const cursor = fields.cursor ?? null;
  return { keys: [], hasMore: cursor !== null, ...fields, cursor };
}

function outcome(partial: unknown): Fields {
  const fields = asFields(partial);
  return "error" in fields
    ? {
        status: "error",
        ...fields,
        error: { code: "INTERNAL", message: "", ...asFields(fields.error) },
      }
    : { status: "success", payload: {}, ...fields };
}

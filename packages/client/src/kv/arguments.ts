/** How the methods of the key-value store read their arguments. */
import { wireCommand } from "@hivellm/synap-protocol";
import { asOptions, checkValue } from "../arguments.ts";
import type { Fields, RequestOptions } from "../calls/call.ts";
import { optionWriter } from "../naming.ts";
import type { MsetEntry, ScanOptions, SetOptions, TtlOptions } from "./types.ts";

const addSetOptions = optionWriter(wireCommand("kv.set"), ["key", "value"]);
const addExpireOptions = optionWriter(wireCommand("kv.expire"), ["key"]);
const addScanOptions = optionWriter(wireCommand("kv.scan"), []);
const addEntryOptions = optionWriter(wireCommand("kv.set"), ["key", "value"]);

/** `(...keys)` or `(keys, options)`. */
export type KeyArguments<O extends RequestOptions> =
  | readonly string[]
  | readonly [keys: readonly string[], options?: O];

/** Reads what a method with many keys was called with. */
export function readKeys<O extends RequestOptions>(
  given: KeyArguments<O>,
): { keys: readonly string[]; options: O | undefined } {
  const [first, options] = given;
  if (!Array.isArray(first)) return { keys: given as readonly string[], options: undefined };
  return { keys: [...(first as readonly string[])], options: options as O | undefined };
}

export function setPayload(
  key: string,
  value: unknown,
  ttl: number | SetOptions | undefined,
): Fields {
  checkValue(value, "value");
  if (ttl === undefined) return { key, value };
  if (typeof ttl === "number") return { key, value, ttl };
  const payload: Fields = { key, value };
  addSetOptions(payload, asOptions(ttl, "ttl", "seconds or an object of options"));
  return payload;
}

export function expirePayload(key: string, ttl: number | TtlOptions): Fields {
  if (typeof ttl === "number") return { key, ttl };
  const payload: Fields = { key };
  addExpireOptions(payload, asOptions(ttl, "ttl", "seconds, { ttl } or { ttlMs }"));
  return payload;
}

export function scanPayload(page: string | ScanOptions | undefined): Fields {
  if (page === undefined) return {};
  if (typeof page === "string") return { prefix: page };
  const payload: Fields = {};
  addScanOptions(payload, asOptions(page, "page", "a prefix, or { prefix, cursor, count }"));
  return payload;
}

export function msetPayload(
  entries: readonly MsetEntry[] | Readonly<Record<string, unknown>>,
): Fields {
  if (Array.isArray(entries))
    return { entries: (entries as readonly MsetEntry[]).map(entryPayload) };
  const record = asOptions(entries, "entries", "an array of { key, value }, or an object");
  return {
    entries: Object.entries(record).map(([key, value]) => setPayload(key, value, undefined)),
  };
}

function entryPayload({ key, value, ...options }: MsetEntry): Fields {
  const payload = setPayload(key, value, undefined);
  addEntryOptions(payload, options);
  return payload;
}

/**
 * A value on its way and at rest: one tag byte, then the encoded form. Values are stored as they
 * came and transcoded only for a reader of the other format.
 *
 * | tag | what follows |
 * |---|---|
 * | 0 | bytes |
 * | 1 | a string, as UTF-8 |
 * | 2 | any other value, as JSON text (bytes inside it as `{"$bytes":"<base64>"}`) |
 * | 3 | any other value, as MessagePack |
 */
import { invalidRequest, isSynapError } from "./errors.ts";
import { packMsgpack, unpackScanned } from "./msgpack/pack.ts";
import { scanMsgpack } from "./msgpack/scan.ts";
import { asBytes, checkJson, normalize } from "./normalize.ts";
import { base64Decode, base64Encode, isUtf8, utf8Decode, utf8Encode } from "./text.ts";

export const TAG_BYTES = 0;
export const TAG_STRING = 1;
export const TAG_JSON = 2;
export const TAG_MSGPACK = 3;

/** An encoded value: one tag byte and what it announces. */
export type TaggedValue = Uint8Array;

/** The two formats of the wire. */
export type WireFormat = "json" | "msgpack";

/** Any value that Synap keeps: what JSON can say, or bytes. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value };

/**
 * Encodes a caller's value: strings are always tag 1 and bytes tag 0, all else takes the format of
 * the sender. Throws INVALID_REQUEST with the path of what cannot travel.
 */
export function encodeValue(value: unknown, format: WireFormat, path = "value"): TaggedValue {
  const normal = normalize(value, path);
  if (normal === undefined) {
    throw invalidRequest(`${path} is ${typeof value}, which is no value; use null.`, { path });
  }
  return encodeNormal(normal, format);
}

/** Encodes what {@link normalize} returned, or what a scanned frame held. */
export function encodeNormal(value: unknown, format: WireFormat): TaggedValue {
  if (typeof value === "string") return tagged(TAG_STRING, utf8Encode(value));
  const bytes = asBytes(value);
  if (bytes !== null) return tagged(TAG_BYTES, bytes);
  return format === "msgpack"
    ? tagged(TAG_MSGPACK, packMsgpack(value))
    : tagged(TAG_JSON, utf8Encode(JSON.stringify(escapeBytes(value))));
}

/** Encodes a value that `JSON.parse` returned from the JSON wire; `path` names it in errors. */
export function encodeJsonValue(value: unknown, path: string): TaggedValue {
  checkJson(value, path);
  if (typeof value === "string") return tagged(TAG_STRING, utf8Encode(value));
  checkBytesForms(value, path);
  const bytes = bytesForm(value);
  if (bytes !== null) return tagged(TAG_BYTES, bytes);
  return tagged(TAG_JSON, utf8Encode(JSON.stringify(value)));
}

/** The JavaScript value; bytes are the caller's own copy. */
export function decodeValue(value: TaggedValue): Value {
  const body = value.subarray(1);
  switch (value[0]) {
    case TAG_BYTES:
      return new Uint8Array(body);
    case TAG_STRING:
      return utf8Decode(body);
    case TAG_JSON:
      return unescapeBytes(JSON.parse(utf8Decode(body))) as Value;
    default:
      return ownBytes(unpackScanned(body)) as Value;
  }
}

/** The value as it stands in a JSON message: JSON text, bytes as `{"$bytes":"<base64>"}`. */
export function valueToJsonText(value: TaggedValue): string {
  const body = value.subarray(1);
  switch (value[0]) {
    case TAG_BYTES:
      return `{"$bytes":"${base64Encode(body)}"}`;
    case TAG_STRING:
      return JSON.stringify(utf8Decode(body));
    case TAG_JSON:
      return utf8Decode(body);
    default:
      return JSON.stringify(escapeBytes(unpackScanned(body)));
  }
}

/** Restores a value that came out of a parsed JSON message. */
export function valueFromJson(value: unknown): Value {
  return unescapeBytes(value) as Value;
}

/** Refuses a tagged value from a stranger that some reader could not read back. */
export function checkTaggedValue(value: TaggedValue, path: string): void {
  const fault = (what: string): never => {
    throw invalidRequest(`${path} ${what}.`, { path, expected: "a tagged value" });
  };
  if (value.length === 0) fault("is an empty value without a tag");
  switch (value[0]) {
    case TAG_BYTES:
      return;
    case TAG_STRING:
      if (!isUtf8(value, 1)) fault("is a string that is not UTF-8");
      return;
    case TAG_JSON:
      checkJsonText(value, path);
      return;
    case TAG_MSGPACK:
      checkMsgpack(value, path);
      return;
    default:
      fault(`has the unknown tag ${value[0]}`);
  }
}

function checkMsgpack(value: TaggedValue, path: string): void {
  try {
    scanMsgpack(value, 1);
  } catch (error) {
    if (!isSynapError(error)) throw error;
    throw invalidRequest(`${path}: ${error.message}`, { ...error.details, path });
  }
}

function checkJsonText(value: TaggedValue, path: string): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(utf8Decode(value.subarray(1)));
  } catch (cause) {
    throw invalidRequest(`${path} is not JSON text: ${String(cause)}.`, { path, expected: "JSON" });
  }
  checkJson(parsed, path);
  checkBytesForms(parsed, path);
}

/** Encodes a value that came out of a readable MessagePack message; `path` names it in errors. */
export function encodeReadableValue(value: unknown, path: string): TaggedValue {
  const encoded = encodeNormal(value, "msgpack");
  checkTaggedValue(encoded, path); // inside its message it may have nested deeper than a value may
  return encoded;
}

function tagged(tag: number, body: Uint8Array): TaggedValue {
  const value = new Uint8Array(body.length + 1);
  value[0] = tag;
  value.set(body, 1);
  return value;
}

/** A reader's bytes must not be views of a frame or a slab that lives on. */
function ownBytes(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const bytes = asBytes(value);
  if (bytes !== null) return new Uint8Array(bytes);
  if (Array.isArray(value)) return value.map(ownBytes);
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) members[key] = ownBytes(members[key]);
  return members;
}

const BYTES_KEY = /^\$+bytes$/;

/** The name of an object's only key if that has the form `$bytes`, `$$bytes`, …; else null. */
function bytesKey(value: object): string | null {
  const keys = Object.keys(value);
  const only = keys[0];
  return keys.length === 1 && only !== undefined && BYTES_KEY.test(only) ? only : null;
}

function bytesForm(value: unknown): Uint8Array | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  if (bytesKey(value) !== "$bytes") return null;
  const text = (value as Record<string, unknown>).$bytes;
  return typeof text === "string" ? base64Decode(text) : null;
}

function checkBytesForms(value: unknown, path: string): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkBytesForms(value[i], `${path}[${i}]`);
    return;
  }
  if (bytesKey(value) === "$bytes" && bytesForm(value) === null) {
    throw invalidRequest(`${path}.$bytes is not base64.`, {
      path: `${path}.$bytes`,
      expected: "base64 (RFC 4648, with padding); write $$bytes for an object with that key",
    });
  }
  for (const [key, member] of Object.entries(value)) checkBytesForms(member, `${path}.${key}`);
}

/** Bytes become `{"$bytes":…}`; an object that only looks like that gains one `$`. */
export function escapeBytes(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const bytes = asBytes(value);
  if (bytes !== null) return { $bytes: base64Encode(bytes) };
  if (Array.isArray(value)) return value.map(escapeBytes);
  const key = bytesKey(value);
  if (key !== null) return { [`$${key}`]: escapeBytes((value as Record<string, unknown>)[key]) };
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) result[name] = escapeBytes(member);
  return result;
}

function unescapeBytes(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(unescapeBytes);
  const key = bytesKey(value);
  if (key !== null) {
    const bytes = bytesForm(value);
    if (bytes !== null) return bytes;
    return { [key.slice(1)]: unescapeBytes((value as Record<string, unknown>)[key]) };
  }
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) result[name] = unescapeBytes(member);
  return result;
}

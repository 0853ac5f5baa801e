import { invalidRequest } from "./errors.ts";
import { MAX_DEPTH } from "./limits.ts";
import { isWellFormed } from "./text.ts";

/**
 * Brings a JavaScript value into the one form that every wire format carries alike: `undefined`
 * members are dropped (null in arrays), `toJSON` is honoured, views and buffers become bytes.
 * What some format would change or lose is refused with its path: NaN, Infinity, integers beyond
 * 2^53, bigint, Map, Set, functions, lone surrogates, the key `__proto__`.
 */
export function normalize(value: unknown, path = "value"): unknown {
  return normalizeAt(value, path, "", 0);
}

/** The rules of {@link normalize}, checked on what `JSON.parse` returned; throws at the first fault. */
export function checkJson(value: unknown, path: string, depth = 0): void {
  if (typeof value === "string") checkText(value, path);
  else if (typeof value === "number") checkNumber(value, path);
  else if (typeof value === "object" && value !== null) {
    if (depth >= MAX_DEPTH) refuse(path, `is nested deeper than ${MAX_DEPTH} levels`);
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) checkJson(value[i], `${path}[${i}]`, depth + 1);
      return;
    }
    for (const [key, member] of Object.entries(value)) {
      checkKey(key, path);
      checkJson(member, `${path}.${key}`, depth + 1);
    }
  }
}

function normalizeAt(value: unknown, path: string, key: string, depth: number): unknown {
  switch (typeof value) {
    case "string":
      checkText(value, path);
      return value;
    case "number":
      checkNumber(value, path);
      return value === 0 ? 0 : value; // JSON has no negative zero
    case "boolean":
      return value;
    case "undefined":
    case "symbol":
      return undefined;
    case "bigint":
    case "function":
      return refuse(path, `is a ${typeof value}`);
    case "object":
      return value === null ? null : normalizeObject(value, path, key, depth);
  }
}

function normalizeObject(value: object, path: string, key: string, depth: number): unknown {
  if (depth >= MAX_DEPTH) refuse(path, `is nested deeper than ${MAX_DEPTH} levels`);
  const bytes = asBytes(value);
  if (bytes !== null) return bytes;
  if (value instanceof Map || value instanceof Set) {
    refuse(path, `is a ${value instanceof Map ? "Map" : "Set"}`);
  }
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return normalizeAt(value.toJSON(key), path, key, depth + 1);
  }
  if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    return normalizeAt(value.valueOf(), path, key, depth);
  }
  return Array.isArray(value)
    ? value.map((item, i) => normalizeAt(item, `${path}[${i}]`, String(i), depth + 1) ?? null)
    : normalizeMembers(value, path, depth);
}

function normalizeMembers(value: object, path: string, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const normal = normalizeAt(member, `${path}.${name}`, name, depth + 1);
    if (normal === undefined) continue;
    checkKey(name, path);
    result[name] = normal;
  }
  return result;
}

/** The bytes that a buffer or view stands for, or null for anything else. */
export function asBytes(value: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(value)) {
    return value instanceof Uint8Array
      ? value
      : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return value instanceof ArrayBuffer ? new Uint8Array(value) : null;
}

function checkText(text: string, path: string): void {
  if (!isWellFormed(text)) refuse(path, "holds a lone surrogate");
}

function checkNumber(value: number, path: string): void {
  if (!Number.isFinite(value)) refuse(path, `is ${value}`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    refuse(path, "is an integer beyond 2^53");
  }
}

function checkKey(key: string, path: string): void {
  if (key === "__proto__") refuse(path, "has the key __proto__");
  if (!isWellFormed(key)) refuse(path, "has a key with a lone surrogate");
}

function refuse(path: string, fault: string): never {
  throw invalidRequest(`${path} ${fault}, which cannot travel in every format.`, {
    path,
    expected: "null, booleans, finite numbers within 2^53, strings, bytes, arrays, plain objects",
  });
}

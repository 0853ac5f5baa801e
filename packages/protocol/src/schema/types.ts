import {
  FormatRegistry,
  Kind,
  type Static,
  type TObject,
  type TSchema,
  Type,
  TypeRegistry,
} from "@sinclair/typebox";
import { MAX_KEY_BYTES, MAX_KEYS, MAX_TTL_MS } from "../limits.ts";
import { isWellFormed, utf8Length } from "../text.ts";
import type { TaggedValue } from "../values.ts";

/*
 * The building blocks of all command schemas. A schema is JSON Schema (OpenAPI takes it as it is)
 * and a TypeBox type (validators are compiled from it). `expected` is what an error says instead of
 * the bare JSON Schema words.
 */

FormatRegistry.Set("synap-key", (text) => {
  if (text.length === 0 || !isWellFormed(text)) return false;
  return text.length * 3 <= MAX_KEY_BYTES || utf8Length(text) <= MAX_KEY_BYTES;
});
FormatRegistry.Set("synap-text", isWellFormed);
TypeRegistry.Set("SynapValue", (_, value) => ArrayBuffer.isView(value));
TypeRegistry.Set("SynapCommands", (_, value) => Array.isArray(value));
TypeRegistry.Set("SynapResults", (_, value) => Array.isArray(value));

/** What JSON Schema knows and readers see of a schema, beside its constraints. */
export interface Notes {
  readonly description: string;
  readonly expected?: string;
}

/** Any JSON value or bytes: on the MessagePack socket one tagged `bin`. */
export const Value = (description: string) =>
  Type.Unsafe<TaggedValue>({ [Kind]: "SynapValue", "x-synap": "value", description });

/** A value, or null where there is none. */
export const MaybeValue = (description: string) =>
  Type.Unsafe<TaggedValue | null>({ [Kind]: "SynapValue", "x-synap": "value", description });

export const Key = (description = "The key: 1 to 4096 bytes of UTF-8.") =>
  Type.String({
    format: "synap-key",
    minLength: 1,
    description,
    expected: `a key of 1 to ${MAX_KEY_BYTES} bytes of well-formed UTF-8`,
  });

export const Keys = Type.Array(Key(), {
  minItems: 1,
  maxItems: MAX_KEYS,
  description: `The keys, 1 to ${MAX_KEYS} of them.`,
  expected: `an array of 1 to ${MAX_KEYS} keys`,
});

export const Prefix = Type.String({
  format: "synap-text",
  maxLength: MAX_KEY_BYTES,
  description: "Only keys that start with this text; all keys if empty.",
  expected: `a text of at most ${MAX_KEY_BYTES} characters`,
});

export const Flag = (description: string) => Type.Boolean({ description });

export const Version = (description: string) =>
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description });

export const Count = (description: string) => Type.Integer({ minimum: 0, description });

export const TtlSeconds = Type.Number({
  exclusiveMinimum: 0,
  maximum: MAX_TTL_MS / 1000,
  description: "Time to live in seconds, greater than 0.",
  expected: `a number of seconds greater than 0 and at most ${MAX_TTL_MS / 1000}`,
});

export const TtlMillis = Type.Integer({
  minimum: 1,
  maximum: MAX_TTL_MS,
  description: "Time to live in milliseconds, greater than 0.",
  expected: `a whole number of milliseconds from 1 to ${MAX_TTL_MS}`,
});

export const Nullable = <T extends TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

/** An object of exactly these members; the order of the members is their position on the wire. */
export const Members = <T extends Record<string, TSchema>>(members: T): TObject<T> =>
  Type.Object(members, { additionalProperties: false });

export { Kind, type Static, type TObject, type TSchema, Type };
export const Optional = Type.Optional;

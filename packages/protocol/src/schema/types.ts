import {
  FormatRegistry,
  Kind,
  type Static,
  type TObject,
  type TSchema,
  Type,
  TypeRegistry,
} from "@sinclair/typebox";
import {
  MAX_ACK_DEADLINE_SECONDS,
  MAX_KEY_BYTES,
  MAX_KEYS,
  MAX_NAME_BYTES,
  MAX_PAGE,
  MAX_PATTERN_HASHES,
  MAX_PATTERN_SEGMENTS,
  MAX_TTL_MS,
} from "../limits.ts";
import { isName, isPattern, isTopic } from "../pattern.ts";
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
FormatRegistry.Set("synap-name", isName);
FormatRegistry.Set("synap-topic", isTopic);
FormatRegistry.Set("synap-pattern", isPattern);
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

/** The name of a queue, a room, a consumer or an event type. */
export const Name = (description: string) =>
  Type.String({
    format: "synap-name",
    minLength: 1,
    description,
    expected: `a name of 1 to ${MAX_NAME_BYTES} bytes of UTF-8 without control characters`,
  });

export const Topic = (description: string) =>
  Type.String({
    format: "synap-topic",
    minLength: 1,
    description,
    expected: `segments joined by dots, none of them empty, without * and #, at most ${MAX_NAME_BYTES} bytes`,
  });

export const Pattern = (description: string) =>
  Type.String({
    format: "synap-pattern",
    minLength: 1,
    description,
    expected: `segments joined by dots, none of them empty; * stands for one segment and # for any number, each alone in its segment; with wildcards at most ${MAX_PATTERN_SEGMENTS} segments and ${MAX_PATTERN_HASHES} #`,
  });

/** A name that every format can carry: well-formed, and no `__proto__`, which readers drop. */
const TEXT_NAME = "^(?!__proto__$)(?:[^\\uD800-\\uDFFF]|[\\uD800-\\uDBFF][\\uDC00-\\uDFFF])*$";

/** Texts by name, such as headers. */
export const Texts = (description: string) =>
  Type.Record(
    Type.String({ pattern: TEXT_NAME }),
    Type.String({ maxLength: 8_192, format: "synap-text" }),
    {
      additionalProperties: false,
      maxProperties: 64,
      description,
      expected:
        "an object of at most 64 strings, each of at most 8192 characters, with names of well-formed Unicode that are not __proto__",
    },
  );

export const AckDeadline = (description: string) =>
  Type.Number({
    exclusiveMinimum: 0,
    maximum: MAX_ACK_DEADLINE_SECONDS,
    description,
    expected: `a number of seconds greater than 0 and at most ${MAX_ACK_DEADLINE_SECONDS}`,
  });

export const Delay = (description: string) =>
  Type.Number({
    minimum: 0,
    maximum: MAX_TTL_MS / 1000,
    description,
    expected: `a number of seconds from 0 to ${MAX_TTL_MS / 1000}`,
  });

/** How many items a page holds. */
export const PageLimit = Type.Integer({
  minimum: 1,
  maximum: MAX_PAGE,
  default: 100,
  description: "How many a page holds; 100 if not given.",
});

/** The fields by which a list of named things is read page by page. */
export const pageRequest = {
  prefix: Type.Optional(
    Type.String({
      format: "synap-text",
      maxLength: MAX_NAME_BYTES,
      description: "Only names that start with this text.",
    }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 8_192, description: "Where the page before ended." }),
  ),
  limit: Type.Optional(PageLimit),
};

/** The answer of such a list, in the order of the names' UTF-8 bytes. */
export const pageOf = <T extends TSchema>(item: T) =>
  Members({
    items: Type.Array(item, { description: "The items of this page." }),
    cursor: Nullable(Type.String(), "Where the next page starts; null after the last."),
    has_more: Flag("Whether there is a next page."),
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

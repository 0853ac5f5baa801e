import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import type { ValueError } from "@sinclair/typebox/errors";
import { invalidRequest, type SynapError } from "../errors.ts";
import { unknownField } from "../readable.ts";
import type { CommandDefinition } from "./define.ts";
import { messageDefinitions } from "./messages.ts";
import { commands } from "./registry.ts";
import type { TObject, TSchema } from "./types.ts";

/** Returns what is wrong with a payload, or null. Validators are compiled once, here. */
export type Validator = (payload: Record<string, unknown>) => SynapError | null;

/** The validator of each command's payload, by name. */
export const payloadValidators: ReadonlyMap<string, Validator> = new Map(
  (commands as readonly CommandDefinition[]).map((command) => [
    command.name,
    compile(command.request, command.name, command.exclusive ?? []),
  ]),
);

/** The validator of each message that a client may send beside requests, by type. */
export const noticeValidators: ReadonlyMap<string, Validator> = new Map(
  messageDefinitions
    .filter((message) => message.from === "client")
    .map((message) => [message.type, compile(message.fields, message.type, [])]),
);

function compile(
  schema: TObject,
  what: string,
  exclusive: readonly (readonly string[])[],
): Validator {
  const check: TypeCheck<TObject> = TypeCompiler.Compile(schema);
  return (payload) => {
    if (!check.Check(payload)) return explain(firstError(check, payload), schema, what);
    return exclusive.length === 0 ? null : checkExclusive(payload, exclusive, what);
  };
}

/** An unknown field is named before what is missing: it is most often the misspelt one. */
function firstError(check: TypeCheck<TObject>, payload: unknown): ValueError | undefined {
  let first: ValueError | undefined;
  for (const error of check.Errors(payload)) {
    if (error.message === "Unexpected property") return error;
    first ??= error;
  }
  return first;
}

function explain(error: ValueError | undefined, schema: TObject, what: string): SynapError {
  if (error === undefined) return invalidRequest(`The payload of ${what} is not valid.`);
  const segments = error.path.split("/").slice(1).map(unescapePointer);
  if (error.message === "Unexpected property") {
    const above = segments.slice(0, -1);
    const name = segments.at(-1) ?? "";
    const parent = descend(schema, above);
    if (parent?.patternProperties !== undefined) return wrongName(pathTo(above), parent, what);
    const known = Object.keys((parent?.properties as object | undefined) ?? {});
    return unknownField(name, known, what, join(pathTo(above), name));
  }
  const path = pathTo(segments);
  const expected = expectedOf(error.schema);
  return error.value === undefined
    ? invalidRequest(`${what} needs the field "${path}": ${expected}.`, { path, expected })
    : invalidRequest(`${path} of ${what} must be ${expected}, not ${show(error.value)}.`, {
        path,
        expected,
      });
}

/** Among texts by name, one that cannot be a name. */
function wrongName(path: string, schema: TSchema, what: string): SynapError {
  const expected = expectedOf(schema);
  return invalidRequest(`${path} of ${what} must be ${expected}.`, { path, expected });
}

/** A name as it was before JSON Pointer escaped it (RFC 6901, section 3). */
function unescapePointer(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}

function pathTo(segments: readonly string[]): string {
  return segments.reduce((at, s) => (/^\d+$/.test(s) ? `${at}[${s}]` : join(at, s)), "");
}

function join(path: string, segment: string): string {
  return path === "" ? segment : `${path}.${segment}`;
}

function descend(schema: TSchema | undefined, segments: readonly string[]): TSchema | undefined {
  let at: TSchema | undefined = schema;
  for (const segment of segments) {
    at = /^\d+$/.test(segment)
      ? (at?.items as TSchema | undefined)
      : (at?.properties as Record<string, TSchema> | undefined)?.[segment];
  }
  return at;
}

const WHOLE_RANGE = Number.MAX_SAFE_INTEGER;

function expectedOf(schema: TSchema): string {
  if (typeof schema.expected === "string") return schema.expected;
  if (schema["x-synap"] === "value") return "any JSON value or bytes";
  switch (schema.type) {
    case "boolean":
      return "true or false";
    case "string":
      return schema.maxLength === undefined
        ? "a string"
        : `a string of at most ${schema.maxLength} characters`;
    case "integer":
    case "number": {
      const kind = schema.type === "integer" ? "an integer" : "a number";
      const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
      if (minimum === undefined || minimum === -WHOLE_RANGE) return `${kind} within 2^53`;
      return maximum === undefined || maximum === WHOLE_RANGE
        ? `${kind} of at least ${minimum}`
        : `${kind} from ${minimum} to ${maximum}`;
    }
    case "array":
      return `an array of at most ${String(schema.maxItems ?? "any number of")} items`;
    default:
      return schema.type === "object" ? "an object" : "another value";
  }
}

const SHOWN = 60;

function show(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  const text =
    typeof value === "object" ? JSON.stringify(value) : (JSON.stringify(value) ?? typeof value);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

function checkExclusive(
  payload: Record<string, unknown>,
  groups: readonly (readonly string[])[],
  what: string,
): SynapError | null {
  for (const group of groups) {
    const given = group.filter((name) => payload[name] !== undefined && payload[name] !== false);
    if (given.length > 1) {
      return invalidRequest(`${what} takes only one of ${given.join(" and ")}.`, {
        path: given[1],
        expected: `at most one of ${group.join(", ")}`,
      });
    }
  }
  return null;
}

/**
 * The readable form of requests and answers: objects with names, as JSON text (command endpoint,
 * REST, JSON socket) or as MessagePack maps (command endpoint). The positional form of the
 * MessagePack socket stands in `msgpack/frames.ts`.
 */
import { invalidRequest, isSynapError, SynapError, type WireError } from "./errors.ts";
import { MAX_BATCH_COMMANDS } from "./limits.ts";
import type {
  BatchMember,
  BatchOutcome,
  CallOptions,
  CommandCall,
  MessageFields,
} from "./messages.ts";
import { normalize } from "./normalize.ts";
import {
  decodeValue,
  encodeJsonValue,
  encodeReadableValue,
  escapeBytes,
  type TaggedValue,
  valueFromJson,
  valueToJsonText,
  type WireFormat,
} from "./values.ts";
import { findWireCommand, nearestName, type WireField, wireCommand } from "./wire-table.ts";

type Fields = Record<string, unknown>;

/** Narrows to a plain object, or says which field is none. */
export function asObject(data: unknown, path: string): Fields {
  if (
    typeof data !== "object" ||
    data === null ||
    Array.isArray(data) ||
    ArrayBuffer.isView(data)
  ) {
    throw invalidRequest(`${path} must be an object.`, { path, expected: "an object" });
  }
  return data as Fields;
}

/** Refuses the first field that is none of `known`, with the nearest known name. */
export function refuseUnknownFields(
  data: Fields,
  known: readonly string[],
  where: string,
  path = "",
): void {
  for (const name of Object.keys(data)) {
    if (!known.includes(name)) throw unknownField(name, known, where, path + name);
  }
}

/** The error for a field that does not exist: the remedy is the nearest known one. */
export function unknownField(
  name: string,
  known: readonly string[],
  where: string,
  path = name,
): SynapError {
  const nearest = nearestName(name, known);
  const hint = nearest === null ? "" : ` Did you mean "${nearest}"?`;
  const shown = JSON.stringify(name.slice(0, 100));
  return invalidRequest(`Unknown field ${shown} in ${where}.${hint}`, {
    path,
    expected: known.length === 0 ? "no fields" : `one of ${known.join(", ")}`,
    ...(nearest === null ? {} : { nearest }),
  });
}

const CALL_FIELDS = ["type", "request_id", "command", "payload", "sync", "guard", "retry"];

/** Reads `{command, payload, sync?, guard?, retry?}` of a frame, a body or a batch's member. */
export function readCall(data: Fields, format: WireFormat): CommandCall {
  refuseUnknownFields(data, CALL_FIELDS, "the message");
  if (typeof data.command !== "string") {
    throw invalidRequest("command must be a string.", {
      path: "command",
      expected: 'the name of a command, such as "kv.get"',
    });
  }
  const command = wireCommand(data.command);
  const payload = asObject(data.payload ?? {}, "payload");
  return {
    command,
    payload: readFields(command.request, payload, format),
    options: readOptions(data),
  };
}

/** Reads a batch's members; one that cannot be read becomes its error, and the others still run. */
export function readMembers(data: unknown, format: WireFormat): BatchMember[] {
  if (!Array.isArray(data)) {
    throw invalidRequest("commands must be an array.", {
      path: "commands",
      expected: "an array of {command, payload}",
    });
  }
  if (data.length > MAX_BATCH_COMMANDS) throw tooManyCommands(data.length);
  return data.map((member, i): BatchMember => {
    try {
      return readCall(asObject(member, `commands[${i}]`), format);
    } catch (error) {
      if (isSynapError(error)) return { error };
      throw error;
    }
  });
}

function namesOf(fields: readonly WireField[]): string[] {
  return fields.map((field) => field.name);
}

/** A batch holds at most MAX_BATCH_COMMANDS. */
export function tooManyCommands(count: number): SynapError {
  return new SynapError(
    "PAYLOAD_TOO_LARGE",
    `A batch of ${count} commands is too large; send at most ${MAX_BATCH_COMMANDS}.`,
    { details: { path: "commands", limit: MAX_BATCH_COMMANDS, actual: count } },
  );
}

/** Turns readable fields into a payload: null is as absent, values become tagged values. */
export function readFields(
  fields: readonly WireField[],
  data: Fields,
  format: WireFormat,
  path = "",
): Fields {
  const payload: Fields = {};
  for (const [name, given] of Object.entries(data)) {
    if (name === "__proto__") throw unknownField(name, namesOf(fields), "the payload");
    const shape = fields.find((field) => field.name === name)?.shape;
    const at = path + name;
    if (shape === "value") {
      payload[name] =
        format === "json" ? encodeJsonValue(given, at) : encodeReadableValue(given, at);
    } else if (given === null || given === undefined) continue;
    else if (shape === "commands") payload[name] = readMembers(given, format);
    else if (Array.isArray(shape) && Array.isArray(given)) {
      payload[name] = given.map((item, i) =>
        readFields(shape, asObject(item, `${at}[${i}]`), format, `${at}[${i}].`),
      );
    } else payload[name] = given;
  }
  return payload;
}

/** Reads `sync`, `guard` and `retry` where they stand beside a payload. */
export function readOptions(data: Fields): CallOptions | undefined {
  const { sync, guard, retry } = data;
  if (sync == null && guard == null && retry == null) return undefined;
  return {
    ...(sync == null ? {} : { sync: readFlag(sync, "sync") }),
    ...(guard == null ? {} : { guard: readGuard(guard) }),
    ...(retry == null ? {} : { retry: readFlag(retry, "retry") }),
  };
}

function readFlag(value: unknown, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw invalidRequest(`${path} must be true or false.`, { path, expected: "a boolean" });
}

function readGuard(value: unknown): { lease: string; token: number } {
  const guard = asObject(value, "guard");
  refuseUnknownFields(guard, ["lease", "token"], "guard");
  if (typeof guard.lease !== "string" || !Number.isSafeInteger(guard.token)) {
    throw invalidRequest("guard must be {lease, token}.", {
      path: "guard",
      expected: "a lease's name and its token, an integer",
    });
  }
  return { lease: guard.lease, token: guard.token as number };
}

/** An answer's payload as JSON text; tagged values become JSON on the way. */
export function fieldsToJson(fields: readonly WireField[], payload: MessageFields): string {
  let text = "";
  for (const { name, shape, optional } of fields) {
    const value = payload[name];
    if (value === undefined && (optional === true || shape !== "value")) continue;
    text += `${text === "" ? "" : ","}"${name}":${fieldToJson(shape, value)}`;
  }
  return `{${text}}`;
}

function fieldToJson(shape: WireField["shape"], value: unknown): string {
  if (shape === undefined) return JSON.stringify(value);
  if (value === undefined || value === null) return "null";
  if (shape === "value") return valueToJsonText(value as TaggedValue);
  const items = value as readonly MessageFields[];
  if (shape === "results") return `[${(value as BatchOutcome[]).map(outcomeToJson).join(",")}]`;
  if (shape === "commands") return JSON.stringify(value);
  return `[${items.map((item) => fieldsToJson(shape, item)).join(",")}]`;
}

function outcomeToJson(outcome: BatchOutcome): string {
  return "error" in outcome
    ? `{"status":"error","error":${JSON.stringify(outcome.error)}}`
    : `{"status":"success","payload":${fieldsToJson(outcome.command.response, outcome.payload)}}`;
}

/** An answer's payload as an object of plain data, for a readable MessagePack body. */
export function fieldsToObject(fields: readonly WireField[], payload: MessageFields): Fields {
  const result: Fields = {};
  for (const { name, shape, optional } of fields) {
    const value = payload[name];
    if (value === undefined && (optional === true || shape !== "value")) continue;
    result[name] = fieldToData(shape, value);
  }
  return result;
}

function fieldToData(shape: WireField["shape"], value: unknown): unknown {
  if (shape === undefined || value === undefined || value === null) return value ?? null;
  if (shape === "value") return decodeValue(value as TaggedValue);
  if (shape === "results") return (value as BatchOutcome[]).map(outcomeToObject);
  if (shape === "commands") return value;
  return (value as readonly MessageFields[]).map((item) => fieldsToObject(shape, item));
}

function outcomeToObject(outcome: BatchOutcome): Fields {
  return "error" in outcome
    ? { status: "error", error: outcome.error }
    : { status: "success", payload: fieldsToObject(outcome.command.response, outcome.payload) };
}

/** A caller's payload made ready for `JSON.stringify` or for packing: values normalised. */
export function writeFields(
  fields: readonly WireField[],
  payload: Fields,
  format: WireFormat,
  path = "",
): Fields {
  const result: Fields = {};
  for (const [name, given] of Object.entries(payload)) {
    if (given === undefined) continue;
    const shape = fields.find((field) => field.name === name)?.shape;
    const at = path === "" ? name : `${path}.${name}`;
    if (shape === "commands" && Array.isArray(given)) {
      result[name] = given.map((member, i) => writeMember(member, format, `${at}[${i}]`));
    } else if (Array.isArray(shape) && Array.isArray(given)) {
      result[name] = given.map((item, i) =>
        writeFields(shape, asObject(item, `${at}[${i}]`), format, `${at}[${i}]`),
      );
    } else {
      const normal = normalize(given, at);
      result[name] = format === "json" && shape === "value" ? escapeBytes(normal) : normal;
    }
  }
  return result;
}

/** A member of an unknown command goes out as it is: the server refuses it and runs the others. */
function writeMember(member: unknown, format: WireFormat, path: string): Fields {
  const call = asObject(member, path);
  const fields = findWireCommand(String(call.command))?.request ?? [];
  return {
    ...call,
    payload: writeFields(fields, asObject(call.payload ?? {}, path), format, path),
  };
}

/** Restores the values in an answer's payload that was read from JSON text. */
export function restoreFields(fields: readonly WireField[], payload: Fields): Fields {
  for (const { name, shape } of fields) {
    const value = payload[name];
    if (shape === undefined || value === undefined) continue;
    if (shape === "value") payload[name] = valueFromJson(value);
    else if (Array.isArray(shape)) {
      for (const item of value as Fields[]) restoreFields(shape, item);
    }
  }
  return payload;
}

/** Restores the values in a batch's results, member by member. */
export function restoreResults(results: Fields[], commands: readonly string[]): void {
  results.forEach((result, i) => {
    const command = findWireCommand(commands[i] ?? "");
    if (command === undefined || result.status !== "success") return;
    restoreFields(command.response, result.payload as Fields);
  });
}

/** `{"code","message","details"?}` of an error object from the wire, whatever it holds. */
export function readWireError(data: unknown): WireError {
  const error = (typeof data === "object" && data !== null ? data : {}) as Fields;
  return {
    code: typeof error.code === "string" ? error.code : "INTERNAL",
    message: typeof error.message === "string" ? error.message : "The server sent no message.",
    ...(typeof error.details === "object" && error.details !== null
      ? { details: error.details as Fields }
      : {}),
  };
}

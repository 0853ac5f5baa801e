/**
 * Frames of the MessagePack socket, and the server's side of them: positional arrays, for speed.
 * The client's side stands in `writer.ts` and `reader.ts`. A frame is one message, or an
 * array of messages if its first element is an array.
 *
 *     request  [id, command number, …arguments, options?]     options behind all arguments
 *     answer   [id, result]  [id, result, durability]  [id, null, error]
 *     other    [kind, …fields]                                kind is negative
 *
 * Arguments, results and fields stand in the order of their definition; nil is absent. A result of
 * one field that cannot be null is bare. Lists of objects are arrays of arrays. A batch is
 * `[[command number, …arguments, options?], …]`, its result `[[result] | [null, error], …]`. In the
 * place of a command number may stand its name, followed by a readable payload.
 */
import { invalidRequest, isSynapError } from "../errors.ts";
import { checkFrameLength } from "../json/frames.ts";
import { MAX_BATCH_COMMANDS } from "../limits.ts";
import type {
  BatchMember,
  BatchOutcome,
  CallOptions,
  ClientMessage,
  ClientNoticeType,
  CommandCall,
  MessageFields,
  RequestId,
  ServerMessage,
  ServerPush,
} from "../messages.ts";
import { asBytes } from "../normalize.ts";
import {
  asObject,
  readFields,
  readOptions,
  refuseUnknownFields,
  tooManyCommands,
} from "../readable.ts";
import { checkTaggedValue, type TaggedValue } from "../values.ts";
import {
  messageByKind,
  messageByType,
  type WireField,
  wireCommand,
  wireCommandByNumber,
} from "../wire-table.ts";
import { packMsgpack, unpackMsgpack } from "./pack.ts";

type Fields = Record<string, unknown>;
type Positional = readonly unknown[];

/** Server: reads a frame. A message that cannot be read is `refused`; a frame that cannot, throws. */
export function decodeMsgpackFrame(bytes: Uint8Array): ClientMessage[] {
  const frame = unpackMsgpack(bytes);
  if (!Array.isArray(frame)) throw notAMessage();
  if (!Array.isArray(frame[0])) return [decodeMessage(frame)];
  checkFrameLength(frame.length);
  const messages: ClientMessage[] = new Array(frame.length);
  for (let i = 0; i < frame.length; i++) messages[i] = decodeMessage(frame[i]);
  return messages;
}

function notAMessage() {
  return invalidRequest("A MessagePack message is an array that begins with an integer.", {
    path: "the frame",
    expected: "[id, command number, …arguments] or [kind, …fields], or an array of such",
  });
}

function decodeMessage(message: unknown): ClientMessage {
  let id: RequestId | null = null;
  try {
    if (!Array.isArray(message)) throw notAMessage();
    const head: unknown = message[0];
    if (typeof head !== "number" || !Number.isSafeInteger(head) || head === 0) throw notAMessage();
    if (head < 0) return decodeNotice(head, message);
    id = head;
    return { kind: "request", id, ...readPositionalCall(message, 1) };
  } catch (error) {
    if (isSynapError(error)) return { kind: "refused", id, error };
    throw error;
  }
}

function readPositionalCall(message: Positional, at: number): CommandCall {
  const head = message[at];
  if (typeof head === "string") return readNamedCall(head, message.slice(at + 1));
  if (typeof head !== "number") throw notAMessage();
  const command = wireCommandByNumber(head);
  const first = at + 1;
  const count = command.request.length;
  if (message.length > first + count + 1) {
    throw invalidRequest(`${command.name} takes at most ${count} arguments and options.`, {
      path: "the message",
      expected: command.request.map((field) => field.name).join(", "),
    });
  }
  const options = message[first + count];
  return {
    command,
    payload: readArguments(command.request, message, first),
    options: options == null ? undefined : readPositionalOptions(options),
  };
}

/** `[name, payload]`: what its sender cannot put into positions is read, or refused, by name. */
function readNamedCall(name: string, rest: Positional): CommandCall {
  const command = wireCommand(name);
  const payload = asObject(rest[0] ?? {}, "payload");
  return { command, payload: readFields(command.request, payload, "msgpack") };
}

function readPositionalOptions(data: unknown): CallOptions | undefined {
  const options = asObject(data, "options");
  refuseUnknownFields(options, ["sync", "guard", "retry"], "options");
  return readOptions(options);
}

function readArguments(
  fields: readonly WireField[],
  message: Positional,
  from: number,
  path = "",
): Fields {
  const payload: Fields = {};
  const end = Math.min(fields.length, message.length - from);
  for (let i = 0; i < end; i++) {
    const given = message[from + i];
    if (given === null || given === undefined) continue;
    const { name, shape } = fields[i] as WireField;
    payload[name] = shape === undefined ? given : readShaped(shape, given, path + name);
  }
  return payload;
}

function readShaped(shape: NonNullable<WireField["shape"]>, given: unknown, name: string): unknown {
  if (shape === "value") return readTagged(given, name);
  if (!Array.isArray(given)) return given; // the validator says what was expected
  if (shape === "commands") return readPositionalMembers(given);
  if (shape === "results") return given;
  return given.map((item, i) => {
    const at = `${name}[${i}]`;
    return readArguments(shape, asPositional(item, at), 0, `${at}.`);
  });
}

function readTagged(given: unknown, path: string): TaggedValue {
  const bytes = asBytes(given);
  if (bytes !== null) {
    checkTaggedValue(bytes, path);
    return bytes;
  }
  throw invalidRequest(`${path} must be a tagged value.`, {
    path,
    expected: "bin: a tag byte (0 bytes, 1 string, 2 JSON text, 3 MessagePack) and the value",
  });
}

function asPositional(data: unknown, path: string): Positional {
  if (Array.isArray(data)) return data;
  throw invalidRequest(`${path} must be an array.`, { path, expected: "an array of arguments" });
}

function readPositionalMembers(members: Positional): BatchMember[] {
  if (members.length > MAX_BATCH_COMMANDS) throw tooManyCommands(members.length);
  return members.map((member, i): BatchMember => {
    try {
      return readPositionalCall(asPositional(member, `commands[${i}]`), 0);
    } catch (error) {
      if (isSynapError(error)) return { error };
      throw error;
    }
  });
}

function decodeNotice(kind: number, message: Positional): ClientMessage {
  const definition = messageByKind("client", kind);
  if (definition === undefined) {
    throw invalidRequest(`There is no message of kind ${kind}.`, {
      path: "kind",
      expected: "-1 hello, -2 cancel, -3 done or -5 ping",
    });
  }
  if (message.length > definition.fields.length + 1) {
    throw invalidRequest(
      `A ${definition.type} message has at most ${definition.fields.length} fields.`,
      {
        path: "the message",
        expected: definition.fields.map((field) => field.name).join(", "),
      },
    );
  }
  const fields = readArguments(definition.fields, message, 1);
  return { kind: "notice", type: definition.type as ClientNoticeType, fields };
}

/** Server: writes a frame. */
export function encodeMsgpackFrame(messages: readonly ServerMessage[]): Uint8Array {
  if (messages.length === 1) {
    const only = messages[0] as ServerMessage;
    return only.kind === "push" ? packPush(only) : packMsgpack(toPositional(only));
  }
  return messages.some((message) => message.kind === "push")
    ? joinMsgpackFrame(
        messages.map((m) => (m.kind === "push" ? packPush(m) : packMsgpack(toPositional(m)))),
      )
    : packMsgpack(messages.map(toPositional));
}

function toPositional(message: ServerMessage): Positional {
  switch (message.kind) {
    case "reply": {
      const result = resultOf(message.command.response, message.payload);
      return message.durability === undefined
        ? [message.id, result]
        : [message.id, result, message.durability];
    }
    case "failure":
      return [message.id ?? 0, null, message.error];
    case "push":
      return pushArray(message);
  }
}

/** Bare if there is one field that cannot be null; else positional. */
function resultOf(fields: readonly WireField[], payload: MessageFields): unknown {
  const only = fields[0];
  if (fields.length === 1 && only !== undefined) {
    const bare = argument(only.shape, payload[only.name]);
    return bare ?? [null];
  }
  return argumentsOf(fields, payload);
}

function argumentsOf(fields: readonly WireField[], payload: MessageFields): unknown[] {
  const result: unknown[] = new Array(fields.length);
  let used = 0;
  for (let i = 0; i < fields.length; i++) {
    const { name, shape } = fields[i] as WireField;
    const value = argument(shape, payload[name]);
    result[i] = value;
    if (value !== null) used = i + 1;
  }
  result.length = used;
  return result;
}

function argument(shape: WireField["shape"], value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (shape === undefined || shape === "value" || shape === "commands") return value;
  if (shape === "results") return (value as BatchOutcome[]).map(outcomeArray);
  return (value as readonly MessageFields[]).map((item) => argumentsOf(shape, item));
}

function outcomeArray(outcome: BatchOutcome): Positional {
  return "error" in outcome
    ? [null, outcome.error]
    : [resultOf(outcome.command.response, outcome.payload)];
}

const pushBytes = new WeakMap<ServerPush, Uint8Array>();

/** Followers at the same position share a push, and so its bytes. */
function packPush(push: ServerPush): Uint8Array {
  const known = pushBytes.get(push);
  if (known !== undefined) return known;
  const bytes = packMsgpack(pushArray(push));
  pushBytes.set(push, bytes);
  return bytes;
}

function pushArray(push: ServerPush): Positional {
  const definition = messageByType("server", push.type);
  if (definition === undefined) throw invalidRequest(`There is no push of type ${push.type}.`);
  return [definition.kind, ...argumentsOf(definition.fields, push.fields)];
}

/** Several encoded messages as one frame: an array header, then their bytes. */
function joinMsgpackFrame(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const header = arrayHeader(parts.length);
  let size = header.length;
  for (const part of parts) size += part.length;
  const frame = new Uint8Array(size);
  frame.set(header);
  let at = header.length;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

function arrayHeader(count: number): number[] {
  if (count < 16) return [0x90 | count];
  const bytes = [(count >>> 8) & 0xff, count & 0xff];
  return count < 0x1_0000
    ? [0xdc, ...bytes]
    : [0xdd, count >>> 24, (count >>> 16) & 0xff, ...bytes];
}

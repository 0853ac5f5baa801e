/** Frames of the JSON socket: one message or an array of them, for people to read and write. */
import { invalidRequest, isSynapError, type SynapError } from "../errors.ts";
import { MAX_DEPTH, MAX_FRAME_MESSAGES } from "../limits.ts";
import type {
  CallOptions,
  ClientMessage,
  ClientNoticeType,
  Durability,
  ReceivedMessage,
  RequestId,
  ServerMessage,
  ServerPush,
} from "../messages.ts";
import {
  asObject,
  fieldsToJson,
  readCall,
  readFields,
  readWireError,
  refuseUnknownFields,
  restoreFields,
  restoreResults,
  writeFields,
} from "../readable.ts";
import { messageByType, type WireCommand } from "../wire-table.ts";

type Fields = Record<string, unknown>;

/** What an envelope adds to the depth of a value: a batch of `mset` in an array of messages. */
const ENVELOPE_DEPTH = 8;

/**
 * Parses JSON text from a stranger; throws INVALID_REQUEST that says where it breaks. Whoever walks
 * the result may recurse: it nests no deeper than MAX_DEPTH and its envelope.
 */
export function parseJson(text: string, what: string): unknown {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw invalidRequest(
      `${sentence(what)} is not valid JSON: ${(cause as SyntaxError).message}.`,
      {
        path: what,
        expected: "JSON",
      },
    );
  }
  if (!nestsDeeper(data, MAX_DEPTH + ENVELOPE_DEPTH)) return data;
  throw invalidRequest(`${sentence(what)} nests deeper than ${MAX_DEPTH} levels.`, {
    path: what,
    expected: `at most ${MAX_DEPTH} levels`,
  });
}

function sentence(what: string): string {
  return what.charAt(0).toUpperCase() + what.slice(1);
}

function nestsDeeper(data: unknown, levels: number): boolean {
  if (typeof data !== "object" || data === null) return false;
  if (levels === 0) return true;
  const members: readonly unknown[] = Array.isArray(data) ? data : Object.values(data);
  for (const member of members) if (nestsDeeper(member, levels - 1)) return true;
  return false;
}

/** Server: reads a frame. A message that cannot be read is `refused`; a frame that cannot, throws. */
export function decodeJsonFrame(text: string): ClientMessage[] {
  const frame = parseJson(text, "the frame");
  const messages = Array.isArray(frame) ? frame : [frame];
  checkFrameLength(messages.length);
  return messages.map((message) => decodeMessage(message));
}

/** A frame carries at most MAX_FRAME_MESSAGES. */
export function checkFrameLength(count: number): void {
  if (count <= MAX_FRAME_MESSAGES) return;
  throw invalidRequest(`A frame carries at most ${MAX_FRAME_MESSAGES} messages, not ${count}.`, {
    path: "the frame",
    expected: `at most ${MAX_FRAME_MESSAGES} messages`,
  });
}

function decodeMessage(message: unknown): ClientMessage {
  let id: RequestId | null = null;
  try {
    const data = asObject(message, "the message");
    const type = data.type ?? "request";
    if (type !== "request") return decodeNotice(data, type);
    id = readRequestId(data.request_id);
    return { kind: "request", id, ...readCall(data, "json") };
  } catch (error) {
    if (isSynapError(error)) return { kind: "refused", id, error };
    throw error;
  }
}

function decodeNotice(data: Fields, type: unknown): ClientMessage {
  const definition = typeof type === "string" ? messageByType("client", type) : undefined;
  if (definition === undefined) throw unknownType(type);
  const { type: _, ...fields } = data;
  const known = definition.fields.map((field) => field.name);
  refuseUnknownFields(fields, known, `a ${definition.type} message`);
  const read = readFields(definition.fields, fields, "json");
  return { kind: "notice", type: definition.type as ClientNoticeType, fields: read };
}

function unknownType(type: unknown): SynapError {
  const shown = typeof type === "string" ? JSON.stringify(type.slice(0, 100)) : typeof type;
  return invalidRequest(`There is no message of type ${shown}.`, {
    path: "type",
    expected: 'request (or no type), "hello", "cancel", "done" or "ping"',
  });
}

/** Reads a request id: a positive integer, or a string of 1 to 128 characters. */
export function readRequestId(id: unknown): RequestId {
  if (typeof id === "number" && Number.isSafeInteger(id) && id > 0) return id;
  if (typeof id === "string" && id.length > 0 && id.length <= 128) return id;
  throw invalidRequest("request_id must be a positive integer or a string.", {
    path: "request_id",
    expected: "a positive integer, or a string of 1 to 128 characters",
  });
}

/** Server: writes a frame; an answer stands alone, several messages in an array. */
export function encodeJsonFrame(messages: readonly ServerMessage[]): string {
  if (messages.length === 1) return encodeMessage(messages[0] as ServerMessage);
  let text = "";
  for (const message of messages) text += (text === "" ? "" : ",") + encodeMessage(message);
  return `[${text}]`;
}

function encodeMessage(message: ServerMessage): string {
  switch (message.kind) {
    case "reply": {
      const payload = fieldsToJson(message.command.response, message.payload);
      const durability =
        message.durability === undefined ? "" : `,"durability":"${message.durability}"`;
      const id = JSON.stringify(message.id);
      return `{"type":"response","request_id":${id},"status":"success","payload":${payload}${durability}}`;
    }
    case "failure":
      return JSON.stringify({
        type: "response",
        request_id: message.id,
        status: "error",
        error: message.error,
      });
    case "push":
      return encodePush(message);
  }
}

const pushTexts = new WeakMap<ServerPush, string>();

/** Followers at the same position share a push, and so its bytes. */
function encodePush(push: ServerPush): string {
  const known = pushTexts.get(push);
  if (known !== undefined) return known;
  const fields = messageByType("server", push.type)?.fields ?? [];
  const body = fieldsToJson(fields, push.fields);
  const text =
    body === "{}" ? `{"type":"${push.type}"}` : `{"type":"${push.type}",${body.slice(1)}`;
  pushTexts.set(push, text);
  return text;
}

/** Client: one request as the text that stands in a frame. Throws INVALID_REQUEST for its values. */
export function encodeJsonRequest(
  id: RequestId,
  command: WireCommand,
  payload: Fields,
  options?: CallOptions,
): string {
  return JSON.stringify({
    request_id: id,
    command: command.name,
    payload: writeFields(command.request, payload, "json"),
    ...options,
  });
}

/** Client: a hello, cancel, done or ping. */
export function encodeJsonNotice(type: ClientNoticeType, fields: Fields): string {
  return JSON.stringify({ type, ...fields });
}

/** Client: several encoded messages as one frame. */
export function joinJsonFrame(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] as string) : `[${parts.join(",")}]`;
}

/** What a client remembers of a request until its answer comes. */
export interface PendingCommand {
  readonly command: WireCommand;
  /** For a batch: the names of its commands, by which the results are read. */
  readonly members?: readonly string[];
}

/** Client: reads a frame. `pending` tells which command an id belongs to. */
export function decodeJsonReplies(
  text: string,
  pending: (id: RequestId) => PendingCommand | undefined,
): ReceivedMessage[] {
  const frame: unknown = JSON.parse(text);
  const messages = (Array.isArray(frame) ? frame : [frame]) as Fields[];
  return messages.map((message) => decodeReply(message, pending));
}

function decodeReply(
  message: Fields,
  pending: (id: RequestId) => PendingCommand | undefined,
): ReceivedMessage {
  if (message.type !== "response") {
    const { type, ...fields } = message;
    const definition = messageByType("server", String(type));
    restoreFields(definition?.fields ?? [], fields);
    return { kind: "push", type: String(type), fields };
  }
  const id = message.request_id as RequestId | null;
  if (message.status !== "success" || id === null) {
    return { kind: "failure", id, error: readWireError(message.error) };
  }
  const payload = message.payload as Fields;
  const known = pending(id);
  if (known !== undefined) restoreFields(known.command.response, payload);
  if (known?.members !== undefined) restoreResults(payload.results as Fields[], known.members);
  return { kind: "reply", id, payload, durability: message.durability as Durability | undefined };
}

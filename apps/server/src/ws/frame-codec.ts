import {
  type ClientMessage,
  decodeJsonFrame,
  decodeMsgpackFrame,
  encodeJsonFrame,
  encodeMsgpackFrame,
  invalidRequest,
  type MessageFields,
  type ServerMessage,
  SUBPROTOCOLS,
  toWireError,
  utf8Length,
} from "@hivellm/synap-protocol";
import { answerTooLarge, payloadBytes } from "../answer-size.ts";

/** A frame as it goes out: text on a JSON socket, bytes on a MessagePack one. */
export type Frame = string | Uint8Array;

/** One of the two formats of the socket. */
export interface FrameCodec {
  readonly subprotocol: string;
  /** Whether its frames are binary ones. */
  readonly binary: boolean;
  /** Reads a frame; throws INVALID_REQUEST if it cannot be read as a whole. */
  decode(data: Buffer, isBinary: boolean): ClientMessage[];
  encode(messages: readonly ServerMessage[]): Frame;
}

export const jsonCodec: FrameCodec = {
  subprotocol: SUBPROTOCOLS.json,
  binary: false,
  decode(data, isBinary) {
    if (isBinary) throw wrongKind("JSON", "text", SUBPROTOCOLS.msgpack);
    return decodeJsonFrame(data.toString()); // the socket has checked that it is UTF-8
  },
  encode: encodeJsonFrame,
};

export const msgpackCodec: FrameCodec = {
  subprotocol: SUBPROTOCOLS.msgpack,
  binary: true,
  decode(data, isBinary) {
    if (!isBinary) throw wrongKind("MessagePack", "binary", SUBPROTOCOLS.json);
    return decodeMsgpackFrame(data);
  },
  encode: encodeMsgpackFrame,
};

function wrongKind(format: string, kind: string, other: string) {
  return invalidRequest(`This socket speaks ${format}.`, {
    path: "the frame",
    expected: `a ${kind} frame; for the other format connect with the subprotocol ${other}`,
  });
}

/**
 * Encodes messages into as few frames as the limit allows. An answer that alone exceeds it becomes
 * PAYLOAD_TOO_LARGE; a push is sent as it is, since its reader could not ask for less.
 */
export function encodeFrames(
  codec: FrameCodec,
  messages: readonly ServerMessage[],
  maxFrameBytes: number,
): Frame[] {
  const first = messages[0];
  if (first === undefined) return [];
  if (valueBytes(messages) <= maxFrameBytes) {
    const frame = codec.encode(messages);
    if (frameBytes(frame) <= maxFrameBytes) return [frame];
  }
  if (messages.length > 1) {
    const middle = messages.length >> 1;
    return [
      ...encodeFrames(codec, messages.slice(0, middle), maxFrameBytes),
      ...encodeFrames(codec, messages.slice(middle), maxFrameBytes),
    ];
  }
  if (first.kind !== "reply") return [codec.encode(messages)];
  const error = toWireError(answerTooLarge(first.command.name, maxFrameBytes));
  return [codec.encode([{ kind: "failure", id: first.id, error }])];
}

function valueBytes(messages: readonly ServerMessage[]): number {
  let size = 0;
  for (const message of messages) {
    if (message.kind === "reply") size += payloadBytes(message.command, message.payload);
    else if (message.kind === "push") size += pushBytes(message.fields);
  }
  return size;
}

/** Whatever holds much of a push is a tagged value: a value, a message, an event's data. */
function pushBytes(fields: MessageFields): number {
  let size = 0;
  for (const value of Object.values(fields)) if (value instanceof Uint8Array) size += value.length;
  return size;
}

/** The size of a frame on the wire. */
export function frameBytes(frame: Frame): number {
  return typeof frame === "string" ? utf8Length(frame) : frame.length;
}

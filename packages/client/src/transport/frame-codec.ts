import type { ClientNoticeType, ReplyHandler, SUBPROTOCOLS } from "@hivellm/synap-protocol";
import type { Call, Fields } from "../calls/call.ts";

/** What a frame travels as: text for JSON, bytes for MessagePack. */
export type Frame = string | Uint8Array<ArrayBuffer>;

/** Writes and reads the frames of a socket in one format. */
export interface FrameCodec {
  readonly subprotocol: (typeof SUBPROTOCOLS)[keyof typeof SUBPROTOCOLS];
  /** Messages in the frame that is being written. */
  readonly count: number;
  /** How many bytes they take, what is between them left aside. */
  readonly size: number;
  /** Adds a request and keeps its encoded form with the call. Throws INVALID_REQUEST. */
  request(call: Call): void;
  notice(type: ClientNoticeType, fields: Fields): void;
  /** The frame as it stands; the next one begins. */
  take(): Frame;
  /** The frame without its newest message, with which the next one begins. */
  takeButLast(): Frame;
  /** Drops what was not taken. */
  clear(): void;
  /** A notice as a frame of its own. */
  alone(type: ClientNoticeType, fields: Fields): Frame;
  /** Reads a frame and hands its messages to `handler`. Throws for one that cannot be read. */
  read(data: unknown, handler: ReplyHandler<Call>): void;
}

import {
  decodeJsonReplies,
  encodeJsonNotice,
  encodeJsonRequest,
  joinJsonFrame,
  SUBPROTOCOLS,
  utf8Length,
} from "@hivellm/synap-protocol";
import type { FrameCodec } from "./frame-codec.ts";

/** Frames of JSON text, for people to look at. */
export function jsonCodec(): FrameCodec {
  let parts: string[] = [];
  let size = 0;
  const add = (part: string): void => {
    parts.push(part);
    size += utf8Length(part);
  };
  const clear = (): void => {
    parts = [];
    size = 0;
  };
  return {
    subprotocol: SUBPROTOCOLS.json,
    get count() {
      return parts.length;
    },
    get size() {
      return size;
    },
    request(call) {
      const text =
        typeof call.encoded === "string"
          ? call.encoded
          : encodeJsonRequest(call.id, call.command, call.payload);
      call.encoded = text;
      add(text);
    },
    notice: (type, fields) => add(encodeJsonNotice(type, fields)),
    take() {
      const frame = joinJsonFrame(parts);
      clear();
      return frame;
    },
    takeButLast() {
      const last = parts.pop();
      const frame = joinJsonFrame(parts);
      clear();
      if (last !== undefined) add(last);
      return frame;
    },
    clear,
    alone: encodeJsonNotice,
    read(data, handler) {
      for (const message of decodeJsonReplies(data as string, handler.pending.bind(handler))) {
        switch (message.kind) {
          case "reply": {
            const call = handler.pending(message.id);
            if (call !== undefined) {
              handler.reply(call, message.id, message.payload, message.durability);
            }
            break;
          }
          case "failure":
            handler.failure(message.id, message.error);
            break;
          case "push":
            handler.push(message.type, message.fields);
            break;
        }
      }
    },
  };
}

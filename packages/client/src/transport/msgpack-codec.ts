import { MsgpackFrameWriter, readMsgpackFrame, SUBPROTOCOLS } from "@hivellm/synap-protocol";
import type { FrameCodec } from "./frame-codec.ts";

/** Frames of positional MessagePack, written in place. */
export function msgpackCodec(): FrameCodec {
  const writer = new MsgpackFrameWriter();
  return {
    subprotocol: SUBPROTOCOLS.msgpack,
    get count() {
      return writer.count;
    },
    get size() {
      return writer.size;
    },
    request(call) {
      if (call.encoded instanceof Uint8Array) {
        writer.repeat(call.encoded, call.start, call.end);
        return;
      }
      writer.request(call.id, call.command, call.payload);
      call.encoded = writer.slab;
      call.start = writer.messageStart;
      call.end = writer.messageEnd;
    },
    notice: (type, fields) => writer.notice(type, fields),
    take: () => writer.take(),
    takeButLast: () => writer.takeButLast(),
    clear: () => writer.clear(),
    alone(type, fields) {
      const alone = new MsgpackFrameWriter();
      alone.notice(type, fields);
      return alone.take();
    },
    read: (data, handler) => readMsgpackFrame(asFrame(data), handler),
  };
}

function asFrame(data: unknown): Uint8Array {
  return data instanceof Uint8Array ? data : new Uint8Array(data as ArrayBuffer);
}

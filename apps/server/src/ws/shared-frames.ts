import type { ServerMessage } from "@hivellm/synap-protocol";
import { encodeFrames, type Frame, type FrameCodec } from "./frame-codec.ts";

/** Pushes that several sockets got, and the frames that they became. */
interface Shared {
  readonly messages: readonly ServerMessage[];
  readonly frames: readonly Frame[];
}

/**
 * Frames of one format. Followers at the same position are handed the same pushes in the same turn:
 * they get the same bytes, made once.
 */
export class SharedFrames {
  readonly codec: FrameCodec;
  readonly #maxFrameBytes: number;
  /** By the first push: it lives no longer than those who still hold it. */
  readonly #byFirst = new WeakMap<ServerMessage, Shared>();

  constructor(codec: FrameCodec, maxFrameBytes: number) {
    this.codec = codec;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** The frames of what one socket gets in one turn. */
  of(messages: readonly ServerMessage[]): readonly Frame[] {
    const first = messages[0];
    if (first?.kind !== "push") return this.#encode(messages);
    const known = this.#byFirst.get(first);
    if (known !== undefined && areSame(known.messages, messages)) return known.frames;
    const frames = this.#encode(messages).map(asBytes);
    this.#byFirst.set(first, { messages, frames });
    return frames;
  }

  #encode(messages: readonly ServerMessage[]): Frame[] {
    return encodeFrames(this.codec, messages, this.#maxFrameBytes);
  }
}

function areSame(one: readonly ServerMessage[], other: readonly ServerMessage[]): boolean {
  return one.length === other.length && one.every((message, i) => message === other[i]);
}

/** A text that goes to many is turned into bytes once, not by each socket. */
function asBytes(frame: Frame): Frame {
  return typeof frame === "string" ? Buffer.from(frame) : frame;
}

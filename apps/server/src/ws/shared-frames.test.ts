import { encodeValue, type ServerMessage } from "@hivellm/synap-protocol";
import { describe, expect, it } from "vitest";
import {
  encodeFrames,
  type FrameCodec,
  frameBytes,
  jsonCodec,
  msgpackCodec,
} from "./frame-codec.ts";
import { SharedFrames } from "./shared-frames.ts";

const MAX_FRAME_BYTES = 1_000;

function event(offset: number, size = 10): ServerMessage {
  const data = encodeValue("x".repeat(size), "json");
  const fields = {
    room: "r",
    offset,
    event_type: "e",
    data,
    timestamp: 1,
    event_id: `1-${offset}`,
  };
  return { kind: "push", type: "event", fields };
}

/** How often a codec encodes. */
function counted(codec: FrameCodec) {
  const calls: number[] = [];
  const counting: FrameCodec = {
    ...codec,
    encode: (messages) => {
      calls.push(messages.length);
      return codec.encode(messages);
    },
  };
  return { calls, frames: new SharedFrames(counting, MAX_FRAME_BYTES) };
}

describe.each([jsonCodec, msgpackCodec])("frames of $subprotocol", (codec) => {
  it("are made once for all that get the same pushes", () => {
    const { calls, frames } = counted(codec);
    const pushes = [event(1), event(2)];
    const first = frames.of([...pushes]);
    expect(frames.of([...pushes])).toBe(first);
    expect(calls).toEqual([2]);
  });

  it.each([
    ["more", (pushes: ServerMessage[]) => [...pushes, event(3)]],
    ["fewer", (pushes: ServerMessage[]) => pushes.slice(0, 1)],
    ["others", (pushes: ServerMessage[]) => [pushes[0] as ServerMessage, event(2)]],
    ["answers behind them", (pushes: ServerMessage[]) => [...pushes, failure]],
    ["answers before them", (pushes: ServerMessage[]) => [failure, ...pushes]],
  ])("are the socket's own when it gets %s", (_, change) => {
    const { frames } = counted(codec);
    const pushes = [event(1), event(2)];
    frames.of(pushes);
    const mine = change(pushes);
    const expected = encodeFrames(codec, mine, MAX_FRAME_BYTES).map((frame) => Buffer.from(frame));
    expect(frames.of(mine).map((frame) => Buffer.from(frame))).toEqual(expected);
  });

  it("stay below the limit", () => {
    const { frames } = counted(codec);
    const pushes = Array.from({ length: 20 }, (_, i) => event(i + 1, 100));
    expect(frames.of(pushes).length).toBeGreaterThan(1);
    for (const frame of frames.of(pushes)) expect(frameBytes(frame)).toBeLessThan(MAX_FRAME_BYTES);
  });
});

const failure: ServerMessage = {
  kind: "failure",
  id: 1,
  error: { code: "INTERNAL", message: "" },
};

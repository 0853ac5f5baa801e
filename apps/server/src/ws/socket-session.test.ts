import { EventEmitter } from "node:events";
import { type Engine, manualClock, type Session, type Sink } from "@hivellm/synap-core";
import { type ClientMessage, encodeValue, type ServerMessage } from "@hivellm/synap-protocol";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { SlowPeers } from "../slow-peers.ts";
import { DEFAULT_TRANSPORT_LIMITS } from "../transport-limits.ts";
import { jsonCodec } from "./frame-codec.ts";
import { Heartbeat } from "./heartbeat.ts";
import { SharedFrames } from "./shared-frames.ts";
import { SocketSession } from "./socket-session.ts";

/** A socket whose peer takes what it is sent only when told to. */
class FakeSocket extends EventEmitter {
  readonly readyState = WebSocket.OPEN;
  readonly sent: string[] = [];
  bufferedAmount = 0;
  isPaused = false;
  closedWith: [code: number, reason: string] | null = null;
  isTerminated = false;
  #onSent: (() => void)[] = [];

  send(frame: string, _options: object, onSent: () => void): void {
    this.sent.push(frame);
    this.bufferedAmount += frame.length;
    this.#onSent.push(onSent);
  }

  /** The peer reads all but `left` bytes. */
  drain(left: number): void {
    this.bufferedAmount = left;
    for (const onSent of this.#onSent.splice(0)) onSent();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  ping(): void {}

  pong(_data: Buffer, _mask: boolean, onSent: () => void): void {
    this.bufferedAmount += PONG_BYTES;
    this.#onSent.push(onSent);
  }

  close(code: number, reason: string): void {
    this.closedWith = [code, reason];
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

const PONG_BYTES = 100;

function setUp() {
  const told: string[] = [];
  const received: ClientMessage[] = [];
  const session: Session = {
    id: "s",
    receive: (messages) => received.push(...messages),
    execute: () => Promise.reject(new TypeError("sockets do not execute")),
    buffered: () => {},
    drained: () => told.push("drained"),
    lose: () => told.push("lose"),
    close: (reason) => told.push(`close: ${reason}`),
  };
  let sink: Sink | undefined;
  const engine = {
    limits: { maxFrameBytes: 1_000_000 },
    open(options: { sink: Sink }) {
      sink = options.sink;
      return session;
    },
  } as unknown as Engine;
  const socket = new FakeSocket();
  const limits = {
    ...DEFAULT_TRANSPORT_LIMITS,
    socketHighWaterBytes: 1_000,
    socketLowWaterBytes: 100,
    maxSocketBufferBytes: 5_000,
  };
  const clock = manualClock();
  const logger = pino({ level: "silent" });
  const ports = {
    engine,
    limits,
    heartbeat: new Heartbeat(clock, 30_000),
    slowPeers: new SlowPeers(clock, 1_000, logger),
    logger,
  };
  const frames = new SharedFrames(jsonCodec, engine.limits.maxFrameBytes);
  new SocketSession(socket as unknown as WebSocket, frames, ports);
  return { socket, sink: sink as Sink, told, received };
}

function push(size: number): ServerMessage[] {
  const value = encodeValue("x".repeat(size), "json");
  return [
    { kind: "push", type: "watch", fields: { prefix: "", op: "put", key: "k", value, version: 1 } },
  ];
}

describe("a socket's session", () => {
  it("S2: reads nothing while its peer does not read, and tells the engine when it does again", () => {
    const { socket, sink, told } = setUp();
    sink.send(push(500));
    expect([socket.isPaused, sink.writable]).toEqual([false, true]);
    sink.send(push(600));
    expect([socket.isPaused, sink.writable]).toEqual([true, false]);
    socket.drain(101);
    expect([socket.isPaused, sink.writable, told]).toEqual([true, false, []]);
    sink.send(push(1));
    socket.drain(100);
    expect([socket.isPaused, sink.writable, told]).toEqual([false, true, ["drained"]]);
    socket.drain(0);
    expect(told).toEqual(["drained"]);
  });

  it("S2: reads again only when both the peer and the engine take more", () => {
    const { socket, sink } = setUp();
    sink.pauseReading();
    expect(socket.isPaused).toBe(true);
    sink.send(push(2_000));
    sink.resumeReading();
    expect(socket.isPaused).toBe(true);
    sink.pauseReading();
    socket.drain(0);
    expect(socket.isPaused).toBe(true);
    sink.resumeReading();
    expect(socket.isPaused).toBe(false);
  });

  it("S2: counts its pongs as well", () => {
    const { socket, told } = setUp();
    for (let i = 0; i < 11; i++) socket.emit("ping", Buffer.alloc(0));
    expect([socket.isPaused, told]).toEqual([true, []]);
    socket.drain(0);
    expect([socket.isPaused, told]).toEqual([false, ["drained"]]);
  });

  it("is cut when its peer holds too much, and may be taken up", () => {
    const { socket, sink, told } = setUp();
    sink.send(push(6_000));
    expect([socket.isTerminated, told, sink.writable]).toEqual([true, ["lose"], false]);
    sink.send(push(1)); // S3
    socket.emit("close", 1006);
    expect([socket.sent.length, told]).toEqual([1, ["lose"]]);
  });

  it.each([
    [1000, "close: the peer closed the connection (1000)"],
    [1001, "close: the peer closed the connection (1001)"],
    [1005, "close: the peer closed the connection (1005)"],
    [1006, "lose"],
  ])("S1: ends with code %d as %s", (code, expected) => {
    const { socket, told } = setUp();
    socket.emit("close", code);
    expect(told).toEqual([expected]);
  });

  it("S1: is over for good when the peer broke the protocol", () => {
    const { socket, told } = setUp();
    socket.emit(
      "error",
      Object.assign(new RangeError("bad frame"), { code: "WS_ERR_INVALID_OPCODE" }),
    );
    socket.emit("close", 1006);
    expect(told).toEqual(["close: the peer closed the connection (1006)"]);
  });

  it("S3: says goodbye once when the engine ends it, and nothing after", () => {
    const { socket, sink, told, received } = setUp();
    sink.end("the server stops");
    sink.end("again");
    expect(socket.closedWith).toEqual([1001, "the server stops"]);
    sink.send(push(1));
    socket.emit("message", Buffer.from('{"type":"ping"}'), false);
    socket.emit("close", 1001);
    expect([socket.sent, told, received]).toEqual([[], [], []]);
  });

  it("hands on what it cannot read as refused", () => {
    const { socket, received } = setUp();
    socket.emit("message", Buffer.from("{"), false);
    expect(received).toMatchObject([
      { kind: "refused", id: null, error: { code: "INVALID_REQUEST" } },
    ]);
  });
});

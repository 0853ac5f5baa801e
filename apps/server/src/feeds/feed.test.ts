import { type Engine, manualClock, type Session, type Sink } from "@hivellm/synap-core";
import { type CommandCall, type ServerMessage, SynapError } from "@hivellm/synap-protocol";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { SlowPeers } from "../slow-peers.ts";
import { DEFAULT_TRANSPORT_LIMITS } from "../transport-limits.ts";
import { Heartbeat } from "../ws/heartbeat.ts";
import { Feed, type FeedTransport } from "./feed.ts";
import { roomFeed } from "./feed-request.ts";

const request = roomFeed("r", [], null);
const push: ServerMessage = { kind: "push", type: "event", fields: {} };

/** A connection whose peer takes what it is sent only when told to. */
class FakeTransport implements FeedTransport {
  readonly log: string[] = [];
  unsentBytes = 0;
  #onTaken: (() => void)[] = [];

  write(messages: readonly ServerMessage[], onTaken: () => void): void {
    this.log.push(`write ${messages.length}`);
    this.unsentBytes += 600 * messages.length;
    this.#onTaken.push(onTaken);
  }

  drain(left: number): void {
    this.unsentBytes = left;
    for (const onTaken of this.#onTaken.splice(0)) onTaken();
  }

  setReading(reads: boolean): void {
    this.log.push(reads ? "read" : "pause");
  }

  end(reason: string): void {
    this.log.push(`end: ${reason}`);
  }

  cut(): void {
    this.log.push("cut");
  }
}

function setUp(subscribe: (sink: Sink) => Promise<void> = async () => {}) {
  const told: string[] = [];
  let sink: Sink | undefined;
  const session = {
    id: "s",
    execute: async ({ command }: CommandCall) => {
      told.push(command.name);
      await subscribe(sink as Sink);
      return { payload: { next_offset: 1 } };
    },
    receive: (messages: readonly unknown[]) => told.push(`receive ${messages.length}`),
    buffered: () => {},
    drained: () => told.push("drained"),
    close: (reason: string) => told.push(`close: ${reason}`),
  } as unknown as Session;
  const engine = {
    open(options: { sink: Sink }) {
      sink = options.sink;
      return session;
    },
  } as unknown as Engine;
  const clock = manualClock();
  const logger = pino({ level: "silent" });
  const ports = {
    engine,
    limits: {
      ...DEFAULT_TRANSPORT_LIMITS,
      socketHighWaterBytes: 1_000,
      socketLowWaterBytes: 100,
      maxSocketBufferBytes: 5_000,
    },
    slowPeers: new SlowPeers(clock, 1_000, logger),
    heartbeat: new Heartbeat(clock, 30_000),
    logger,
  };
  return { told, ports, open: () => Feed.open(request, ports), transport: new FakeTransport() };
}

describe("a feed", () => {
  it("F1: subscribes first; what comes before the connection waits", async () => {
    let wasWritable: boolean | null = null;
    const { told, open, transport } = setUp(async (sink) => {
      wasWritable = sink.writable;
      sink.send([push, push]);
    });
    const { feed, answer } = await open();
    expect([told, wasWritable, answer]).toEqual([["stream.subscribe"], false, { next_offset: 1 }]);
    feed.attach(transport);
    expect(transport.log).toEqual(["write 2", "pause"]);
    expect(told).toEqual(["stream.subscribe", "drained"]);
  });

  it("F1: has no session left when it is refused, or the engine ended meanwhile", async () => {
    const refused = setUp(() => Promise.reject(new SynapError("SUBSCRIBER_LIMIT", "full")));
    await expect(refused.open()).rejects.toMatchObject({ code: "SUBSCRIBER_LIMIT" });
    expect(refused.told).toEqual(["stream.subscribe", "close: refused"]);
    const ended = setUp(async (sink) => sink.end("the server stops"));
    await expect(ended.open()).rejects.toMatchObject({ code: "OVERLOADED" });
  });

  it("F2: is full until its peer has read, and is not read meanwhile", async () => {
    const { told, open, transport } = setUp();
    const { feed } = await open();
    feed.attach(transport);
    feed.send([push]);
    expect(feed.writable).toBe(true);
    feed.send([push]);
    expect([feed.writable, feed.isFull]).toEqual([false, true]);
    transport.drain(101);
    expect(feed.writable).toBe(false);
    feed.send([push]);
    transport.drain(100);
    expect([feed.writable, told.slice(2)]).toEqual([true, ["drained"]]);
    expect(transport.log).toEqual(["write 1", "write 1", "pause", "write 1", "read"]);
  });

  it("F2: is read again only when the engine wants it, too", async () => {
    const { open, transport } = setUp();
    const { feed } = await open();
    feed.attach(transport);
    feed.pauseReading();
    feed.send([push, push]);
    transport.drain(0);
    feed.resumeReading();
    expect(transport.log).toEqual(["pause", "write 2", "pause", "pause", "read"]);
  });

  it("F2: is cut when it holds too much", async () => {
    const { told, open, transport } = setUp();
    const { feed } = await open();
    feed.attach(transport);
    feed.send(Array.from({ length: 9 }, () => push));
    expect(transport.log.at(-1)).toBe("cut");
    expect(told.at(-1)).toBe("close: it does not read");
  });

  it("F3, F4: ends once, and writes and tells nothing after", async () => {
    const { told, open, transport } = setUp();
    const { feed } = await open();
    feed.attach(transport);
    feed.send([push, push]);
    feed.close("the peer is gone");
    feed.close("again");
    feed.cut("again");
    feed.end("again");
    feed.finish("again");
    feed.send([push]);
    feed.receive([]);
    transport.drain(0);
    expect(told).toEqual(["stream.subscribe", "drained", "close: the peer is gone"]);
    expect([feed.writable, transport.log]).toEqual([false, ["write 2", "pause"]]);
  });

  it("F4: says goodbye when the engine ends it, or the server does", async () => {
    const byEngine = setUp();
    const { feed } = await byEngine.open();
    feed.attach(byEngine.transport);
    feed.end("the server stops");
    expect(byEngine.transport.log).toEqual(["end: the server stops"]);
    expect(byEngine.told).not.toContain("close: the server stops"); // the engine knows
    const byServer = setUp();
    const other = (await byServer.open()).feed;
    other.attach(byServer.transport);
    other.finish("the server stops");
    expect(byServer.transport.log).toEqual(["end: the server stops"]);
    expect(byServer.told.at(-1)).toBe("close: the server stops");
  });
});

import { manualClock, type Session } from "@hivellm/synap-core";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { SlowPeers } from "./slow-peers.ts";
import { DEFAULT_TRANSPORT_LIMITS } from "./transport-limits.ts";
import { UnsentBytes } from "./unsent-bytes.ts";

function setUp() {
  const noted: number[] = [];
  const clock = manualClock();
  const slowPeers = new SlowPeers(clock, 1_000, pino({ level: "silent" }));
  const limits = {
    ...DEFAULT_TRANSPORT_LIMITS,
    socketHighWaterBytes: 100,
    socketLowWaterBytes: 20,
    maxSocketBufferBytes: 500,
  };
  const session = { id: "s", buffered: (bytes: number) => noted.push(bytes) } as unknown as Session;
  return { noted, clock, slowPeers, unsent: new UnsentBytes(session, { limits, slowPeers }, {}) };
}

describe("unsent bytes", () => {
  it("U1: fill a connection above the high mark, until they fall to the low one", () => {
    const { unsent, noted } = setUp();
    expect([unsent.wrote(100), unsent.isFull]).toEqual([false, false]);
    expect([unsent.wrote(101), unsent.isFull]).toEqual([true, true]);
    expect([unsent.wrote(200), unsent.isTooMuch]).toEqual([false, false]);
    expect([unsent.wrote(501), unsent.isTooMuch]).toEqual([false, true]);
    expect([unsent.took(21), unsent.isFull]).toEqual([false, true]);
    expect([unsent.took(20), unsent.isFull]).toEqual([true, false]);
    expect(unsent.took(0)).toBe(false);
    expect(noted).toEqual([100, 101, 200, 501, 21, 20, 0]);
  });

  it("U2: are noticed when they stay", async () => {
    const { unsent, clock, slowPeers } = setUp();
    unsent.wrote(101);
    await clock.advance(1_000);
    expect([slowPeers.episodes, slowPeers.slow]).toEqual([1, 1]);
    unsent.took(0);
    expect(slowPeers.slow).toBe(0);
    unsent.wrote(101);
    unsent.end();
    await clock.advance(1_000);
    expect([slowPeers.episodes, slowPeers.slow]).toEqual([1, 0]);
  });

  it("U3: are none after the end", () => {
    const { unsent, noted } = setUp();
    unsent.wrote(101);
    unsent.end();
    unsent.end();
    expect([unsent.took(0), unsent.wrote(1_000)]).toEqual([false, false]);
    expect(noted).toEqual([101, 0]);
  });
});

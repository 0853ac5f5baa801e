import { manualClock } from "@hivellm/synap-core";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { SlowPeers } from "./slow-peers.ts";

function setUp() {
  const lines: Record<string, unknown>[] = [];
  const sink = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const clock = manualClock();
  return { lines, clock, peers: new SlowPeers(clock, 1_000, pino({ level: "warn" }, sink)) };
}

describe("slow peers", () => {
  it("are told of once, when they have not read for a while", async () => {
    const { lines, clock, peers } = setUp();
    let bytes = 1;
    const end = peers.watch(() => ({ about: "room r", unsent_bytes: bytes }));
    await clock.advance(999);
    expect([lines.length, peers.episodes, peers.slow]).toEqual([0, 0, 0]);
    bytes = 2;
    await clock.advance(5_000);
    expect(lines).toMatchObject([{ level: 40, about: "room r", unsent_bytes: 2, full_ms: 1_000 }]);
    expect([peers.episodes, peers.slow]).toEqual([1, 1]);
    end();
    end();
    expect([peers.episodes, peers.slow]).toEqual([1, 0]);
    peers.watch(() => ({}));
    await clock.advance(1_000);
    expect([lines.length, peers.episodes, peers.slow]).toEqual([2, 2, 1]);
  });

  it("are none when they read again in time", async () => {
    const { lines, clock, peers } = setUp();
    const end = peers.watch(() => ({}));
    await clock.advance(999);
    end();
    await clock.advance(5_000);
    expect([lines.length, peers.episodes, peers.slow]).toEqual([0, 0, 0]);
  });
});

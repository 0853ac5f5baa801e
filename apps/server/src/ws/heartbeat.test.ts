import { manualClock } from "@hivellm/synap-core";
import { describe, expect, it } from "vitest";
import { Heartbeat, type HeartbeatPeer } from "./heartbeat.ts";

const INTERVAL_MS = 30_000;

function peer(more: Partial<HeartbeatPeer> = {}) {
  const log: string[] = [];
  const ping = () => log.push("ping");
  const giveUp = () => log.push("given up");
  return { log, peer: { ping, giveUp, isPaused: false, bufferedBytes: 0, ...more } };
}

describe("the heartbeat", () => {
  it("gives up who is silent from one ping to the next", async () => {
    const clock = manualClock();
    const heartbeat = new Heartbeat(clock, INTERVAL_MS);
    const silent = peer();
    const alive = peer();
    heartbeat.add(silent.peer);
    heartbeat.add(alive.peer);
    await clock.advance(INTERVAL_MS);
    heartbeat.sawLife(alive.peer);
    await clock.advance(INTERVAL_MS - 1);
    expect([silent.log, alive.log]).toEqual([["ping"], ["ping"]]);
    await clock.advance(1);
    expect([silent.log, alive.log]).toEqual([
      ["ping", "given up"],
      ["ping", "ping"],
    ]);
  });

  it("waits for a peer that is not read as long as it takes what it is sent", async () => {
    const clock = manualClock();
    const heartbeat = new Heartbeat(clock, INTERVAL_MS);
    const slow = { ...peer({ isPaused: true }).peer, bufferedBytes: 300 };
    let givenUp = false;
    slow.giveUp = () => {
      givenUp = true;
      return 0;
    };
    heartbeat.add(slow);
    for (const bytes of [300, 200, 100]) {
      slow.bufferedBytes = bytes;
      await clock.advance(INTERVAL_MS);
    }
    expect(givenUp).toBe(false);
    await clock.advance(INTERVAL_MS);
    expect(givenUp).toBe(true);
  });

  it("rests while there is nobody", async () => {
    const clock = manualClock();
    const heartbeat = new Heartbeat(clock, INTERVAL_MS);
    const gone = peer();
    heartbeat.add(gone.peer);
    heartbeat.remove(gone.peer);
    await clock.advance(3 * INTERVAL_MS);
    expect(gone.log).toEqual([]);
    const next = peer();
    heartbeat.add(next.peer);
    await clock.advance(INTERVAL_MS);
    heartbeat.stop();
    await clock.advance(INTERVAL_MS);
    expect(next.log).toEqual(["ping"]);
  });
});

import type { IncomingMessage } from "node:http";
import {
  type Clock,
  type Engine,
  manualClock,
  openEngine,
  type Session,
} from "@hivellm/synap-core";
import { wireCommand } from "@hivellm/synap-protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { DEFAULT_TRANSPORT_LIMITS } from "../transport-limits.ts";
import { HttpSessions } from "./http-sessions.ts";

const stats = { command: wireCommand("kv.stats"), payload: {} };
const limits = { ...DEFAULT_TRANSPORT_LIMITS, maxHttpSessions: 3 };

function request(address: string, client?: string): IncomingMessage {
  const headers = client === undefined ? {} : { "x-synap-client": client };
  return { headers, socket: { remoteAddress: address } } as unknown as IncomingMessage;
}

/** An engine that tells which sessions are open. */
async function setUp(clock: Clock = manualClock()) {
  const engine = await openEngine({ clock });
  onTestFinished(() => engine.close());
  const open: Session[] = [];
  const watched: Engine = {
    ...engine,
    open(options) {
      const session = engine.open(options);
      open.push(session);
      const close = session.close.bind(session);
      session.close = (reason) => {
        open.splice(open.indexOf(session), 1);
        close(reason);
      };
      return session;
    },
  };
  return { sessions: new HttpSessions(watched, clock, limits), open };
}

describe("sessions of HTTP callers", () => {
  it("are one for each client id, else for each address", async () => {
    const { sessions, open } = await setUp();
    await sessions.run(request("::1"), stats);
    await sessions.run(request("::1"), stats);
    await sessions.run(request("127.0.0.1"), stats);
    await sessions.run(request("127.0.0.1", "client"), stats);
    await sessions.run(request("::1", "client"), stats);
    expect(open.length).toBe(3);
  });

  it("H1: are bounded, and the one that was idle for the longest goes first", async () => {
    const clock = manualClock();
    const { sessions, open } = await setUp(clock);
    for (const client of ["a", "b", "c", "a"]) {
      await clock.advance(1);
      await sessions.run(request("::1", client), stats);
    }
    const [a, b, c] = open;
    await sessions.run(request("::1", "d"), stats);
    expect(open.includes(b as Session)).toBe(false);
    expect([a, c].every((session) => open.includes(session as Session))).toBe(true);
    expect(sessions.size).toBe(3);
  });

  it("H2: are not closed while something runs", async () => {
    const { sessions, open } = await setUp();
    const running = ["a", "b", "c", "d", "e"].map((client) =>
      sessions.run(request("::1", client), stats),
    );
    expect(open.length).toBe(5);
    await Promise.all(running);
  });

  it("are closed when they have been idle, and all at the end", async () => {
    const clock = manualClock();
    const { sessions, open } = await setUp(clock);
    await sessions.run(request("::1", "a"), stats);
    await clock.advance(limits.httpSessionIdleMs / 2);
    await sessions.run(request("::1", "b"), stats);
    await clock.advance(limits.httpSessionIdleMs / 2);
    expect(open.length).toBe(1);
    sessions.close();
    expect([open.length, sessions.size]).toEqual([0, 0]);
  });

  it("refuse a client id that is none", async () => {
    const { sessions } = await setUp();
    await expect(sessions.run(request("::1", "no spaces"), stats)).rejects.toMatchObject({
      code: "INVALID_REQUEST",
    });
  });
});

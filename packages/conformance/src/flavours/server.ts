import { type Limits, type ManualClock, manualClock } from "@hivellm/synap-core";
import { type SynapServer, startServer } from "@hivellm/synap-server";
import type { Party, World } from "../types.ts";

const YEAR_MS = 365 * 86_400_000;

/** A real server on a free port of loopback, under a clock that the case drives. */
export async function startWorld(
  limits: Partial<Limits>,
  join: (server: SynapServer) => Promise<Party>,
): Promise<World> {
  const clock: ManualClock = manualClock();
  const server = await startServer({
    port: 0,
    host: "127.0.0.1",
    clock,
    limits,
    // A case may let hours pass at once, in which no socket could give a sign of life.
    transportLimits: { pingIntervalMs: YEAR_MS },
    logLevel: "silent",
  });
  const parties: Party[] = [];
  return {
    async join() {
      const party = await join(server);
      parties.push(party);
      return party;
    },
    advance: (ms) => clock.advance(ms),
    async stop() {
      for (const party of parties) await party.close();
      await server.close();
    },
  };
}

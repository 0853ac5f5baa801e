import { once } from "node:events";
import type { Server } from "node:http";
import { type Clock, type Engine, openEngine, systemClock } from "@hivellm/synap-core";
import type { Logger } from "pino";
import { createApp } from "./http/app.ts";
import { Gate } from "./http/gate.ts";
import { hostInUrl } from "./http/hosts.ts";
import { HttpCalls } from "./http/http-calls.ts";
import { HttpFront } from "./http/http-front.ts";
import { HttpSessions } from "./http/http-sessions.ts";
import { LastingRequests } from "./http/lasting-requests.ts";
import { type Listening, listen } from "./http/listen.ts";
import { RequestIds } from "./http/request-ids.ts";
import { createLogger } from "./log.ts";
import { type ResolvedOptions, resolveOptions, type ServerOptions } from "./options.ts";
import { SlowPeers } from "./slow-peers.ts";
import { VERSION } from "./version.ts";
import { Heartbeat } from "./ws/heartbeat.ts";
import { createSockets, type Sockets } from "./ws/upgrade.ts";

/** A server that listens. */
export interface SynapServer {
  /** The base URL, such as `http://127.0.0.1:15500`. */
  readonly url: string;
  /** The port that it listens on. */
  readonly port: number;
  /** The addresses that it is bound to. */
  readonly addresses: readonly string[];
  /** The engine behind it, for what runs in the same process. */
  readonly engine: Engine;
  /**
   * Stops listening, lets running requests finish, closes the sockets and ends the engine. Calling
   * it again waits for the same end.
   */
  close(): Promise<void>;
}

/**
 * Starts a server in this process.
 *
 * @throws SynapError INVALID_REQUEST for an option that cannot be used, or a port that is taken.
 * @example
 * const server = await startServer({ port: 0 }); await fetch(`${server.url}/health`); await server.close()
 */
export async function startServer(options: ServerOptions = {}): Promise<SynapServer> {
  const resolved = resolveOptions(options);
  const logger = createLogger(resolved.logLevel);
  const clock = resolved.clock ?? systemClock();
  const engine = await openEngine({
    clock,
    ...(resolved.random === undefined ? {} : { random: resolved.random }),
    limits: resolved.limits,
    version: VERSION,
    onFault: (error) => logger.error({ err: error }, "the engine failed"),
  });
  const parts = assemble(resolved, engine, clock, logger);
  const listening = await listenOrEnd(resolved, parts);
  const { addresses, port } = listening;
  logger.debug({ port, addresses }, "listening");
  let closed: Promise<void> | null = null;
  return {
    url: `http://${hostInUrl(reachedAt(addresses))}:${port}`,
    port,
    addresses,
    engine,
    close() {
      closed ??= stop(parts, listening.servers, resolved.transportLimits.stopGraceMs);
      return closed;
    },
  };
}

interface Parts {
  readonly engine: Engine;
  readonly front: HttpFront;
  readonly lasting: LastingRequests;
  readonly sessions: HttpSessions;
  readonly heartbeat: Heartbeat;
  readonly sockets: Sockets;
}

function assemble(resolved: ResolvedOptions, engine: Engine, clock: Clock, logger: Logger): Parts {
  const { transportLimits: limits } = resolved;
  const { maxFrameBytes } = resolved.limits;
  const ids = new RequestIds(resolved.random ?? Math.random);
  const gate = new Gate({
    reachable: resolved.reachable,
    hosts: [resolved.host, ...resolved.allowedHosts],
    origins: resolved.origins,
  });
  const sessions = new HttpSessions(engine, clock, limits);
  const startedMs = clock.monotonicMs();
  const isStopping = () => front.isStopping;
  const lasting = new LastingRequests();
  const calls = new HttpCalls({ sessions, lasting, house: engine.open() });
  const heartbeat = new Heartbeat(clock, limits.pingIntervalMs);
  const slowPeers = new SlowPeers(clock, limits.broadcastTimeoutMs, logger);
  const peers = { engine, limits, heartbeat, slowPeers, logger };
  const app = createApp({
    bodyLimits: { ...limits, maxBodyBytes: maxFrameBytes },
    maxAnswerBytes: maxFrameBytes,
    run: (exchange, call) => calls.run(exchange, call),
    events: { ...peers, lasting },
    uptimeSecs: () => (clock.monotonicMs() - startedMs) / 1000,
    isStopping,
  });
  const front = new HttpFront({ app, gate, ids, limits, logger });
  const sockets = createSockets({ ...peers, gate, ids, isStopping });
  return { engine, front, lasting, sessions, heartbeat, sockets };
}

async function listenOrEnd({ host, port }: ResolvedOptions, parts: Parts): Promise<Listening> {
  const create = (): Server => {
    const server = parts.front.createServer();
    parts.sockets.attach(server);
    return server;
  };
  try {
    return await listen(create, host, port);
  } catch (error) {
    await parts.engine.close();
    throw error;
  }
}

/** A wildcard is no address to connect to. */
function reachedAt([address = "127.0.0.1"]: readonly string[]): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  return address === "::" ? "::1" : address;
}

/** From the outside in: no new connections, then no running requests, then sockets and engine. */
async function stop(parts: Parts, servers: readonly Server[], graceMs: number): Promise<void> {
  const { engine, front, lasting, sessions, heartbeat, sockets } = parts;
  const closed = Promise.all(servers.map((server) => once(server, "close")));
  for (const server of servers) server.close();
  const answered = front.stop();
  lasting.stop();
  await answered;
  await new Promise(setImmediate); // answers leave at the end of a turn, those of sockets as well
  sessions.close();
  heartbeat.stop();
  await engine.close(); // ends the sessions, and so the sockets
  for (const server of servers) server.closeAllConnections();
  const timer = setTimeout(() => sockets.terminate(), graceMs);
  await Promise.all([sockets.gone(), closed]);
  clearTimeout(timer);
}

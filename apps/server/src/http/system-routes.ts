import { SUBPROTOCOLS, SynapError } from "@hivellm/synap-protocol";
import { openApiDocument } from "@hivellm/synap-protocol/schema";
import { eventStreamRoutes, socketFeedRoutes } from "../feeds/feed-routes.ts";
import { VERSION } from "../version.ts";
import type { Exchange } from "./exchange.ts";

/** Where the WebSocket endpoint is. */
export const SOCKET_PATH = "/api/v1/ws";

/** What the system routes tell about. */
export interface SystemPorts {
  uptimeSecs(): number;
  isStopping(): boolean;
}

/** A route that no command stands behind. */
export interface SystemRoute {
  readonly path: string;
  handle(exchange: Exchange, ports: SystemPorts): void;
}

/** What the server says about itself. All of them are GET. */
export function systemRoutes(): SystemRoute[] {
  const document = JSON.stringify(openApiDocument({ version: VERSION }));
  return [
    {
      path: "/",
      handle: (exchange) => exchange.sendData(200, welcome()),
    },
    {
      path: "/health",
      handle: (exchange, ports) =>
        exchange.sendData(200, {
          status: "ok",
          version: VERSION,
          uptime_secs: Math.floor(ports.uptimeSecs()),
        }),
    },
    {
      path: "/ready",
      handle(exchange, ports) {
        if (ports.isStopping())
          exchange.fail(new SynapError("OVERLOADED", "The server is stopping."));
        else exchange.sendData(200, { status: "ready" });
      },
    },
    {
      path: "/openapi.json",
      handle: (exchange) => exchange.send(200, "application/json", document),
    },
    {
      path: SOCKET_PATH,
      handle: (exchange) => exchange.fail(notAnUpgrade(SOCKET_PATH)),
    },
  ];
}

function welcome(): Record<string, unknown> {
  return {
    name: "synap",
    version: VERSION,
    docs: "/openapi.json",
    health: "/health",
    command: "/api/v1/command",
    batch: "/api/v1/batch",
    websocket: { path: SOCKET_PATH, subprotocols: Object.values(SUBPROTOCOLS) },
    listen: {
      websockets: socketFeedRoutes.map(({ template }) => template.path),
      server_sent_events: eventStreamRoutes.map(({ template }) => template.path),
    },
  };
}

/** The refusal of a plain request where a handshake was expected. */
export function notAnUpgrade(path: string): SynapError {
  const subprotocol =
    path === SOCKET_PATH ? `, with the subprotocol ${SUBPROTOCOLS.json} or none` : "";
  return new SynapError("ROUTE_NOT_FOUND", `${path} is for WebSockets only.`, {
    details: { expected: `a WebSocket handshake${subprotocol}` },
  });
}

import { SUBPROTOCOLS, SynapError } from "@hivellm/synap-protocol";
import { openApiDocument } from "@hivellm/synap-protocol/schema";
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
      handle: (exchange) => exchange.fail(notAnUpgrade()),
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
  };
}

function notAnUpgrade(): SynapError {
  return new SynapError("ROUTE_NOT_FOUND", `${SOCKET_PATH} is for WebSockets only.`, {
    details: {
      expected: `a WebSocket handshake, with the subprotocol ${SUBPROTOCOLS.json} or none`,
    },
  });
}

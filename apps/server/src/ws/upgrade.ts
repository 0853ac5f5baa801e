import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { invalidRequest, nearestName, SynapError, toWireError } from "@hivellm/synap-protocol";
import { type WebSocket, WebSocketServer } from "ws";
import { rawErrorAnswer } from "../http/error-answer.ts";
import type { Gate } from "../http/gate.ts";
import { readQuery } from "../http/query.ts";
import type { RequestIds } from "../http/request-ids.ts";
import { SOCKET_PATH } from "../http/system-routes.ts";
import { readTarget } from "../http/target.ts";
import { type FrameCodec, jsonCodec, msgpackCodec } from "./frame-codec.ts";
import { reinject } from "./reinject.ts";
import { type SocketPorts, SocketSession } from "./socket-session.ts";

/** What upgrades need of the server. */
export interface UpgradePorts extends SocketPorts {
  readonly gate: Gate;
  readonly ids: RequestIds;
  isStopping(): boolean;
}

/** The WebSocket side of the server: handshakes, and the sockets that came of them. */
export interface Sockets {
  /** Takes the upgrades of this server. */
  attach(server: Server): void;
  /** Cuts the sockets that are still there. */
  terminate(): void;
  /** Settles when the last socket is gone. */
  gone(): Promise<void>;
}

const codecs: readonly FrameCodec[] = [jsonCodec, msgpackCodec];

/** Makes the WebSocket side of the server. */
export function createSockets(ports: UpgradePorts): Sockets {
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: ports.engine.limits.maxFrameBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => codecOf(offered)?.subprotocol ?? false,
  });
  wss.on("wsClientError", (error, socket) => refuseUpgrade(socket, badHandshake(error), ports));
  const onUpgrade = (
    server: Server,
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): void => {
    if (incoming.headers.upgrade?.toLowerCase() !== "websocket") {
      return reinject(server, incoming, socket, head);
    }
    const refusal = ports.gate.check(incoming) ?? checkUpgrade(incoming, ports);
    if (refusal !== null) return refuseUpgrade(socket, refusal, ports);
    wss.handleUpgrade(incoming, socket, head, (ws: WebSocket) => {
      const codec = codecs.find(({ subprotocol }) => subprotocol === ws.protocol) ?? jsonCodec;
      new SocketSession(ws, codec, ports);
    });
  };
  return {
    attach: (server) => server.on("upgrade", (...args) => onUpgrade(server, ...args)),
    terminate() {
      for (const ws of wss.clients) ws.terminate();
    },
    // A server without a port of its own closes when its last socket has.
    gone: () => new Promise((resolve) => wss.close(() => resolve())),
  };
}

function codecOf(offered: ReadonlySet<string>): FrameCodec | undefined {
  return codecs.find(({ subprotocol }) => offered.has(subprotocol));
}

function checkUpgrade(incoming: IncomingMessage, ports: UpgradePorts): SynapError | null {
  const target = readTarget(incoming.url ?? "");
  if (target?.path !== SOCKET_PATH) {
    return new SynapError("ROUTE_NOT_FOUND", "There is no WebSocket at this path.", {
      details: { nearest: SOCKET_PATH },
    });
  }
  if (incoming.method !== "GET") {
    return new SynapError("METHOD_NOT_ALLOWED", "A WebSocket handshake is a GET.", {
      details: { allow: ["GET"] },
    });
  }
  if (ports.isStopping()) return new SynapError("OVERLOADED", "The server is stopping.");
  return checkQuery(target.query) ?? checkProtocols(incoming.headers["sec-websocket-protocol"]);
}

function checkQuery(query: string): SynapError | null {
  try {
    const name = readQuery(query)[0]?.[0];
    if (name === undefined) return null;
    const nearest = nearestName(name, ["api_key"]);
    return invalidRequest(
      `There is no query parameter ${JSON.stringify(name.slice(0, 100))} here.`,
      {
        path: name,
        expected: "no query, or api_key",
        ...(nearest === null ? {} : { nearest }),
      },
    );
  } catch (error) {
    return error as SynapError;
  }
}

/** A browser gives up on a server that takes none of its protocols; say why instead. */
function checkProtocols(header: string | undefined): SynapError | null {
  if (header === undefined) return null;
  if (codecOf(new Set(header.split(",").map((name) => name.trim()))) !== undefined) return null;
  return invalidRequest("None of the subprotocols is known here.", {
    path: "Sec-WebSocket-Protocol",
    expected: `${codecs.map(({ subprotocol }) => subprotocol).join(" or ")}, or none`,
  });
}

function badHandshake(error: Error): SynapError {
  return invalidRequest(`The WebSocket handshake is not valid: ${error.message}.`, {
    expected: "a handshake of RFC 6455, version 13",
  });
}

function refuseUpgrade(socket: Duplex, refusal: SynapError, { ids }: UpgradePorts): void {
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  socket.end(rawErrorAnswer(toWireError(refusal), ids.next()));
}

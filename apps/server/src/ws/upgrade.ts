import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import {
  invalidRequest,
  isSynapError,
  nearestName,
  SynapError,
  toWireError,
} from "@hivellm/synap-protocol";
import { type WebSocket, WebSocketServer } from "ws";
import { findSocketFeed, socketFeedRoutes } from "../feeds/feed-routes.ts";
import { badHandshake, type Handshake, openFeedSocket } from "../feeds/feed-upgrade.ts";
import { rawErrorAnswer } from "../http/error-answer.ts";
import type { Gate } from "../http/gate.ts";
import { readQuery } from "../http/query.ts";
import type { RequestIds } from "../http/request-ids.ts";
import { SOCKET_PATH } from "../http/system-routes.ts";
import { readTarget } from "../http/target.ts";
import { type FrameCodec, jsonCodec, msgpackCodec } from "./frame-codec.ts";
import { reinject } from "./reinject.ts";
import { SharedFrames } from "./shared-frames.ts";
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

/** The WebSocket server, and what its sockets share. */
interface Upgrades {
  readonly wss: WebSocketServer;
  readonly frames: ReadonlyMap<FrameCodec, SharedFrames>;
}

/** Makes the WebSocket side of the server. */
export function createSockets(ports: UpgradePorts): Sockets {
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: ports.engine.limits.maxFrameBytes,
    perMessageDeflate: false,
    autoPong: false, // sockets answer themselves, and count what they answer
    handleProtocols: (offered, incoming) => chooseProtocol(offered, pathOf(incoming)),
  });
  const { maxFrameBytes } = ports.engine.limits;
  const frames = new Map(codecs.map((codec) => [codec, new SharedFrames(codec, maxFrameBytes)]));
  wss.on("wsClientError", (error, socket) =>
    refuseUpgrade(socket, badHandshake(error.message), ports),
  );
  return {
    attach: (server) =>
      server.on("upgrade", (incoming, socket, head) => {
        if (incoming.headers.upgrade?.toLowerCase() !== "websocket") {
          return reinject(server, incoming, socket, head);
        }
        upgrade({ incoming, socket, head }, { wss, frames }, ports).catch((error: unknown) => {
          if (!isSynapError(error)) ports.logger.error({ err: error }, "an upgrade failed");
          refuseUpgrade(socket, error, ports);
        });
      }),
    terminate() {
      for (const ws of wss.clients) ws.terminate();
    },
    // A server without a port of its own closes when its last socket has.
    gone: () => new Promise((resolve) => wss.close(() => resolve())),
  };
}

/** Rejects with the refusal. */
async function upgrade(
  handshake: Handshake,
  { wss, frames }: Upgrades,
  ports: UpgradePorts,
): Promise<void> {
  const { incoming, socket, head } = handshake;
  const refusal = ports.gate.check(incoming);
  if (refusal !== null) throw refusal;
  const target = readTarget(incoming.url ?? "");
  const feed = findSocketFeed(target?.path ?? "");
  if (target === null || (target.path !== SOCKET_PATH && feed === undefined)) {
    throw noSocket(target?.path ?? "");
  }
  if (incoming.method !== "GET") {
    throw new SynapError("METHOD_NOT_ALLOWED", "A WebSocket handshake is a GET.", {
      details: { allow: ["GET"] },
    });
  }
  if (ports.isStopping()) throw new SynapError("OVERLOADED", "The server is stopping.");
  if (feed !== undefined) return openFeedSocket(feed, target, handshake, { wss, ports });
  checkQuery(target.query);
  checkProtocols(incoming.headers["sec-websocket-protocol"]);
  wss.handleUpgrade(incoming, socket, head, (ws: WebSocket) => {
    const codec = codecs.find(({ subprotocol }) => subprotocol === ws.protocol) ?? jsonCodec;
    new SocketSession(ws, frames.get(codec) as SharedFrames, ports);
  });
}

function pathOf(incoming: IncomingMessage): string {
  return readTarget(incoming.url ?? "")?.path ?? "";
}

function noSocket(path: string): SynapError {
  const paths = [SOCKET_PATH, ...socketFeedRoutes.map(({ template }) => template.path)];
  const nearest = nearestName(path, paths) ?? SOCKET_PATH;
  return new SynapError("ROUTE_NOT_FOUND", "There is no WebSocket at this path.", {
    details: { nearest },
  });
}

/** A browser gives up on a server that takes none of its protocols; the tutorials' sockets take any. */
function chooseProtocol(offered: ReadonlySet<string>, path: string): string | false {
  const [first = false] = offered;
  return codecOf(offered)?.subprotocol ?? (path === SOCKET_PATH ? false : first);
}

function codecOf(offered: ReadonlySet<string>): FrameCodec | undefined {
  return codecs.find(({ subprotocol }) => offered.has(subprotocol));
}

function checkQuery(query: string): void {
  const name = readQuery(query)[0]?.[0];
  if (name === undefined) return;
  const nearest = nearestName(name, ["api_key"]);
  throw invalidRequest(`There is no query parameter ${JSON.stringify(name.slice(0, 100))} here.`, {
    path: name,
    expected: "no query, or api_key",
    ...(nearest === null ? {} : { nearest }),
  });
}

/** A browser gives up on a server that takes none of its protocols; say why instead. */
function checkProtocols(header: string | undefined): void {
  if (header === undefined) return;
  if (codecOf(new Set(header.split(",").map((name) => name.trim()))) !== undefined) return;
  throw invalidRequest("None of the subprotocols is known here.", {
    path: "Sec-WebSocket-Protocol",
    expected: `${codecs.map(({ subprotocol }) => subprotocol).join(" or ")}, or none`,
  });
}

function refuseUpgrade(socket: Duplex, refusal: unknown, { ids }: UpgradePorts): void {
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  socket.end(rawErrorAnswer(toWireError(refusal), ids.next()));
}

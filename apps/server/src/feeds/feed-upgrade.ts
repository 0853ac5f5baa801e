import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { invalidRequest, type SynapError } from "@hivellm/synap-protocol";
import type { WebSocketServer } from "ws";
import type { Target } from "../http/target.ts";
import { Feed, type FeedPorts } from "./feed.ts";
import type { FeedRoute } from "./feed-routes.ts";
import { FeedSocket } from "./feed-socket.ts";

/** A handshake that has come in. */
export interface Handshake {
  readonly incoming: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/**
 * Subscribes, and only then lets the handshake through, so that whoever is connected misses nothing.
 * Rejects with the refusal; the connection is still the caller's then.
 */
export async function openFeedSocket(
  route: FeedRoute,
  target: Target,
  { incoming, socket, head }: Handshake,
  { wss, ports }: { readonly wss: WebSocketServer; readonly ports: FeedPorts },
): Promise<void> {
  checkHandshake(incoming);
  const request = route.read(target, incoming.headers);
  const destroy = (): void => void socket.destroy();
  socket.on("error", destroy); // nobody else listens yet
  const { feed } = await Feed.open(request, ports);
  let isOpen = false;
  wss.handleUpgrade(incoming, socket, head, (ws) => {
    isOpen = true;
    socket.off("error", destroy);
    new FeedSocket(ws, socket, feed, ports.heartbeat);
  });
  if (!isOpen) feed.close("the handshake failed");
}

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const VERSION = "13";

/** What ws would refuse must not have subscribed. */
function checkHandshake({ headers }: IncomingMessage): void {
  const key = headers["sec-websocket-key"];
  const fault = !(key !== undefined && KEY.test(key))
    ? "it has no valid Sec-WebSocket-Key"
    : headers["sec-websocket-version"] !== VERSION
      ? `its Sec-WebSocket-Version is not ${VERSION}`
      : null;
  if (fault !== null) throw badHandshake(fault);
}

/** The refusal of a handshake that breaks RFC 6455. */
export function badHandshake(fault: string): SynapError {
  return invalidRequest(`The WebSocket handshake is not valid: ${fault}.`, {
    expected: "a handshake of RFC 6455, version 13",
  });
}

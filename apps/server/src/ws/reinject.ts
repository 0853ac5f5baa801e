import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

const OF_THE_UPGRADE = ["connection", "upgrade", "http2-settings"];

/**
 * Serves a request that asks for an upgrade to something else than a WebSocket. Clients that would
 * rather speak HTTP/2 ask so on each first request, and a server may ignore it (RFC 9110, section
 * 7.8), but Node has taken the connection off its parser by now. So the request goes back in front
 * of what follows it, without the wish, and the connection is handed to the server anew.
 */
export function reinject(
  server: Server,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const { method, url, httpVersion, rawHeaders } = incoming;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (!OF_THE_UPGRADE.includes(name.toLowerCase())) text += `${name}: ${rawHeaders[i + 1]}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, "latin1"), head]));
  server.emit("connection", socket);
}

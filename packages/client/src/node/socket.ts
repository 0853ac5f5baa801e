import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { readWireError } from "@hivellm/synap-protocol";
import WebSocket from "isomorphic-ws";
import type { OpenedSocket, Refusal, SocketRequest } from "../transport/web-socket.ts";

/** How much of a refused handshake's body is read, in bytes. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** Opens a socket of `ws`: the key travels in a header, and a refused handshake says why. */
export function openNodeSocket(request: SocketRequest): OpenedSocket {
  const socket = new WebSocket(request.url, request.protocol, {
    headers: request.apiKey === undefined ? {} : { "X-API-Key": request.apiKey },
    perMessageDeflate: false,
  });
  let refusal: Refusal | null = null;
  socket.on("unexpected-response", (_request, response: IncomingMessage) => {
    readRefusal(response, (read) => {
      refusal = read;
      socket.terminate(); // `close` follows
    });
  });
  return { socket, refusal: () => refusal, terminate: () => socket.terminate() };
}

function readRefusal(response: IncomingMessage, done: (refusal: Refusal) => void): void {
  const status = response.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let size = 0;
  response.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_REFUSAL_BYTES) response.destroy();
    else chunks.push(chunk);
  });
  response.on("error", () => {}); // `close` follows
  response.on("close", () => done({ status, error: readBody(Buffer.concat(chunks).toString()) }));
}

function readBody(text: string): Refusal["error"] {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return error === undefined ? null : readWireError(error);
  } catch {
    return null; // not Synap's: a proxy's page, or nothing
  }
}

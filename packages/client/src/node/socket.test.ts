import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { failureOf } from "../../test/fake-platform.ts";
import { SynapClient } from "../index.ts";

const servers: Server[] = [];
const clients: SynapClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientOf(...args: ConstructorParameters<typeof SynapClient>): SynapClient {
  const client = new SynapClient(...args);
  clients.push(client);
  return client;
}

/** A server that answers every handshake with an HTTP status. */
function refusing(status: number, body: string): Server {
  const server = createServer();
  server.on("upgrade", (_request, socket) => {
    socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  });
  return server;
}

test("a refused handshake says why", async () => {
  const error = { code: "UNAUTHORIZED", message: "This key is unknown." };
  const url = await listen(refusing(401, JSON.stringify({ error, request_id: "r" })));
  const client = clientOf({ url, transport: "websocket" });
  expect(await failureOf(client.kv.get("k"))).toMatchObject({ name: "AuthError", ...error });
});

test("also one by something that is no Synap", async () => {
  const url = await listen(refusing(404, "<html>"));
  const client = clientOf({ url, transport: "websocket", retries: 0 });
  expect(await failureOf(client.kv.get("k"))).toMatchObject({
    name: "ConnectionError",
    details: { status: 404 },
  });
});

test("the key travels in a header", async () => {
  const server = createServer();
  const seen: IncomingMessage[] = [];
  const sockets = new WebSocketServer({ server, perMessageDeflate: true });
  sockets.on("connection", (socket, request) => {
    seen.push(request);
    socket.close(1008, "seen");
  });
  const url = await listen(server);
  const options = { url, apiKey: "secret", retries: 0 };
  const failure = await failureOf(clientOf({ ...options, transport: "websocket" }).kv.get("k"));
  expect(failure).toMatchObject({
    name: "ConnectionError",
    message: expect.stringContaining("seen"),
  });
  const [request] = seen;
  expect(request?.url).toBe("/api/v1/ws");
  expect(request?.headers).toMatchObject({ "x-api-key": "secret" });
  expect(request?.headers).not.toHaveProperty("sec-websocket-extensions");
});

test("a server that is not there is named", async () => {
  const server = createServer();
  const url = await listen(server);
  await new Promise((done) => server.close(done));
  const client = clientOf({ url, retries: 1, retryDelay: 1 });
  expect(await failureOf(client.kv.set("k", 1))).toMatchObject({
    name: "ConnectionError",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

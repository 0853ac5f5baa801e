import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { resolveConfig } from "../options.ts";
import { fetchExchange } from "../transport/fetch-exchange.ts";
import type { HttpExchange } from "../transport/http-exchange.ts";
import { nodePlatform } from "./platform.ts";
import { undiciExchange } from "./undici-exchange.ts";

const servers: Server[] = [];
const exchanges: HttpExchange[] = [];

afterEach(async () => {
  for (const exchange of exchanges.splice(0)) await exchange.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const signal = new AbortController().signal;

describe.each([
  ["undici", (url: string) => undiciExchange(resolveConfig(url))],
  ["fetch", () => fetchExchange(fetch)],
])("%s", (_, open) => {
  const opened = (url: string): HttpExchange => {
    const exchange = open(url);
    exchanges.push(exchange);
    return exchange;
  };

  test("carries a body there and another back", async () => {
    const url = await listen((request, response) => {
      const { method, headers } = request;
      response.writeHead(201, { "content-type": "text/plain" });
      response.write(`${method} ${request.url} ${headers["x-synap-client"]} `);
      request.pipe(response);
    });
    const exchange = opened(url);
    const headers = { "x-synap-client": "me" };
    for (const body of ["hello", new TextEncoder().encode("hello")]) {
      const outcome = await exchange.run({ url: `${url}/a?b=c`, headers, body, signal });
      if (!outcome.ok) throw outcome.cause;
      expect(outcome).toMatchObject({ status: 201, contentType: "text/plain" });
      expect(new TextDecoder().decode(outcome.body)).toBe("POST /a?b=c me hello");
    }
    const got = await exchange.run({ url: `${url}/health`, headers, body: null, signal });
    expect(got).toMatchObject({ ok: true, status: 201 });
  });

  test("knows what cannot have been sent", async () => {
    const url = await listen(() => {});
    const server = servers.pop() as Server;
    await new Promise((done) => server.close(done));
    const outcome = await opened(url).run({ url, headers: {}, body: "x", signal });
    expect(outcome).toMatchObject({ ok: false, sent: false });
  });

  test("and what may have been", async () => {
    const url = await listen((request) => request.socket.destroy());
    const outcome = await opened(url).run({ url, headers: {}, body: "x", signal });
    expect(outcome).toMatchObject({ ok: false, sent: true });
  });

  test("is given up by its signal", async () => {
    const abort = new AbortController();
    const url = await listen(() => abort.abort());
    const outcome = await opened(url).run({ url, headers: {}, body: "x", signal: abort.signal });
    expect(outcome).toMatchObject({ ok: false });
  });
});

test("the pool has no more connections than it may", async () => {
  const ports = new Set<number | undefined>();
  const url = await listen((request, response) => {
    ports.add(request.socket.remotePort);
    response.end();
  });
  const exchange = undiciExchange(resolveConfig({ url, poolSize: 2 }));
  exchanges.push(exchange);
  const runs = Array.from({ length: 20 }, () =>
    exchange.run({ url, headers: {}, body: "", signal }),
  );
  await Promise.all(runs);
  expect(ports.size).toBe(2);
});

test("connections are not kept if that is not wanted", async () => {
  const seen: (string | undefined)[] = [];
  const url = await listen((request, response) => {
    seen.push(request.headers.connection);
    response.end();
  });
  for (const keepAlive of [true, false]) {
    const exchange = undiciExchange(resolveConfig({ url, keepAlive }));
    exchanges.push(exchange);
    await exchange.run({ url, headers: {}, body: "", signal });
  }
  expect(seen).toEqual(["keep-alive", "close"]);
});

test("gzip", async () => {
  const bytes = new TextEncoder().encode("x".repeat(1_000));
  const zipped = await nodePlatform.gzip(bytes);
  expect(zipped.length).toBeLessThan(100);
  expect(new Uint8Array(gunzipSync(zipped))).toEqual(bytes);
});

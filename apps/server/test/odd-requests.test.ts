import { describe, expect, it } from "vitest";
import { errorOf, get, RawConnection, rawRequest } from "./support/raw-connection.ts";
import { serverForTest, sharedServer } from "./support/test-server.ts";

const server = sharedServer();

describe("what is no HTTP request", () => {
  it.each([
    ["garbage", "garbage\r\n\r\n", 400],
    ["a TLS hello", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 400],
    ["an unknown method", "FETCH / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
    ["another protocol", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 400],
    ["a header without a colon", get("/", "Broken\r\n"), 400],
    ["a control character in a header", get("/", "X: a\x01b\r\n"), 400],
    [
      "two lengths",
      "POST /kv/set HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      400,
    ],
    [
      "a negative length",
      "POST /kv/set HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
      400,
    ],
    [
      "length and chunks",
      "POST /kv/set HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      400,
    ],
    ["a header that is too large", get("/", `X: ${"x".repeat(40_000)}\r\n`), 431],
    ["a target that is too large", get(`/kv/get/${"x".repeat(40_000)}`), 431],
    ["a control character in the target", get("/kv/get/a\x01b"), 400],
    ["a target that is no path", get("nowhere"), 400],
    ["a proxy request", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n", 405],
    ["an unknown expectation", get("/health", "Expect: miracles\r\n"), 400],
  ])("%s gets an error of the usual shape", async (_, request, status) => {
    const answer = await rawRequest(server().port, request);
    expect(answer.status).toBe(status);
    expect(errorOf(answer).message).not.toContain("at ");
    expect(answer.headers["content-type"]).toBe("application/json");
  });

  it("closes the connection, after what came before it was answered", async () => {
    const connection = await RawConnection.open(server().port);
    connection.send(`${get("/kv/get/a")}garbage\r\n\r\n`);
    expect((await connection.answer()).status).toBe(404);
    expect((await connection.answer()).status).toBe(400);
    await connection.ended();
  });

  it("gets an answer as well when it is late", async () => {
    const hasty = await serverForTest({ transportLimits: { headersTimeoutMs: 20 } });
    const connection = await RawConnection.open(hasty.port);
    connection.send("GET /health HTTP/1.1\r\nHost: local");
    const answer = await connection.answer();
    expect([answer.status, errorOf(answer).code]).toEqual([408, "INVALID_REQUEST"]);
    await connection.ended();
  });

  it("leaves a server that answers", async () => {
    expect((await rawRequest(server().port, get("/health"))).status).toBe(200);
  });
});

describe("routes and methods", () => {
  it.each([
    ["GET", "/nope", 404, "ROUTE_NOT_FOUND"],
    ["GET", "//kv/stats", 404, "ROUTE_NOT_FOUND"],
    ["GET", "/kv/stats/", 404, "ROUTE_NOT_FOUND"],
    ["GET", "/KV/stats", 404, "ROUTE_NOT_FOUND"],
    ["GET", "/kv%2Fstats", 404, "ROUTE_NOT_FOUND"],
    ["GET", "/kv/../health", 404, "ROUTE_NOT_FOUND"],
    ["GET", "/api/v1/ws", 404, "ROUTE_NOT_FOUND"],
    ["PUT", "/kv/set", 405, "METHOD_NOT_ALLOWED"],
    ["GET", "/kv/set", 405, "METHOD_NOT_ALLOWED"],
    ["POST", "/kv/get/a", 405, "METHOD_NOT_ALLOWED"],
    ["DELETE", "/api/v1/command", 405, "METHOD_NOT_ALLOWED"],
    ["TRACE", "/health", 405, "METHOD_NOT_ALLOWED"],
    ["OPTIONS", "/nope", 404, "ROUTE_NOT_FOUND"],
  ])("%s %s is %d %s", async (method, path, status, code) => {
    const answer = await rawRequest(server().port, get(path).replace("GET", method));
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
  });

  it.each([
    ["/kv/set", "POST, OPTIONS"],
    ["/kv/get/a/b", "GET, HEAD, OPTIONS"],
    ["*", "GET, HEAD, POST, DELETE, OPTIONS"],
  ])("OPTIONS %s names the methods", async (path, allow) => {
    const answer = await rawRequest(server().port, get(path).replace("GET", "OPTIONS"));
    expect([answer.status, answer.headers.allow]).toEqual([204, allow]);
  });

  it("405 names the methods, and 404 the nearest route", async () => {
    const refused = await rawRequest(server().port, get("/kv/set"));
    expect(refused.headers.allow).toBe("POST, OPTIONS");
    const lost = await rawRequest(server().port, get("/kv/statz"));
    expect(errorOf(lost).details?.nearest).toBe("/kv/stats");
  });

  it("HEAD of what is not there has no body", async () => {
    const connection = await RawConnection.open(server().port);
    connection.send(get("/nope").replace("GET", "HEAD") + get("/health"));
    expect((await connection.answer({ bodiless: true })).status).toBe(404);
    expect((await connection.answer()).status).toBe(200);
    connection.destroy();
  });
});

describe("upgrades", () => {
  const upgrade = (to: string) => `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${to}\r\n`;

  it("to another protocol are passed over, and the connection goes on", async () => {
    const connection = await RawConnection.open(server().port);
    connection.send(get("/health", `${upgrade("h2c")}HTTP2-Settings: AAMAAABk\r\n`));
    expect((await connection.answer()).status).toBe(200);
    const body = '{"key":"h2c","value":"on one connection"}';
    connection.send(
      `POST /kv/set HTTP/1.1\r\nHost: localhost\r\n${upgrade("h2c")}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}${get("/kv/get/h2c")}`,
    );
    expect((await connection.answer()).status).toBe(200);
    expect((await connection.answer()).body.toString()).toBe("on one connection");
    connection.destroy();
  });

  const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  it.each([
    ["another path", "/nope", key, 404, "ROUTE_NOT_FOUND"],
    ["no key", "/api/v1/ws", "Sec-WebSocket-Version: 13\r\n", 400, "INVALID_REQUEST"],
    [
      "an old version",
      "/api/v1/ws",
      key.replace("13", "8").replace("Version: 8", "Version: 7"),
      400,
      "INVALID_REQUEST",
    ],
    [
      "unknown subprotocols",
      "/api/v1/ws",
      `${key}Sec-WebSocket-Protocol: chat, soap\r\n`,
      400,
      "INVALID_REQUEST",
    ],
    ["an unknown parameter", "/api/v1/ws?topics=a", key, 400, "INVALID_REQUEST"],
    ["a bad escape", "/api/v1/ws?%zz=1", key, 400, "INVALID_REQUEST"],
  ])("with %s get an error of the usual shape", async (_, path, headers, status, code) => {
    const answer = await rawRequest(server().port, get(path, upgrade("websocket") + headers));
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
  });
});

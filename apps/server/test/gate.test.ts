import { describe, expect, it } from "vitest";
import { errorOf, get, rawRequest } from "./support/raw-connection.ts";
import { serverForTest, sharedServer } from "./support/test-server.ts";
import { TestSocket } from "./support/test-socket.ts";

const server = sharedServer({ origins: ["https://app.example", "null"] });

function withHost(host: string | null, target = "/health"): string {
  return `GET ${target} HTTP/1.1\r\n${host === null ? "" : `Host: ${host}\r\n`}\r\n`;
}

describe("the Host header", () => {
  it("that is empty is refused, also as the first that comes", async () => {
    const fresh = await serverForTest();
    expect((await rawRequest(fresh.port, withHost(""))).status).toBe(400);
  });

  it.each([
    ["localhost", 200],
    ["LOCALHOST:1", 200],
    ["app.localhost:15500", 200],
    ["localhost.", 200],
    ["127.0.0.1", 200],
    ["127.9.9.9:80", 200],
    ["[::1]:80", 200],
    ["evil.com", 403],
    ["localhost.evil.com", 403],
    ["192.168.1.5", 403],
    ["0.0.0.0", 403],
    ["", 400],
    ["a b", 400],
    ["localhost@evil.com", 400],
    ["localhost:99999", 400],
    ["localhost/evil", 400],
    [null, 400],
  ])("%j is answered with %d", async (host, status) => {
    expect((await rawRequest(server().port, withHost(host))).status).toBe(status);
  });

  it("is checked once more where the target names a host", async () => {
    const { port } = server();
    expect((await rawRequest(port, withHost("localhost", "http://127.0.0.1/health"))).status).toBe(
      200,
    );
    const foreign = await rawRequest(port, withHost("localhost", "http://evil.com/health"));
    expect([foreign.status, errorOf(foreign).code]).toEqual([403, "FORBIDDEN"]);
  });

  it("may not come twice, and may be absent in HTTP/1.0", async () => {
    const { port } = server();
    const twice = await rawRequest(port, get("/health", "Host: evil.com\r\n"));
    expect([twice.status, errorOf(twice).details?.path]).toEqual([400, "Host"]);
    expect((await rawRequest(port, "GET /health HTTP/1.0\r\n\r\n")).status).toBe(200);
  });

  it("of a server that others can reach is its address, a plain name or one that is allowed", async () => {
    const open = await serverForTest({
      host: "0.0.0.0",
      insecure: true,
      allowedHosts: ["synap.example"],
    });
    expect(open.url).toBe(`http://127.0.0.1:${open.port}`);
    const expected = { "10.1.2.3:1": 200, synap: 200, "synap.example": 200, "evil.com": 403 };
    for (const [host, status] of Object.entries(expected)) {
      expect([host, (await rawRequest(open.port, withHost(host))).status]).toEqual([host, status]);
    }
  });
});

describe("the page that asks", () => {
  it.each([
    ["", 200],
    ["Origin: http://localhost:3000", 200],
    ["Origin: https://x.localhost", 200],
    ["Origin: http://127.0.0.1:8080", 200],
    ["Origin: http://[::1]:1", 200],
    ["Origin: https://app.example", 200],
    ["Origin: null", 200], // this server was told to
    ["Origin: https://app.example:444", 403],
    ["Origin: http://evil.com", 403],
    ["Origin: http://localhost.evil.com", 403],
    ["Origin: ", 403],
    ["Origin: http://localhost\r\nOrigin: http://evil.com", 403],
    ["Sec-Fetch-Site: cross-site", 403],
    ["Sec-Fetch-Site: same-site", 200],
    ["Sec-Fetch-Site: same-origin", 200],
    ["Sec-Fetch-Site: none", 200],
    ["Sec-Fetch-Site: cross-site\r\nOrigin: https://app.example", 200],
  ])("%j is answered with %d", async (headers, status) => {
    const answer = await rawRequest(
      server().port,
      get("/health", headers === "" ? "" : `${headers}\r\n`),
    );
    expect(answer.status).toBe(status);
    if (status === 403) expect(errorOf(answer).code).toBe("FORBIDDEN");
  });

  it("is refused before anything runs", async () => {
    const other = await serverForTest();
    const request =
      "POST /kv/incr/x HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nContent-Length: 0\r\n\r\n";
    expect((await rawRequest(other.port, request)).status).toBe(403);
    expect((await fetch(`${other.url}/kv/get/x`)).status).toBe(404);
  });

  it("may read the answer if it may ask", async () => {
    const headers = { origin: "http://localhost:3000" };
    const answer = await fetch(`${server().url}/kv/get/x`, { headers });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "access-control-allow-origin": "http://localhost:3000",
      "access-control-expose-headers": expect.stringContaining("X-Synap-TTL"),
      vary: "Origin",
    });
    const without = await fetch(`${server().url}/kv/get/x`);
    expect(without.headers.has("access-control-allow-origin")).toBe(false);
  });

  it("is told by a preflight what it may send", async () => {
    const answer = await fetch(`${server().url}/kv/set`, {
      method: "OPTIONS",
      headers: {
        origin: "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-private-network": "true",
      },
    });
    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "GET, HEAD, POST, DELETE, OPTIONS",
      "access-control-allow-headers": expect.stringContaining("X-Synap-Client"),
      "access-control-allow-private-network": "true",
    });
  });

  it("may open a socket under the same rules", async () => {
    const fine = await TestSocket.open(server().url, undefined, { origin: "https://app.example" });
    expect(fine.closeCode).toBeNull();
    const foreign = await TestSocket.open(server().url, undefined, { origin: "http://evil.com" });
    await foreign.closed();
    const handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://evil.com\r\n";
    expect(errorOf(await rawRequest(server().port, get("/api/v1/ws", handshake))).code).toBe(
      "FORBIDDEN",
    );
  });
});

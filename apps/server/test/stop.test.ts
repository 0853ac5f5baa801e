import { describe, expect, it } from "vitest";
import { startServer } from "../src/start-server.ts";
import { get, RawConnection } from "./support/raw-connection.ts";
import { post, serverForTest } from "./support/test-server.ts";
import { TestSocket } from "./support/test-socket.ts";

const JSON_TYPE = "Content-Type: application/json\r\n";
const SET = '{"key":"k","value":1}';

describe("stopping", () => {
  it("lets running requests finish, and takes no new ones", async () => {
    const server = await serverForTest();
    const running = await RawConnection.open(server.port);
    running.send(
      `POST /kv/set HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}Content-Length: ${SET.length}\r\n\r\n`,
    );
    const idle = await RawConnection.open(server.port);
    idle.send(get("/health"));
    await idle.answer();
    const closed = server.close();
    await idle.ended();
    await expect(RawConnection.open(server.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    running.send(SET);
    expect((await running.answer()).status).toBe(200);
    await running.ended();
    await closed;
  });

  it("closes sockets with 1001, after what they asked was answered", async () => {
    const server = await serverForTest();
    const socket = await TestSocket.open(server.url);
    socket.send({ request_id: 1, command: "kv.stats" });
    expect(await socket.nextJson()).toMatchObject({ request_id: 1 });
    const closed = server.close();
    expect(await socket.closed()).toBe(1001);
    await closed;
  });

  it("cuts who does not say goodbye, and requests that never end", async () => {
    const server = await serverForTest({ transportLimits: { stopGraceMs: 50 } });
    const endless = await RawConnection.open(server.port);
    endless.send(
      `POST /kv/set HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}Content-Length: 9\r\n\r\n`,
    );
    const rude = await TestSocket.open(server.url);
    rude.socket.pause();
    await post(`${server.url}/kv/set`, { key: "k", value: 1 });
    await server.close();
    await endless.ended();
    rude.socket.resume();
    expect([1001, 1006]).toContain(await rude.closed());
  });

  it("may be asked for twice", async () => {
    const server = await serverForTest();
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});

describe("listening", () => {
  it("is on both loopback addresses, on one free port", async () => {
    const server = await serverForTest();
    expect(server.addresses[0]).toBe("127.0.0.1");
    for (const address of server.addresses) {
      const host = address.includes(":") ? `[${address}]` : address;
      expect((await fetch(`http://${host}:${server.port}/health`)).status).toBe(200);
    }
  });

  it("is on one address where one is named", async () => {
    const server = await serverForTest({ host: "127.0.0.1" });
    expect([server.addresses, server.url]).toEqual([
      ["127.0.0.1"],
      `http://127.0.0.1:${server.port}`,
    ]);
  });

  it("says in one line what is wrong with a port or an address", async () => {
    const { port } = await serverForTest();
    const quiet = { logLevel: "silent" } as const;
    await expect(startServer({ ...quiet, port })).rejects.toThrow(/in use.*--port/);
    await expect(
      startServer({ ...quiet, port: 0, host: "192.0.2.1", insecure: true }),
    ).rejects.toThrow(/no address of this machine/);
  });
});

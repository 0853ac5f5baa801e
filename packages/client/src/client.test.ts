import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { fakeClock, fakePlatform } from "../test/fake-platform.ts";
import { FakeServer } from "../test/fake-server.ts";
import { SynapClient as BrowserClient } from "./browser.ts";
import { BaseClient } from "./client.ts";
import { ValidationError } from "./errors.ts";
import { SynapClient } from "./index.ts";

class FakeClient extends BaseClient {
  constructor(server: FakeServer) {
    super({ transport: "websocket", WebSocket: server.WebSocket }, fakePlatform(fakeClock()));
  }
}

describe("events", () => {
  test("on and off can be chained", async () => {
    const client = new FakeClient(new FakeServer(() => ({ count: 0 })));
    const heard = vi.fn();
    const silent = vi.fn();
    client.on("connected", heard).on("connected", silent).off("connected", silent);
    await client.kv.exists("k");
    expect(heard).toHaveBeenCalledOnce();
    expect(silent).not.toHaveBeenCalled();
  });
});

describe("close", () => {
  test("tells why the connection is gone, then tells nothing any more", async () => {
    const client = new FakeClient(new FakeServer(() => ({ count: 0 })));
    const reasons: string[] = [];
    client.on("disconnected", (reason) => reasons.push(reason));
    await client.kv.exists("k");
    await client.close();
    expect(reasons).toEqual(["The client was closed."]);
  });

  test("await using", async () => {
    const server = new FakeServer(() => ({ count: 0 }));
    {
      await using client = new FakeClient(server);
      await client.kv.exists("k");
    }
    expect(server.socket.closed).toBe(1000);
  });
});

describe("both flavours", () => {
  test.each([
    ["Node", SynapClient],
    ["browser", BrowserClient],
  ])("%s: check their options and open nothing by themselves", async (_, Client) => {
    expect(() => new Client({ timeout: -1 })).toThrow(ValidationError);
    const client = new Client({ poolSize: 20 });
    expect(client).toBeInstanceOf(BaseClient);
    await client.close();
  });
});

test("a client's type has no private members, so a mock can stand for it", () => {
  expectTypeOf<Pick<SynapClient, keyof SynapClient>>().toExtend<SynapClient>();
});

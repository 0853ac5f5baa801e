import { manualClock } from "@hivellm/synap-core";
import { decodeValue, encodeValue, packMsgpack, unpackMsgpack } from "@hivellm/synap-protocol";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { post, serverForTest, sharedServer } from "./support/test-server.ts";
import { TestSocket } from "./support/test-socket.ts";
import { waitFor } from "./support/wait-for.ts";

const server = sharedServer();
const open = (protocol?: string) => TestSocket.open(server().url, protocol);
const get = (key: string, id: number | string = 1) => ({
  request_id: id,
  command: "kv.get",
  payload: { key },
});
const set = (key: string, value: unknown, more = {}) => ({
  request_id: 1,
  command: "kv.set",
  payload: { key, value, ...more },
});

describe("a JSON socket", () => {
  it.each([
    [undefined, ""],
    ["synap.v1.json", "synap.v1.json"],
  ])("opens with the subprotocol %s", async (offered, taken) => {
    const socket = await open(offered);
    expect(socket.socket.protocol).toBe(taken);
    socket.send(set("ws", { a: [1] }));
    expect(await socket.nextJson()).toMatchObject({
      request_id: 1,
      status: "success",
      payload: { success: true },
    });
    socket.send(get("ws", "text"));
    expect(await socket.nextJson()).toMatchObject({
      request_id: "text",
      payload: { value: { a: [1] } },
    });
  });

  it("takes many messages in a frame and answers in as few as it can", async () => {
    const socket = await open();
    socket.send([
      set("many", 1),
      get("many", 2),
      { request_id: 3, command: "kv.nope" },
      get("many", 4),
    ]);
    const answers = JSON.parse(String(await socket.next()));
    expect(answers).toMatchObject([
      { request_id: 1, status: "success" },
      { request_id: 2, payload: { value: 1 } },
      { request_id: 3, status: "error", error: { code: "UNKNOWN_COMMAND" } },
      { request_id: 4, payload: { value: 1 } },
    ]);
  });

  it("gets what it watches", async () => {
    const socket = await open();
    socket.send({ request_id: 1, command: "kv.watch", payload: { prefix: "watched:" } });
    expect(JSON.parse(String(await socket.next()))).toMatchObject([
      { request_id: 1 },
      { type: "synced" },
    ]);
    await post(`${server().url}/kv/set`, { key: "watched:a", value: "new" });
    expect(await socket.nextJson()).toMatchObject({
      type: "watch",
      op: "put",
      key: "watched:a",
      value: "new",
    });
  });

  it("may say hello and ping", async () => {
    const socket = await open();
    socket.send({ type: "hello", client_id: "me" });
    expect(await socket.nextJson()).toMatchObject({ type: "hello", protocol: 1, resumed: false });
    socket.send({ type: "ping", nonce: 7 });
    expect(await socket.nextJson()).toEqual({ type: "ping", nonce: 7 });
  });

  it.each([
    ["no JSON", "{"],
    ["an empty frame", ""],
    ["a frame of numbers", "[1]"],
    ["no id", '{"command":"kv.get"}'],
    ["an unknown type", '{"type":"hullo"}'],
    ["too many messages", `[${Array.from({ length: 10_001 }, () => 1)}]`],
    ["too much depth", "[".repeat(100_000) + "]".repeat(100_000)],
    ["bytes", Buffer.from("{}")],
  ])("answers %s with a failure without an id, and goes on", async (_, frame) => {
    const socket = await open();
    socket.send(frame);
    expect(await socket.nextJson()).toMatchObject({
      type: "response",
      request_id: null,
      status: "error",
      error: { code: "INVALID_REQUEST" },
    });
    socket.send(get("x"));
    expect(await socket.nextJson()).toMatchObject({ request_id: 1, status: "success" });
  });

  it("is closed when a frame is too large or breaks the protocol", async () => {
    const large = await open();
    large.send(" ".repeat(5 * 1024 * 1024));
    expect(await large.closed()).toBe(1009);
    const broken = await open();
    (broken.socket as unknown as { _socket: { write(data: Buffer): void } })._socket.write(
      Buffer.from([0xff, 0xff]),
    );
    expect(await broken.closed()).toBe(1002);
  });
});

describe("a MessagePack socket", () => {
  const [HELLO, SET, GET] = [-1, 1, 2];
  const nextArray = async (socket: TestSocket) =>
    unpackMsgpack((await socket.next()) as Buffer) as unknown[];

  it("speaks positional arrays", async () => {
    const socket = await open("synap.v1.msgpack");
    socket.send(packMsgpack([HELLO, "me"]));
    expect((await nextArray(socket)).slice(0, 2)).toEqual([HELLO, expect.any(String)]);
    socket.send(
      packMsgpack([
        [1, SET, "mp", encodeValue({ a: 1 }, "msgpack")],
        [2, GET, "mp"],
      ]),
    );
    const [[one, stored], [two, [found, value]]] = (await nextArray(socket)) as [
      [number, unknown[]],
      [number, [boolean, Uint8Array]],
    ];
    expect([one, stored]).toEqual([1, [true, "mp", expect.any(Number)]]);
    expect([two, found, decodeValue(value)]).toEqual([2, true, { a: 1 }]);
  });

  it.each([
    ["text", "[1,2]"],
    ["rubbish", Buffer.from([0xc1])],
    ["half a message", Buffer.from([0x92, 0x01])],
    ["no message", Buffer.from([0x90])],
    ["announced sizes beyond its end", Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])],
  ])("answers %s with a failure of id 0, and goes on", async (_, frame) => {
    const socket = await open("synap.v1.msgpack");
    socket.send(frame);
    expect(await nextArray(socket)).toMatchObject([0, null, { code: "INVALID_REQUEST" }]);
    socket.send(packMsgpack([9, GET, "x"]));
    expect(await nextArray(socket)).toMatchObject([9, expect.anything()]);
  });
});

describe("the end of a socket", () => {
  const stored = async (url: string, key: string) => (await fetch(`${url}/kv/get/${key}`)).status;

  it("S1: a close frame ends the session at once", async () => {
    const { url } = server();
    const socket = await open();
    socket.send(set("bound", 1, { session: true }));
    await socket.next();
    expect(await stored(url, "bound")).toBe(200);
    socket.socket.close();
    await socket.closed();
    let status = 200;
    for (let i = 0; i < 100 && status === 200; i++) status = await stored(url, "bound");
    expect(status).toBe(404);
  });

  it("S1: any other loss lets it wait, and hello takes it up", async () => {
    const clock = manualClock();
    const { url } = await serverForTest({ clock });
    const first = await TestSocket.open(url);
    first.send([{ type: "hello", client_id: "me" }, set("bound", 1, { session: true })]);
    const [hello] = JSON.parse(String(await first.next()));
    first.socket.terminate();
    await first.closed();

    const second = await TestSocket.open(url);
    second.send({ type: "hello", client_id: "me", resume: hello.resume });
    expect(await second.nextJson()).toMatchObject({ type: "hello", resumed: true });
    await clock.advance(60_000);
    expect(await stored(url, "bound")).toBe(200);
    second.socket.terminate();
    await second.closed();
    await waitForLoss(clock, () => stored(url, "bound"));
  });

  /** The server learns of a loss when its side of the connection closes: give the clock and it time. */
  async function waitForLoss(
    clock: ReturnType<typeof manualClock>,
    status: () => Promise<number>,
  ): Promise<void> {
    for (let i = 0; i < 100; i++) {
      await clock.advance(1_000);
      if ((await status()) === 404) return;
    }
    expect(await status()).toBe(404);
  }

  it("comes when the peer gives no sign of life", async () => {
    const clock = manualClock();
    const { url } = await serverForTest({ clock });
    const mute = await TestSocket.open(url, undefined, { autoPong: false });
    let pings = 0;
    mute.socket.on("ping", () => pings++);
    await clock.advance(30_000);
    await waitFor(() => pings === 1, "a ping");
    await clock.advance(30_000);
    expect(await mute.closed()).toBe(1006);
  });
});

describe("a peer that does not read", () => {
  const big = "x".repeat(100_000);
  const limits = { socketHighWaterBytes: 200_000, socketLowWaterBytes: 50_000 };

  it("is served when it reads again", async () => {
    const { url } = await serverForTest({ transportLimits: limits });
    await post(`${url}/kv/set`, { key: "big", value: big });
    const socket = await TestSocket.open(url);
    socket.socket.pause();
    const count = 300; // 30 MB, more than the kernel's buffers hold
    for (let i = 1; i <= count; i++) socket.send(get("big", i));
    await post(`${url}/kv/set`, { key: "other", value: 1 }); // others go on
    socket.socket.resume();
    await waitFor(() => messagesIn(socket) === count, "all answers");
    expect(socket.closeCode).toBeNull();
  });

  it("is cut when it holds too much", async () => {
    const { url } = await serverForTest({
      transportLimits: { ...limits, maxSocketBufferBytes: 5_000_000 },
    });
    await post(`${url}/kv/set`, { key: "big", value: big });
    const socket = await TestSocket.open(url);
    socket.socket.pause();
    socket.send(Array.from({ length: 300 }, (_, i) => get("big", i + 1)));
    await post(`${url}/kv/set`, { key: "other", value: 1 }); // others go on
    socket.socket.resume();
    expect(await socket.closed()).toBe(1006);
  });
});

function messagesIn({ frames }: TestSocket): number {
  return frames.reduce((sum, frame) => {
    const data: unknown = JSON.parse(String(frame));
    return sum + (Array.isArray(data) ? data.length : 1);
  }, 0);
}

describe("many sockets", () => {
  it("see each other's writes", async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => open()));
    for (const [i, socket] of sockets.entries())
      socket.send({
        ...set("shared", 1),
        command: "kv.incr",
        payload: { key: "shared" },
        request_id: i + 1,
      });
    const values = await Promise.all(
      sockets.map(async (socket) => (await socket.nextJson()).payload as { value: number }),
    );
    expect(values.map(({ value }) => value).sort((a, b) => a - b)).toEqual(
      sockets.map((_, i) => i + 1),
    );
    expect(sockets.every(({ socket }) => socket.readyState === WebSocket.OPEN)).toBe(true);
  });
});

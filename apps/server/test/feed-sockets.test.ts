import { manualClock } from "@hivellm/synap-core";
import { describe, expect, it } from "vitest";
import { eventually } from "./support/eventually.ts";
import { handshake } from "./support/handshake.ts";
import { errorOf, get, rawRequest } from "./support/raw-connection.ts";
import { json, post, serverForTest, sharedServer } from "./support/test-server.ts";
import { TestSocket } from "./support/test-socket.ts";
import { waitFor } from "./support/wait-for.ts";

const server = sharedServer();
const url = (path: string) => `${server().url}${path}`;
const open = (path: string, protocol?: string) => TestSocket.openAt(url(path), protocol);
const event = (room: string, data: unknown, more = {}) =>
  post(url(`/stream/${room}/publish`), { event: "message", data, ...more });
const message = (topic: string, body: unknown, more = {}) =>
  post(url(`/pubsub/${topic}/publish`), { message: body, ...more });
const statsOf = async (path: string) => json<Record<string, number>>(await fetch(url(path)));

describe("WS /stream/{room}/ws/{subscriber}", () => {
  it("sends what is kept and what comes, one bare event in each frame", async () => {
    const first = await event("chat", '{"userId":"u"}', { metadata: { trace: "t" } });
    const socket = await open("/stream/chat/ws/user-1?from_offset=0");
    await event("chat", { live: "ü" });
    expect(await socket.nextJson()).toEqual({
      event_id: first.body.event_id,
      offset: 1,
      event: "message",
      event_type: "message",
      data: '{"userId":"u"}',
      timestamp: expect.any(Number),
      metadata: { trace: "t" },
    });
    expect(await socket.nextJson()).toMatchObject({ offset: 2, data: { live: "ü" } });
    expect(socket.frames.every((frame) => typeof frame === "string")).toBe(true);
  });

  it("follows before it is open, a room that did not exist", async () => {
    const socket = await open("/stream/fresh/ws/u");
    const published = await event("fresh", 1);
    expect(published.body).toMatchObject({ offset: 1, subscribers_notified: 1 });
    expect(await socket.nextJson()).toMatchObject({ offset: 1, data: 1 });
  });

  it("sends only new events without from_offset, and the last ones with a negative one", async () => {
    for (let i = 1; i <= 5; i++) await event("seam", i);
    const only = await open("/stream/seam/ws/u");
    const last = await open("/stream/seam/ws/u?from_offset=-2");
    await event("seam", 6);
    expect(await only.nextJson()).toMatchObject({ offset: 6 });
    const offsets = [await last.nextJson(), await last.nextJson(), await last.nextJson()];
    expect(offsets.map(({ offset }) => offset)).toEqual([4, 5, 6]);
  });

  it("has no gap and no double at the seam, however many publish meanwhile", async () => {
    const publishing = Promise.all(Array.from({ length: 50 }, (_, i) => event("busy", i)));
    const sockets = await Promise.all(
      Array.from({ length: 10 }, () => open("/stream/busy/ws/u?from_offset=0")),
    );
    await publishing;
    for (const socket of sockets) {
      const offsets: unknown[] = [];
      while (offsets.length < 50) offsets.push((await socket.nextJson()).offset);
      expect(offsets).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    }
  });

  it("ignores what its peer says", async () => {
    const socket = await open("/stream/deaf/ws/u");
    socket.send("{");
    socket.send(Buffer.from([0xc1]));
    socket.send({ command: "ack", message_id: "1" });
    await event("deaf", 1);
    expect(await socket.nextJson()).toMatchObject({ offset: 1 });
    socket.send(" ".repeat(5 * 1024 * 1024));
    expect(await socket.closed()).toBe(1009);
  });

  it("says nothing when the room is deleted, and follows the next of that name", async () => {
    const socket = await open("/stream/phoenix/ws/u");
    await event("phoenix", "old");
    await fetch(url("/stream/phoenix"), { method: "DELETE" });
    await event("phoenix", "new");
    const data = [await socket.nextJson(), await socket.nextJson()];
    expect(data).toMatchObject([
      { offset: 1, data: "old" },
      { offset: 1, data: "new" },
    ]);
  });

  it("names are decoded once, and strictly", async () => {
    const socket = await open("/stream/a%2Fb%2520/ws/user%20%C3%BC");
    await post(url("/stream/a%2Fb%2520/publish"), { event: "e", data: 1 });
    expect(await socket.nextJson()).toMatchObject({ offset: 1 });
    expect((await fetch(url("/stream/a%2Fb%2520/stats"))).status).toBe(200);
  });

  it.each(["synap.v1.json", "synap.v1.msgpack", "chat"])(
    "sends text whatever subprotocol is offered: %s",
    async (protocol) => {
      const socket = await open("/stream/any/ws/u?from_offset=-1", protocol);
      expect(socket.socket.protocol).toBe(protocol);
      await event("any", 1);
      expect(await socket.nextJson()).toMatchObject({ data: 1 });
    },
  );

  it("is one subscriber, until it is closed or cut", async () => {
    const sockets = [await open("/stream/count/ws/u"), await open("/stream/count/ws/u")];
    expect(await statsOf("/stream/count/stats")).toMatchObject({ subscribers: 2 });
    sockets[0]?.socket.close();
    sockets[1]?.socket.terminate();
    const stats = await eventually(
      () => statsOf("/stream/count/stats"),
      (s) => s.subscribers === 0,
    );
    expect(stats.subscribers).toBe(0);
  });
});

describe("WS /pubsub/ws", () => {
  it.each([
    ["events.order.", "events.order.created"],
    ["events.order.%23", "events.order"],
    ["", "anything"],
    ["%23", "anything.else"],
    ["x,users.*", "users.1"],
  ])("?topics=%s hears %s", async (topics, topic) => {
    const socket = await open(`/pubsub/ws?topics=${topics}`);
    const published = await message(topic, '{"order_id":1}', { metadata: { a: "b" } });
    expect(published.body.subscribers_matched).toBe(1);
    expect(await socket.nextJson()).toEqual({
      topic,
      message: '{"order_id":1}',
      message_id: published.body.message_id,
      timestamp: expect.any(Number),
      metadata: { a: "b" },
    });
    await closed(socket);
  });

  it("gets one copy however many of its patterns match, without metadata if there is none", async () => {
    const socket = await open("/pubsub/ws?topics=one.*,one.two,one.");
    await message("one.two", { $bytes: "AQI=" });
    await message("one.end", null);
    expect(Object.keys(await socket.nextJson())).toEqual([
      "topic",
      "message",
      "message_id",
      "timestamp",
    ]);
    expect(await socket.nextJson()).toMatchObject({ topic: "one.end", message: null });
    await closed(socket);
  });

  async function closed(socket: TestSocket): Promise<void> {
    socket.socket.close();
    await eventually(
      () => statsOf("/pubsub/stats"),
      (stats) => stats.subscribers === 0,
    );
  }
});

describe("WS /queue/{queue}/ws/{consumer}", () => {
  const publish = (queue: string, body: object) => post(url(`/queue/${queue}/publish`), body);

  it("delivers as over REST, up to prefetch, and answers what it is told", async () => {
    await publish("work", { payload: [104, 105] });
    await publish("work", { message: { n: 2 }, headers: { h: "1" } });
    await publish("work", { message: 3 });
    const socket = await open("/queue/work/ws/worker-1?prefetch=2&ack_deadline=300");
    const [one, two] = [await socket.nextJson(), await socket.nextJson()];
    expect(one).toEqual({
      id: expect.any(String),
      message_id: one.id,
      payload: [104, 105],
      priority: 5,
      retry_count: 0,
      max_retries: 3,
      headers: {},
      timestamp: expect.any(Number),
      deadline: expect.any(Number),
    });
    expect(Number(one.deadline) - Number(one.timestamp)).toBeGreaterThanOrEqual(300_000);
    expect(two).toMatchObject({ message: { n: 2 }, headers: { h: "1" } });

    socket.send({ command: "ack", message_id: one.message_id, request_id: 7 });
    const answers = [await socket.nextJson(), await socket.nextJson()];
    expect(answers).toContainEqual({
      type: "response",
      request_id: 7,
      status: "success",
      payload: { success: true },
    });
    expect(answers).toContainEqual(expect.objectContaining({ message: 3 })); // credit came back
    socket.send({ command: "extend", message_id: two.message_id, ack_deadline: 60 });
    expect(await socket.nextJson()).toEqual({
      type: "response",
      request_id: null,
      status: "success",
      payload: { success: true, deadline: expect.any(Number) },
    });
    socket.send({ command: "nack", message_id: two.message_id, requeue: false, request_id: "n" });
    expect(await socket.nextJson()).toMatchObject({
      request_id: "n",
      payload: { success: true, action: "dead_lettered" },
    });
  });

  it.each([
    ["no JSON", "{", "the frame"],
    ["bytes", Buffer.from("{}"), "the frame"],
    ["no object", "[]", "the frame"],
    ["no command", "{}", "command"],
    ["another command", '{"command":"queue.ack","message_id":"1"}', "command"],
    ["no receipt", '{"command":"ack"}', "message_id"],
    ["an unknown field", '{"command":"nack","message_id":"1","requeu":true}', "requeu"],
    ["another queue", '{"command":"ack","message_id":"1","queue":"q2"}', "queue"],
    ["a wrong id", '{"command":"ack","message_id":"1","request_id":0}', "request_id"],
  ])("answers %s with an error, and goes on", async (_, frame, path) => {
    const socket = await open("/queue/odd/ws/w");
    socket.send(frame);
    expect(await socket.nextJson()).toMatchObject({
      type: "response",
      request_id: null,
      status: "error",
      error: { code: "INVALID_REQUEST", details: { path } },
    });
    socket.send('{"command":"ack","message_id":"12345","request_id":1}');
    expect(await socket.nextJson()).toMatchObject({
      request_id: 1,
      status: "error",
      error: { code: "MESSAGE_NOT_FOUND" },
    });
  });

  it.each(["close", "terminate"] as const)(
    "returns what it held at once, and burns no retry: %s",
    async (end) => {
      const queue = `held-${end}`;
      await publish(queue, { message: 1 });
      const socket = await open(`/queue/${queue}/ws/w?prefetch=10`);
      await socket.nextJson();
      socket.socket[end]();
      const stats = await eventually(
        () => statsOf(`/queue/${queue}/stats`),
        ({ depth }) => depth === 1,
      );
      expect(stats).toMatchObject({ depth: 1, in_flight: 0, consumers: 0 });
      const delivery = await json(await fetch(url(`/queue/${queue}/consume/w`)));
      expect(delivery).toMatchObject({ message: 1, retry_count: 0 });
    },
  );
});

describe("a handshake that is refused", () => {
  it.each([
    ["/stream/r/ws/u?from_offset=x", "from_offset"],
    ["/stream/r/ws/u?from=1", "from"],
    ["/stream/%zz/ws/u", "room"],
    ["/stream/r/ws/%00", "subscriber"],
    ["/pubsub/ws", "topics"],
    ["/pubsub/ws?topics=a..b", "topics"],
    ["/pubsub/ws?topics=a.b*", "topics"],
    ["/pubsub/ws?topic=a", "topic"],
    ["/queue/q/ws/w?prefetch=0", "prefetch"],
    ["/queue/q/ws/w?ack_deadline=-1", "ack_deadline"],
  ])("%s is an HTTP answer that names %s", async (target, path) => {
    const answer = await rawRequest(server().port, handshake(target));
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code: "INVALID_REQUEST", details: { path } });
  });

  it.each([
    ["Origin: https://evil.example\r\n", "Origin"],
    ["Origin: null\r\n", "Origin"],
  ])("%s is 403 before anything runs", async (header, path) => {
    const answer = await rawRequest(server().port, handshake("/stream/foreign/ws/u", header));
    expect([answer.status, errorOf(answer).details?.path]).toEqual([403, path]);
    expect((await fetch(url("/stream/foreign/stats"))).status).toBe(404);
  });

  it("lets a page of this machine in, on any port", async () => {
    const header = "Origin: http://localhost:3000\r\n";
    const target = "/pubsub/ws?topics=a&api_key=ignored";
    const answer = await rawRequest(server().port, handshake(target, header));
    expect(answer.status).toBe(101);
  });

  it.each([
    ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: short"],
    ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 7"],
  ])("subscribes nothing when it is broken: %s", async (right, wrong) => {
    const broken = handshake("/stream/broken/ws/u").replace(right, wrong);
    const answer = await rawRequest(server().port, broken);
    expect([answer.status, errorOf(answer).code]).toEqual([400, "INVALID_REQUEST"]);
    expect((await fetch(url("/stream/broken/stats"))).status).toBe(404);
  });

  it("names the limit of a room's subscribers", async () => {
    const small = await serverForTest({ maxSubscribersPerRoom: 1 });
    await TestSocket.openAt(`${small.url}/stream/r/ws/u`);
    const answer = await rawRequest(small.port, handshake("/stream/r/ws/v"));
    expect([answer.status, errorOf(answer).code]).toEqual([429, "SUBSCRIBER_LIMIT"]);
  });

  it("says what is near, and that the path is for WebSockets", async () => {
    const unknown = await rawRequest(server().port, handshake("/pubsub/wss?topics=a"));
    expect([unknown.status, errorOf(unknown).details?.nearest]).toEqual([404, "/pubsub/ws"]);
    for (const target of ["/pubsub/ws?topics=a", "/stream/r/ws/u", "/queue/q/ws/w"]) {
      const plain = await rawRequest(server().port, get(target));
      expect([plain.status, errorOf(plain).code]).toEqual([404, "ROUTE_NOT_FOUND"]);
      expect(errorOf(plain).message).toContain("for WebSockets only");
    }
  });
});

describe("the end of a tutorial's socket", () => {
  it("comes with 1001 when the server stops", async () => {
    const stopping = await serverForTest();
    const socket = await TestSocket.openAt(`${stopping.url}/pubsub/ws?topics=`);
    const closing = stopping.close();
    expect(await socket.closed()).toBe(1001);
    await closing;
  });

  it("comes when its peer gives no sign of life, and its session is over at once", async () => {
    const clock = manualClock();
    const { url: base } = await serverForTest({ clock });
    const consumers = async () =>
      (await json<{ consumers: number }>(await fetch(`${base}/queue/q/stats`))).consumers;
    const mute = await TestSocket.openAt(`${base}/queue/q/ws/mute`, undefined, { autoPong: false });
    const alive = await TestSocket.openAt(`${base}/queue/q/ws/alive`);
    let pings = 0;
    alive.socket.on("ping", () => pings++);
    expect(await consumers()).toBe(2);
    await clock.advance(30_000);
    await waitFor(() => pings === 1, "a ping");
    alive.send({ command: "ack", message_id: "1" });
    await alive.next(); // what it said before, its pong, has arrived as well
    await clock.advance(30_000);
    expect(await mute.closed()).toBe(1006);
    expect(await eventually(consumers, (count) => count === 1)).toBe(1);
    expect(alive.closeCode).toBeNull();
  });
});

import { connect } from "node:net";
import { manualClock } from "@hivellm/synap-core";
import { packMsgpack, unpackMsgpack, utf8Encode } from "@hivellm/synap-protocol";
import { describe, expect, it } from "vitest";
import { eventually } from "./support/eventually.ts";
import { get, RawConnection } from "./support/raw-connection.ts";
import { json, post, serverForTest, sharedServer } from "./support/test-server.ts";

const server = sharedServer();
const url = (path: string) => `${server().url}${path}`;

interface Stats {
  readonly depth: number;
  readonly in_flight: number;
  readonly consumers: number;
}

const statsAt = async (base: string, queue: string) =>
  json<Stats & Record<string, unknown>>(await fetch(`${base}/queue/${queue}/stats`));
const publish = (queue: string, body: object) => post(url(`/queue/${queue}/publish`), body);
const consume = (queue: string, query = "") => fetch(url(`/queue/${queue}/consume/worker${query}`));

describe("POST /queue/{queue}", () => {
  it("answers 201, 200 when it exists with the same settings, 409 with others", async () => {
    const settings = { max_depth: 10, ack_deadline_secs: 300, default_max_retries: 3 };
    const create = (body: object) => post(url("/queue/made"), body);
    expect(await create(settings)).toMatchObject({
      status: 201,
      body: { queue: "made", created: true },
    });
    expect(await create(settings)).toMatchObject({ status: 200, body: { created: false } });
    const other = await create({ ...settings, max_depth: 11 });
    expect([other.status, other.body.error.code]).toEqual([409, "ALREADY_EXISTS"]);
  });

  it("gives its settings to a queue that came about by publishing", async () => {
    await publish("adopted", { message: 1 });
    const adopted = await post(url("/queue/adopted"), { max_depth: 1 });
    expect(adopted).toMatchObject({ status: 200, body: { created: false } });
    const full = await publish("adopted", { message: 2 });
    expect([full.status, full.body.error.code]).toEqual([429, "QUEUE_FULL"]);
  });

  it("takes a request without a body or content type", async () => {
    const answer = await fetch(url("/queue/bare"), { method: "POST" });
    expect(answer.status).toBe(201);
  });
});

describe("GET /queue/{queue}/consume/{consumer_id}", () => {
  it("answers bytes as an array, and no message", async () => {
    const payload = [...utf8Encode('{"type":"send_email"}')];
    const published = await publish("bytes", { payload, priority: 9, max_retries: 3 });
    const answer = await consume("bytes");
    expect(answer.status).toBe(200);
    expect(await json(answer)).toEqual({
      id: published.body.message_id,
      message_id: published.body.message_id,
      payload,
      priority: 9,
      retry_count: 0,
      max_retries: 3,
      headers: {},
      timestamp: expect.any(Number),
      deadline: expect.any(Number),
    });
  });

  it.each([
    ["an object", { a: [1, "ü"] }, '{"a":[1,"ü"]}'],
    ["a string", "hé", '"hé"'],
    ["a string that looks like JSON", "7", '"7"'],
    ["null", null, "null"],
    ["bytes inside", { b: { $bytes: "AQI=" } }, '{"b":{"$bytes":"AQI="}}'],
  ])("answers %s as message, and its JSON text as payload", async (_, message, text) => {
    await publish("texts", { message, headers: { trace: "t" } });
    const delivery = await json<{ payload: number[] }>(await consume("texts"));
    expect(delivery).toMatchObject({ message, headers: { trace: "t" } });
    expect(Buffer.from(delivery.payload).toString()).toBe(text);
  });

  it("answers what was published as MessagePack alike", async () => {
    await fetch(url("/queue/packed/publish"), {
      method: "POST",
      headers: { "content-type": "application/msgpack" },
      body: packMsgpack({ message: { a: 1 } }),
    });
    const delivery = await json<{ payload: number[] }>(await consume("packed"));
    expect(delivery).toMatchObject({ message: { a: 1 } });
    expect(Buffer.from(delivery.payload).toString()).toBe('{"a":1}');
  });

  it("answers MessagePack to those who ask for it, with bytes as bytes", async () => {
    await publish("mp", { message: { a: 1 } });
    await publish("mp", { payload: [0, 255] });
    const headers = { accept: "application/msgpack" };
    const read = async () => {
      const answer = await fetch(url("/queue/mp/consume/w"), { headers });
      return unpackMsgpack(new Uint8Array(await answer.arrayBuffer())) as Record<string, unknown>;
    };
    const [text, bytes] = [await read(), await read()];
    expect(text).toMatchObject({ message: { a: 1 }, priority: 5 });
    expect([...(text.payload as Uint8Array)]).toEqual([...utf8Encode('{"a":1}')]);
    expect([...(bytes.payload as Uint8Array), "message" in bytes]).toEqual([0, 255, false]);
    expect((await fetch(url("/queue/mp/consume/w"), { headers })).status).toBe(204);
  });

  it("answers 204 without a body where there is nothing, and creates the queue", async () => {
    const answer = await consume("empty");
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
    expect((await statsAt(server().url, "empty")).depth).toBe(0);
  });

  it("answers the largest message there can be", async () => {
    const message = "\u0001".repeat(1024 * 1024 - 1);
    await fetch(url("/queue/large/publish"), {
      method: "POST",
      headers: { "content-type": "application/msgpack" },
      body: packMsgpack({ message }),
    });
    const delivery = await json<{ message: string; payload: number[] }>(await consume("large"));
    expect(delivery.message).toBe(message);
    expect(delivery.payload.length).toBe(6 * message.length + 2);
  });

  it("gives priority 9 before 5, and what was refused again", async () => {
    await publish("order", { message: "normal" });
    await publish("order", { message: "high", priority: 9 });
    const first = await json<{ message_id: string; id: string }>(await consume("order"));
    expect(first).toMatchObject({ message: "high" });
    const nack = await post(url("/queue/order/nack"), { message_id: first.message_id });
    expect(nack).toMatchObject({ status: 200, body: { success: true, action: "requeued" } });
    const again = await json<{ message_id: string }>(await consume("order"));
    expect(again).toMatchObject({ message: "high", id: first.id, retry_count: 1 });
    expect(again.message_id).toMatch(new RegExp(`^${first.id}~\\d+$`));
    const late = await post(url("/queue/order/ack"), { message_id: first.message_id });
    expect([late.status, late.body.error.code]).toEqual([404, "MESSAGE_NOT_FOUND"]);
    const receipt = { message_id: again.message_id };
    expect((await post(url("/queue/order/extend"), receipt)).body).toMatchObject({ success: true });
    expect((await post(url("/queue/order/release"), receipt)).body).toEqual({ success: true });
    const third = await json<{ message_id: string }>(await consume("order"));
    expect(third).toMatchObject({ message: "high", retry_count: 1 });
    const ack = await post(url("/queue/order/ack"), { message_id: third.message_id });
    expect(ack).toMatchObject({ status: 200, body: { success: true } });
  });

  it("takes one message at a time", async () => {
    await publish("one", { message: 1 });
    const many = await consume("one", "?max_messages=2");
    expect([many.status, (await json<{ error: { details: object } }>(many)).error.details]).toEqual(
      [400, expect.objectContaining({ path: "max_messages" })],
    );
    expect((await consume("one", "?max_messages=1")).status).toBe(200);
  });

  it("does not answer to HEAD, which would take a message for nothing", async () => {
    await publish("headed", { message: 1 });
    const head = await fetch(url("/queue/headed/consume/w"), { method: "HEAD" });
    expect([head.status, head.headers.get("allow")]).toEqual([405, "GET, OPTIONS"]);
    expect((await statsAt(server().url, "headed")).depth).toBe(1);
    const options = await fetch(url("/queue/headed/consume/w"), { method: "OPTIONS" });
    expect(options.headers.get("allow")).toBe("GET, OPTIONS");
  });

  it("names in the path may be escaped, and are strict", async () => {
    await post(url("/queue/a%2Fb%20%C3%BC/publish"), { message: 1 });
    expect((await fetch(url("/queue/a%2Fb%20%C3%BC/consume/w%2F1"))).status).toBe(200);
    for (const path of ["/queue/%zz/consume/w", "/queue/q/consume/%00", "/queue/q/consume/"]) {
      const answer = await fetch(url(path));
      expect([path, answer.status]).toEqual([path, path.endsWith("/") ? 404 : 400]);
    }
  });
});

describe("a long poll", () => {
  it("gets what is published while it waits", async () => {
    const waiting = consume("poll", "?timeout=30");
    await eventually(
      () => statsOrNull("poll"),
      (stats) => stats?.consumers === 1,
    );
    await publish("poll", { message: "late" });
    expect(await json(await waiting)).toMatchObject({ message: "late" });
  });

  it("answers 204 when its time is over", async () => {
    const clock = manualClock();
    const { url: base } = await serverForTest({ clock });
    let status: number | null = null;
    const waiting = fetch(`${base}/queue/q/consume/w?timeout=55`).then((answer) => {
      status = answer.status;
    });
    await eventually(
      () => statsAt(base, "q"),
      ({ consumers }) => consumers === 1,
    );
    await clock.advance(54_999);
    await fetch(`${base}/health`);
    expect(status).toBeNull();
    await clock.advance(1);
    await waiting;
    expect(status).toBe(204);
  });

  it("is not cut by the timeouts of HTTP", async () => {
    const { url: base } = await serverForTest({
      transportLimits: { requestTimeoutMs: 100, headersTimeoutMs: 100, keepAliveTimeoutMs: 100 },
    });
    const answer = await fetch(`${base}/queue/q/consume/w?timeout=0.6`);
    expect(answer.status).toBe(204);
  });

  it.each(["/queue/gone/consume/w?timeout=30", "command"])(
    "C1: takes nothing when its caller has hung up: %s",
    async (target) => {
      const { url: base, port } = await serverForTest();
      const body = '{"command":"queue.consume","payload":{"queue":"gone","timeout":30}}';
      const connection = await RawConnection.open(port);
      connection.send(
        target === "command"
          ? `POST /api/v1/command HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
          : get(target),
      );
      await eventually(
        () => statsAt(base, "gone"),
        ({ consumers }) => consumers === 1,
      );
      connection.destroy();
      const stats = await eventually(
        () => statsAt(base, "gone"),
        ({ consumers }) => consumers === 0,
      );
      expect(stats.consumers).toBe(0);
      await post(`${base}/queue/gone/publish`, { message: 1 });
      expect(await statsAt(base, "gone")).toMatchObject({ depth: 1, in_flight: 0, delivered: 0 });
    },
  );

  it("C3: ends with 503 when the server stops, which does not wait for it", async () => {
    const server = await serverForTest({ transportLimits: { stopGraceMs: 60_000 } });
    const waiting = fetch(`${server.url}/queue/q/consume/w?timeout=55`);
    const command = post(`${server.url}/api/v1/command`, {
      command: "queue.consume",
      payload: { queue: "q", timeout: 55 },
    });
    await eventually(
      () => statsAt(server.url, "q"),
      ({ consumers }) => consumers === 2,
    );
    await server.close();
    expect((await waiting).status).toBe(503);
    expect(await json(await waiting)).toMatchObject({ error: { code: "OVERLOADED" } });
    expect(await command).toMatchObject({ status: 503, body: { error: { code: "OVERLOADED" } } });
  });

  async function statsOrNull(queue: string): Promise<Stats | null> {
    const answer = await fetch(url(`/queue/${queue}/stats`));
    return answer.status === 200 ? json<Stats & Record<string, unknown>>(answer) : null;
  }
});

describe("C2: a delivery whose answer does not leave is given back", () => {
  const limits = { maxValueBytes: 16 * 1024 * 1024, maxFrameBytes: 64 * 1024 * 1024 };

  it("when the client goes while it is being sent", async () => {
    const { url: base, port } = await serverForTest({ limits });
    await fetch(`${base}/queue/q/publish`, {
      method: "POST",
      headers: { "content-type": "application/msgpack" },
      body: packMsgpack({ message: new Uint8Array(8 * 1024 * 1024).fill(200) }),
    });
    const socket = connect(port, "127.0.0.1"); // reads nothing: 32 MB of JSON do not fit the kernel
    socket.write(get("/queue/q/consume/w"));
    await eventually(
      () => statsAt(base, "q"),
      (stats) => stats.in_flight === 1,
    );
    socket.resetAndDestroy();
    const stats = await eventually(
      () => statsAt(base, "q"),
      ({ depth }) => depth === 1,
    );
    expect(stats).toMatchObject({ depth: 1, in_flight: 0, nacked: 0, timed_out: 0 });
    const headers = { accept: "application/msgpack" };
    const again = await fetch(`${base}/queue/q/consume/w`, { headers });
    const delivery = unpackMsgpack(new Uint8Array(await again.arrayBuffer()));
    expect(delivery).toMatchObject({ retry_count: 0 });
  });

  it.each(["command", "batch"])("when an error goes out in its place: %s", async (way) => {
    const { url: base } = await serverForTest({ limits: { maxFrameBytes: 10_000 } });
    for (const letter of ["a", "b", "c"]) {
      await post(`${base}/queue/q/publish`, { message: letter.repeat(4_000) });
    }
    const consume = { command: "queue.consume", payload: { queue: "q", max_messages: 3 } };
    const answer =
      way === "command"
        ? await post(`${base}/api/v1/command`, consume)
        : await post(`${base}/api/v1/batch`, { commands: [consume] });
    expect([answer.status, answer.body.error.code]).toEqual([413, "PAYLOAD_TOO_LARGE"]);
    const stats = await eventually(
      () => statsAt(base, "q"),
      ({ depth }) => depth === 3,
    );
    expect(stats).toMatchObject({ depth: 3, in_flight: 0, delivered: 3 });
  });

  it("and one that leaves is not", async () => {
    const { url: base } = await serverForTest();
    await post(`${base}/queue/q/publish`, { message: 1 });
    await (await fetch(`${base}/queue/q/consume/w`)).text();
    expect(await statsAt(base, "q")).toMatchObject({ depth: 0, in_flight: 1 });
  });
});

import { describe, expect, test } from "vitest";
import { answered, FakeExchange, succeeded } from "../../test/fake-exchange.ts";
import { failureOf, fakeCore, turns } from "../../test/fake-platform.ts";
import { FakeServer } from "../../test/fake-server.ts";
import type { ClientConfig } from "../options.ts";
import type { HttpOutcome } from "./http-exchange.ts";

const STORED = { success: true, key: "k", version: 1 };
const DOWN: HttpOutcome = { ok: false, cause: new TypeError("refused"), sent: false };

function setup(config: ClientConfig = {}) {
  const server = new FakeServer(() => STORED);
  const exchange = new FakeExchange(({ url }) =>
    url.endsWith("/health") ? answered({ status: "ok" }) : succeeded(STORED),
  );
  const { core, clock } = fakeCore(
    { WebSocket: server.WebSocket, format: "json", ...config },
    exchange,
  );
  return { server, exchange, core, clock, kv: core.kv };
}

test("a WebSocket is taken where it can be had", async () => {
  const { server, exchange, kv } = setup();
  await kv.set("k", 1);
  expect(server.requests).toHaveLength(1);
  expect(exchange.seen).toEqual([]);
});

test("HTTP is taken where there is no WebSocket at all", async () => {
  const { exchange, core, kv } = setup({ WebSocket: undefined });
  await kv.set("k", 1);
  expect(exchange.seen.map(({ url }) => url)).toEqual(["http://localhost:15500/api/v1/command"]);
  expect(await failureOf(core.kv.watch("", () => {}))).toMatchObject({
    name: "ValidationError",
    details: { path: "WebSocket" },
  });
});

describe("a handshake that is refused while HTTP answers", () => {
  test("sends everything over HTTP, as it was when it was asked for", async () => {
    const { server, exchange, kv } = setup();
    server.accepts = "refuse";
    const value = { n: 1 };
    const calls = [kv.set("a", value), kv.set("b", new Uint8Array([1]))];
    value.n = 2;
    expect(await Promise.all(calls)).toEqual([STORED, STORED]);
    expect(exchange.seen.map(({ data }) => data)).toEqual([
      null,
      { command: "kv.set", request_id: 1, payload: { key: "a", value: { n: 1 } } },
      { command: "kv.set", request_id: 2, payload: { key: "b", value: { $bytes: "AQ==" } } },
    ]);
  });

  test("once decided, it stays so", async () => {
    const { server, exchange, kv } = setup();
    server.accepts = "refuse";
    await kv.set("k", 1);
    server.accepts = "open";
    await kv.set("k", 1);
    expect(server.sockets).toHaveLength(1);
    expect(exchange.seen.filter(({ url }) => url.endsWith("/health"))).toHaveLength(1);
  });

  test("a call that was given up meanwhile is not sent", async () => {
    const { server, exchange, kv } = setup();
    server.accepts = "refuse";
    let answer = (_: HttpOutcome): void => {};
    exchange.answer = ({ url }) =>
      url.endsWith("/health")
        ? new Promise((resolve) => {
            answer = resolve;
          })
        : succeeded(STORED);
    const abort = new AbortController();
    const failure = failureOf(kv.set("k", 1, undefined, { signal: abort.signal }));
    await turns();
    abort.abort();
    answer(answered({}));
    await turns();
    expect(await failure).toMatchObject({ code: "CANCELLED" });
    expect(exchange.seen).toHaveLength(1);
  });
});

describe("a server that is down", () => {
  test("decides nothing: calls are repeated, and find a socket later", async () => {
    const { server, exchange, clock, kv } = setup();
    server.accepts = "refuse";
    exchange.answer = () => DOWN;
    const set = kv.set("k", 1);
    await turns();
    server.accepts = "open";
    await clock.advance(100);
    expect(await set).toEqual(STORED);
    expect(server.requests).toHaveLength(1);
    expect(exchange.seen).toHaveLength(1);
  });

  test("and fail when it stays down", async () => {
    const { server, exchange, clock, kv } = setup({ retries: 1 });
    server.accepts = "refuse";
    exchange.answer = () => answered({}, "json", 503);
    const failure = failureOf(kv.set("k", 1));
    await clock.advance(200);
    expect(await failure).toMatchObject({ name: "ConnectionError" });
    expect(server.sockets).toHaveLength(2);
  });
});

test("a socket that was open once is not given up for HTTP", async () => {
  const { server, exchange, clock, kv } = setup();
  await kv.set("k", 1);
  server.accepts = "refuse";
  server.socket.drop();
  const failure = failureOf(kv.get("k"));
  await clock.advance(10_000);
  expect(await failure).toMatchObject({ name: "ConnectionError" });
  expect(exchange.seen).toEqual([]);
});

test("close ends the question as well", async () => {
  const { server, exchange, core, clock, kv } = setup();
  server.accepts = "refuse";
  exchange.answer = () => new Promise(() => {});
  const failure = failureOf(kv.set("k", 1));
  await turns();
  const closed = core.close();
  expect(exchange.signals[0]?.aborted).toBe(true);
  expect(await failure).toMatchObject({ name: "ConnectionError" });
  await closed;
  expect(clock.timers).toBe(0);
});

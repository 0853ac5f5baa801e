import { describe, expect, test } from "vitest";
import { answered, FakeExchange, succeeded } from "../../test/fake-exchange.ts";
import { failureOf, fakeCore, turns } from "../../test/fake-platform.ts";
import type { ClientConfig } from "../options.ts";
import type { HttpOutcome } from "./http-exchange.ts";

const STORED = { success: true, key: "k", version: 1 };
const never = (): Promise<HttpOutcome> => new Promise(() => {});

function setup(
  config: ClientConfig = {},
  answer: () => HttpOutcome | Promise<HttpOutcome> = () => succeeded(STORED),
) {
  const exchange = new FakeExchange(answer);
  const { core, clock } = fakeCore({ transport: "http", format: "json", ...config }, exchange);
  return { exchange, core, clock, kv: core.kv };
}

describe("requests", () => {
  test("JSON", async () => {
    const { exchange, kv } = setup({
      url: "http://synap:1/base",
      clientId: "me",
      apiKey: "secret",
    });
    expect(await kv.set("k", { bytes: new Uint8Array([1]) }, { ttlMs: 5 })).toEqual(STORED);
    expect(exchange.seen[0]).toMatchObject({
      url: "http://synap:1/base/api/v1/command",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        "x-synap-client": "me",
        "x-api-key": "secret",
      },
      data: {
        command: "kv.set",
        request_id: 1,
        payload: { key: "k", value: { bytes: { $bytes: "AQ==" } }, ttl_ms: 5 },
      },
    });
  });

  test("MessagePack", async () => {
    const { exchange, kv } = setup({ format: "msgpack" }, () => succeeded(STORED, "msgpack"));
    expect(await kv.set("k", { n: [1, "é", null] })).toEqual(STORED);
    expect(exchange.seen[0]?.headers["content-type"]).toBe("application/msgpack");
    expect(exchange.seen[0]?.headers).not.toHaveProperty("x-api-key");
    expect(exchange.seen[0]?.data).toEqual({
      command: "kv.set",
      request_id: 1,
      payload: { key: "k", value: { n: [1, "é", null] } },
    });
  });

  test("ids grow", async () => {
    const { exchange, kv } = setup();
    await kv.set("a", 1);
    await kv.set("b", 1);
    expect(exchange.seen.map(({ data }) => data?.request_id)).toEqual([1, 2]);
  });

  test("large bodies are compressed if that is wanted", async () => {
    const { exchange, kv } = setup({ compression: true });
    await kv.set("k", "short");
    await kv.set("k", "x".repeat(2_000));
    expect(exchange.seen.map(({ headers }) => headers["content-encoding"])).toEqual([
      undefined,
      "gzip",
    ]);
    expect(exchange.seen[1]?.body).toBeInstanceOf(Uint8Array);
  });

  test("a value that cannot travel is refused before anything is sent", async () => {
    const { exchange, kv } = setup();
    expect(await failureOf(kv.set("k", new Map()))).toMatchObject({ name: "ValidationError" });
    expect(exchange.seen).toEqual([]);
  });
});

describe("answers", () => {
  const bytes = new Uint8Array([1, 2]);

  test("values come back as what they were, from JSON", async () => {
    const value = { a: { $bytes: "AQI=" }, b: { $$bytes: "x" } };
    const { kv } = setup({}, () => succeeded({ found: true, value, ttl: null, version: 1 }));
    expect((await kv.get("k")).value).toEqual({ a: bytes, b: { $bytes: "x" } });
  });

  test("and from MessagePack, bytes as a copy of their own", async () => {
    const payload = { found: true, value: { a: bytes }, ttl: null, version: 1 };
    const { kv } = setup({ format: "msgpack" }, () => succeeded(payload, "msgpack"));
    const { value } = await kv.get<{ a: Uint8Array }>("k");
    expect(value).toEqual({ a: bytes });
    expect(value?.a.constructor).toBe(Uint8Array);
    expect(value?.a.buffer.byteLength).toBe(2);
  });

  test("a batch", async () => {
    const results = [
      {
        status: "success",
        payload: { found: true, value: { $bytes: "AQI=" }, ttl: null, version: 1 },
      },
      { status: "error", error: { code: "KEY_NOT_FOUND", message: "no" } },
    ];
    const { core, exchange } = setup({}, () => succeeded({ results }));
    const commands = [
      { command: "kv.get", payload: { key: "k" } },
      { command: "kv.ttl", payload: { key: "x" } },
    ] as const;
    const answer = await core.batch(commands, undefined);
    expect(exchange.seen[0]?.data).toMatchObject({ command: "batch", payload: { commands } });
    expect(answer).toEqual([
      { status: "success", payload: { found: true, value: bytes, ttl: null, version: 1 } },
      { status: "error", error: { code: "KEY_NOT_FOUND", message: "no" } },
    ]);
  });

  test.each(["json", "msgpack"] as const)("an error: %s", async (format) => {
    const error = { code: "KEY_NOT_FOUND", message: "no", details: { key: "k" } };
    const { kv } = setup({ format }, () => answered({ error, request_id: 1 }, format, 404));
    expect(await failureOf(kv.ttl("k"))).toMatchObject({
      name: "KeyNotFoundError",
      details: { key: "k" },
      requestId: 1,
    });
  });

  test.each([
    ["a page", "text/html", "<html>", 200],
    ["nothing", "", "", 502],
    ["other JSON", "application/json", "{}", 200],
    ["a text", "application/json", '"hi"', 200],
  ])("%s is no answer of Synap", async (_, contentType, text, status) => {
    const body = new TextEncoder().encode(text);
    const { kv } = setup({ retries: 0 }, () => ({ ok: true, status, contentType, body }));
    expect(await failureOf(kv.get("k"))).toMatchObject({
      name: "ConnectionError",
      details: { status },
      message: expect.stringContaining("check the url"),
    });
  });
});

describe("a server that cannot be reached", () => {
  const failing = (sent: boolean) => (): HttpOutcome => ({
    ok: false,
    cause: new TypeError("fetch failed"),
    sent,
  });

  test("what never left is repeated", async () => {
    const { exchange, clock, kv } = setup({}, failing(false));
    const set = kv.set("k", 1);
    await turns();
    exchange.answer = () => succeeded(STORED);
    await clock.advance(100);
    expect(await set).toEqual(STORED);
    expect(exchange.seen.map(({ data }) => data?.request_id)).toEqual([1, 1]);
  });

  test("what may have run and changes something is not", async () => {
    const { exchange, kv } = setup({}, failing(true));
    expect(await failureOf(kv.set("k", 1))).toMatchObject({
      name: "ConnectionError",
      cause: expect.any(TypeError),
    });
    expect(exchange.seen).toHaveLength(1);
  });

  test("what only reads is", async () => {
    const { exchange, clock, kv } = setup({ retries: 2 }, failing(true));
    const failure = failureOf(kv.get("k"));
    await clock.advance(1_000);
    expect(await failure).toMatchObject({ name: "ConnectionError" });
    expect(exchange.seen).toHaveLength(3);
  });
});

describe("a call that is given up", () => {
  test("ends its request", async () => {
    const { exchange, clock, kv } = setup({}, never);
    const failure = failureOf(kv.get("k", { timeoutMs: 50 }));
    await clock.advance(50);
    expect(await failure).toMatchObject({ code: "TIMEOUT" });
    expect(exchange.signals[0]?.aborted).toBe(true);
  });
});

describe("close", () => {
  test("ends what is under way and the connections", async () => {
    const { exchange, core, clock, kv } = setup({}, never);
    const failure = failureOf(kv.get("k"));
    await turns();
    await core.close();
    expect(await failure).toMatchObject({ name: "ConnectionError" });
    expect(exchange.signals[0]?.aborted).toBe(true);
    expect(exchange.closed).toBe(true);
    expect(clock.timers).toBe(0);
  });

  test("a client that never asked anything has no connections to close", async () => {
    const { exchange, core } = setup();
    await core.close();
    expect(exchange.closed).toBe(false);
  });
});

test("what a call that was given up has taken all the same is given back", async () => {
  const message = { id: "1", message_id: "1~9", message: 1, priority: 5, retry_count: 0 };
  let answer = (_outcome: HttpOutcome): void => {};
  const { exchange, core } = setup({}, () => new Promise((resolve) => (answer = resolve)));
  const abort = new AbortController();
  const failure = failureOf(core.queue.consume("q", { timeout: 30, signal: abort.signal }));
  await turns();
  abort.abort();
  expect(await failure).toMatchObject({ code: "CANCELLED" });
  exchange.answer = () => succeeded({ success: true });
  answer(succeeded({ messages: [message] }));
  await turns();
  expect(exchange.seen.at(-1)?.data).toMatchObject({
    command: "queue.release",
    payload: { queue: "q", message_id: "1~9" },
  });
});

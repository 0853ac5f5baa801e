import { manualClock, openEngine } from "@hivellm/synap-core";
import { describe, expect, it, vi } from "vitest";
import { get, rawRequest } from "./support/raw-connection.ts";
import { json, post, serverForTest } from "./support/test-server.ts";
import { TestSocket } from "./support/test-socket.ts";
import { waitFor } from "./support/wait-for.ts";

const lines: Record<string, unknown>[] = [];

vi.mock(import("../src/log.ts"), async (original) => {
  const { pino } = await import("pino");
  await original();
  const sink = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { createLogger: (level) => pino({ level }, sink) };
});

vi.mock(import("@hivellm/synap-core"), async (original) => {
  const core = await original();
  return { ...core, openEngine: vi.fn(core.openEngine) };
});

describe("the log", () => {
  it("says nothing of refused requests at info", async () => {
    lines.length = 0;
    const { port } = await serverForTest({ logLevel: "info" });
    for (const request of [
      get("/nope"),
      get("/kv/get/%zz"),
      get("/", "Origin: null\r\n"),
      "rubbish\r\n\r\n",
    ]) {
      await rawRequest(port, request);
    }
    expect(lines).toEqual([]);
  });

  it("names them at debug, without their query", async () => {
    lines.length = 0;
    const { port } = await serverForTest({ logLevel: "debug" });
    await rawRequest(port, get("/nope?api_key=secret"));
    expect(lines).toMatchObject([
      { msg: "listening" },
      { code: "ROUTE_NOT_FOUND", path: "/nope", method: "GET" },
    ]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });

  it("has one line of what nobody foresaw, and its caller gets no stack", async () => {
    lines.length = 0;
    const core = await vi.importActual<typeof import("@hivellm/synap-core")>("@hivellm/synap-core");
    vi.mocked(openEngine).mockImplementationOnce(async (options) => {
      const engine = await core.openEngine(options);
      const broken = () => Promise.reject(new TypeError("unforeseen at /secret/path"));
      return {
        ...engine,
        limits: engine.limits,
        open: () => ({ execute: broken, close: () => {} }) as never,
        close: () => engine.close(),
      };
    });
    const { url } = await serverForTest({ logLevel: "info" });
    const answer = await fetch(`${url}/kv/stats`);
    const body = await json<{ error: object; request_id: string }>(answer);
    expect([answer.status, body.error]).toEqual([
      500,
      { code: "INTERNAL", message: expect.not.stringContaining("unforeseen") },
    ]);
    expect(lines).toMatchObject([
      {
        level: 50,
        request_id: body.request_id,
        path: "/kv/stats",
        err: { message: "unforeseen at /secret/path" },
      },
    ]);
    const command = await fetch(`${url}/api/v1/command`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"command":"kv.stats"}',
    });
    expect([command.status, lines.length]).toEqual([500, 2]);
  });

  it("has one line of a peer that does not keep up, each time that it does not", async () => {
    lines.length = 0;
    const clock = manualClock();
    const transportLimits = { socketHighWaterBytes: 100_000, socketLowWaterBytes: 50_000 };
    const limits = { maxFrameBytes: 64 * 1024 * 1024 };
    const options = { clock, limits, transportLimits, broadcastTimeoutMs: 500 };
    const { url } = await serverForTest({ ...options, logLevel: "info" });
    const socket = await TestSocket.openAt(`${url}/stream/r/ws/u`);
    const text = "x".repeat(1_000_000);
    const publish = { command: "stream.publish", payload: { room: "r", event: "e", data: text } };
    for (let episode = 1; episode <= 2; episode++) {
      socket.socket.pause();
      const frames = socket.frames.length;
      await post(`${url}/api/v1/batch`, { commands: Array.from({ length: 30 }, () => publish) });
      await clock.advance(499);
      expect(lines.length).toBe(episode - 1);
      await clock.advance(5_000);
      expect(lines.length).toBe(episode);
      socket.socket.resume();
      await waitFor(() => socket.frames.length === frames + 30, "all events");
    }
    expect(lines[0]).toMatchObject({
      level: 40,
      about: "room r",
      unsent_bytes: expect.any(Number),
      full_ms: 500,
    });
  });
});

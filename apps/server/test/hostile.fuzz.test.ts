import { isErrorCode, packMsgpack, unpackMsgpack } from "@hivellm/synap-protocol";
import { commands } from "@hivellm/synap-protocol/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RawConnection } from "./support/raw-connection.ts";
import { sharedServer } from "./support/test-server.ts";
import { TestSocket } from "./support/test-socket.ts";

/*
 * Rubbish on every way in. Whatever comes, the answer is a success or an error with a known code that
 * is not INTERNAL, and the server lives on.
 */

const server = sharedServer({ limits: { maxFrameBytes: 64 * 1024 } });
const BOUNDED = { numRuns: 300, interruptAfterTimeLimit: 4_000, markInterruptAsFailure: false };

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const targetByte = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom("%", "/", ".", "?", "&", "=", "+", "%2f", "%00", "%ff", "%e2%82%ac"),
  },
  { weight: 1, arbitrary: byte },
);
const targetText = fc.string({ unit: targetByte, maxLength: 60 });

/** Sends bytes, says that nothing more comes, and returns all that came back. */
async function exchange(request: string): Promise<Buffer> {
  const connection = await RawConnection.open(server().port);
  connection.send(request);
  connection.end();
  await connection.ended();
  return connection.rest;
}

function expectFineError(
  error: { code?: unknown; message?: unknown } | undefined,
  context: string,
): void {
  expect(error, context).toBeDefined();
  expect(
    isErrorCode(String(error?.code)) && error?.code !== "INTERNAL",
    `${context}: ${JSON.stringify(error)}`,
  ).toBe(true);
  expect(String(error?.message)).not.toMatch(/\bat .*:\d+:\d+/);
}

/** One answer, or several: each is a success, a miss, or an error of the usual shape. */
function expectFineAnswers(raw: Buffer, request: string): void {
  let rest = raw.toString("latin1");
  while (rest !== "") {
    const head = /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n((?:[^\r]+\r\n)*)\r\n/.exec(rest);
    expect(head, JSON.stringify({ request, rest })).not.toBeNull();
    const [all = "", status = "", headers = ""] = head ?? [];
    const length = Number(/^content-length: (\d+)/im.exec(headers)?.[1] ?? 0);
    const body = rest.slice(all.length, all.length + length);
    if (Number(status) >= 400 && body !== "null") {
      expectFineError(JSON.parse(Buffer.from(body, "latin1").toString()).error, request);
    }
    rest = rest.slice(all.length + length);
  }
}

async function expectAlive(): Promise<void> {
  expect((await fetch(`${server().url}/health`)).status).toBe(200);
}

describe("rubbish", () => {
  it("in the request target", async () => {
    const prefix = fc.constantFrom(
      "/",
      "/kv/get/",
      "/kv/scan?",
      "/kv/del/",
      "/queue/q/consume/",
      "/queue/",
      "/stream/r/consume/h?",
      "/pubsub/",
      "/api/v1/ws",
      "",
      "http://localhost/",
    );
    const method = fc.constantFrom("GET", "DELETE", "POST", "OPTIONS", "HEAD");
    await fc.assert(
      fc.asyncProperty(method, prefix, targetText, async (verb, start, text) => {
        const request = `${verb} ${start}${text} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
        if (verb === "HEAD") await exchange(request);
        else expectFineAnswers(await exchange(request), request);
      }),
      BOUNDED,
    );
    await expectAlive();
  }, 20_000);

  it("in place of a request", async () => {
    const line = fc.oneof(
      fc.string({ unit: byte, maxLength: 40 }),
      fc.constantFrom(
        "GET / HTTP/1.1",
        "Host: localhost",
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Expect: 100-continue",
        "",
        "0",
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        const request = `${lines.join("\r\n")}\r\n\r\n`;
        expectFineAnswers(await exchange(request), request);
      }),
      BOUNDED,
    );
    await expectAlive();
  }, 20_000);
});

const names = commands.map((command) => command.name);
const fieldNames = [
  "key",
  "keys",
  "value",
  "ttl",
  "ttl_ms",
  "nx",
  "if",
  "entries",
  "amount",
  "prefix",
  "commands",
  "queue",
  "room",
  "topic",
  "topics",
  "message",
  "payload",
  "data",
  "event",
  "headers",
  "message_id",
  "from_offset",
  "limit",
  "cursor",
  "__proto__",
  "$bytes",
];
const member: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    "k",
    ["k"],
    1,
    -1,
    1e300,
    true,
    { $bytes: "AA==" },
    { $bytes: 1 },
    [{ key: "k", version: 0 }],
    [{ key: "k", value: 1 }],
  ),
);
const payload = fc.dictionary(fc.constantFrom(...fieldNames), member, { maxKeys: 4 });
const call = fc.record(
  {
    command: fc.oneof(fc.constantFrom(...names), fc.string(), member),
    payload: fc.oneof(payload, member),
    request_id: fc.oneof(fc.integer(), fc.string(), member),
    type: fc.constantFrom("request", "batch", "hello", "cancel", "ping", 7),
    commands: fc.oneof(
      fc.array(fc.record({ command: fc.constantFrom(...names), payload }), { maxLength: 4 }),
      member,
    ),
    sync: member,
    guard: member,
    retry: member,
  },
  { requiredKeys: [] },
);
const jsonText = fc.oneof(
  call.map((data) => JSON.stringify(data)),
  fc.array(call, { maxLength: 4 }).map((data) => JSON.stringify(data)),
  payload.map((data) => JSON.stringify(data)),
  fc.json(),
  fc.string({ unit: "binary" }),
);
const msgpackBytes = fc.oneof(
  call.map((data) => Buffer.from(packMsgpack(data))),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);
const paths = [
  "/kv/set",
  "/kv/mset",
  "/kv/mget",
  "/kv/incr/k",
  "/queue/q",
  "/queue/q/publish",
  "/queue/q/ack",
  "/queue/q/dead/redrive",
  "/stream/r",
  "/stream/r/publish",
  "/pubsub/t/publish",
  "/api/v1/command",
  "/api/v1/batch",
];

describe("rubbish as a body", () => {
  it.each(["application/json", "application/msgpack"])(
    "of %s",
    async (type) => {
      const body: fc.Arbitrary<string | Buffer> =
        type === "application/json" ? jsonText : msgpackBytes;
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...paths), body, async (path, data) => {
          const answer = await fetch(server().url + path, {
            method: "POST",
            headers: { "content-type": type },
            body: data,
          });
          const read = (await answer.json()) as { error?: object };
          if (!answer.ok) expectFineError(read.error, `${path} ${String(data)}`);
        }),
        BOUNDED,
      );
      await expectAlive();
    },
    20_000,
  );
});

describe("rubbish as a frame", () => {
  it("of a JSON socket", async () => {
    const socket = await TestSocket.open(server().url);
    let nonce = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(jsonText, msgpackBytes), async (frame) => {
        nonce++;
        socket.send(frame);
        socket.send({ type: "ping", nonce });
        for (;;) {
          const data: unknown = JSON.parse(String(await socket.next()));
          const messages = (Array.isArray(data) ? data : [data]) as Record<string, unknown>[];
          for (const { status, error } of messages) {
            if (status === "error") expectFineError(error as object, String(frame));
          }
          if (messages.some((message) => message.type === "ping" && message.nonce === nonce))
            return;
        }
      }),
      BOUNDED,
    );
    await expectAlive();
  }, 20_000);

  it("of a MessagePack socket", async () => {
    const socket = await TestSocket.open(server().url, "synap.v1.msgpack");
    const [PING] = [-5];
    let nonce = 1_000_000;
    const tagged = fc
      .tuple(
        fc.integer({ min: 0, max: 4 }),
        fc.oneof(
          fc.uint8Array({ maxLength: 20 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
      )
      .map(([tag, body]) => Uint8Array.of(tag, ...body));
    const argument = fc.oneof(fc.jsonValue(), fc.uint8Array({ maxLength: 20 }), tagged);
    const message = fc.tuple(
      fc.integer({ min: -20, max: 100 }),
      fc.integer({ min: -1, max: 101 }),
      fc.array(argument, { maxLength: 5 }),
    );
    const frame = fc.oneof(
      message.map(([id, command, args]) => Buffer.from(packMsgpack([id, command, ...args]))),
      fc
        .array(message, { maxLength: 4 })
        .map((all) => Buffer.from(packMsgpack(all.map(([id, c, args]) => [id, c, ...args])))),
      msgpackBytes,
      jsonText,
    );
    await fc.assert(
      fc.asyncProperty(frame, async (data) => {
        nonce++;
        socket.send(data);
        socket.send(packMsgpack([PING, nonce]));
        for (;;) {
          const read = unpackMsgpack((await socket.next()) as Buffer) as unknown[];
          const messages = (Array.isArray(read[0]) ? read : [read]) as unknown[][];
          for (const [id, result, error] of messages) {
            if (Number(id) >= 0 && result === null) expectFineError(error as object, String(data));
          }
          if (messages.some(([kind, value]) => kind === PING && value === nonce)) return;
        }
      }),
      BOUNDED,
    );
    await expectAlive();
  }, 20_000);
});

import { isErrorCode } from "@hivellm/synap-protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { handshake } from "./support/handshake.ts";
import { get, type RawAnswer, RawConnection } from "./support/raw-connection.ts";
import { post, sharedServer } from "./support/test-server.ts";
import { TestSocket } from "./support/test-socket.ts";

/*
 * Rubbish for those who listen without a library. A subscription stands or is refused with a known
 * code that is not INTERNAL; whatever a consumer says, it is answered; the server lives on.
 */

const server = sharedServer();
const BOUNDED = { numRuns: 300, interruptAfterTimeLimit: 4_000, markInterruptAsFailure: false };
const TIMEOUT_MS = 20_000;

const piece = fc.oneof(
  fc.constantFrom(
    "topics",
    "from_offset",
    "prefetch",
    "ack_deadline",
    "=",
    "&",
    ",",
    ".",
    "-",
    "+",
  ),
  fc.constantFrom("%", "%23", "%2C", "%00", "%ff", "%e2%82%ac", "*", "#", "/", "..", "api_key"),
  fc.nat({ max: 99 }).map(String),
  fc.string({ unit: "grapheme-ascii", maxLength: 5 }).map((text) => text.replaceAll(/\s/g, "")),
);
const rubbish = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

async function answerTo(request: string): Promise<RawAnswer> {
  const connection = await RawConnection.open(server().port);
  connection.send(request);
  const answer = await connection.answer();
  connection.destroy();
  return answer;
}

function expectFine(answer: RawAnswer, wanted: number, request: string): void {
  if (answer.status === wanted) return;
  const { error } = JSON.parse(answer.body.toString());
  const isKnown = isErrorCode(String(error?.code)) && error.code !== "INTERNAL";
  expect([request, answer.status >= 400, isKnown]).toEqual([request, true, true]);
}

async function expectAlive(): Promise<void> {
  expect((await fetch(`${server().url}/health`)).status).toBe(200);
}

describe("rubbish for listeners", () => {
  it(
    "in a handshake",
    async () => {
      const start = fc.constantFrom(
        "/pubsub/ws?topics=",
        "/pubsub/ws?",
        "/stream/",
        "/stream/r/ws/",
        "/stream/r/ws/u?from_offset=",
        "/queue/q/ws/w?",
        "/queue/",
      );
      await fc.assert(
        fc.asyncProperty(start, rubbish, async (target, text) => {
          const request = handshake(target + text);
          expectFine(await answerTo(request), 101, request);
        }),
        BOUNDED,
      );
      await expectAlive();
    },
    TIMEOUT_MS,
  );

  it(
    "in a request for server-sent events",
    async () => {
      const start = fc.constantFrom("/pubsub/events?topics=", "/stream/r/events?from_offset=");
      const header = fc.oneof(
        fc.tuple(fc.bigInt(), fc.bigInt()).map(([a, b]) => `${a}-${b}`),
        fc.bigInt().map(String),
        fc.string({ unit: "grapheme-ascii", maxLength: 20 }),
      );
      await fc.assert(
        fc.asyncProperty(start, rubbish, header, async (target, text, id) => {
          const request = get(target + text, `Last-Event-ID: ${id}\r\n`);
          expectFine(await answerTo(request), 200, request);
        }),
        BOUNDED,
      );
      await expectAlive();
    },
    TIMEOUT_MS,
  );

  it(
    "in the frames of a consumer",
    async () => {
      await post(`${server().url}/queue/frames/publish`, { message: 1 });
      const socket = await TestSocket.openAt(`${server().url}/queue/frames/ws/w`);
      await socket.next(); // the delivery
      const name = fc.constantFrom(
        "command",
        "message_id",
        "requeue",
        "delay",
        "queue",
        "__proto__",
      );
      const value = fc.oneof(
        fc.constantFrom("ack", "nack", "release", "extend", "frames", "1~2"),
        fc.jsonValue(),
      );
      const frame = fc.oneof(
        fc.dictionary(name, value).map((data) => JSON.stringify(data)),
        fc.json(),
        fc.string({ unit: "binary" }),
        fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
      );
      await fc.assert(
        fc.asyncProperty(frame, async (data) => {
          socket.send(data);
          const answer = await socket.nextJson();
          const { code } = (answer.error ?? {}) as { code?: string };
          const isKnown = isErrorCode(String(code)) && code !== "INTERNAL";
          expect([String(data), answer.type, isKnown]).toEqual([String(data), "response", true]);
        }),
        BOUNDED,
      );
      await expectAlive();
    },
    TIMEOUT_MS,
  );
});

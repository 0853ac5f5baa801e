import { packMsgpack, unpackMsgpack } from "@hivellm/synap-protocol";
import type { HttpExchange, HttpOutcome, HttpRequest } from "../src/transport/http-exchange.ts";

/** A request as the fake HTTP server sees it. */
export interface SeenPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
  /** The decoded body; null for GET. */
  readonly data: Record<string, unknown> | null;
}

/** The far end of HTTP, answered by a test. */
export class FakeExchange implements HttpExchange {
  readonly seen: SeenPost[] = [];
  closed = false;
  /** Answers a request; one that never settles is never answered. */
  answer: (request: SeenPost) => HttpOutcome | Promise<HttpOutcome>;
  readonly signals: AbortSignal[] = [];

  constructor(answer: (request: SeenPost) => HttpOutcome | Promise<HttpOutcome>) {
    this.answer = answer;
  }

  async run({ url, headers, body, signal }: HttpRequest): Promise<HttpOutcome> {
    const request = { url, headers, body, data: decode(headers, body) };
    this.seen.push(request);
    this.signals.push(signal);
    return this.answer(request);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function decode(
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array | null,
): Record<string, unknown> | null {
  if (body === null || headers["content-encoding"] !== undefined) return null;
  return (typeof body === "string" ? JSON.parse(body) : unpackMsgpack(body)) as never;
}

/** An answer of this status, as JSON or MessagePack. */
export function answered(
  data: unknown,
  format: "json" | "msgpack" = "json",
  status = 200,
): HttpOutcome {
  return {
    ok: true,
    status,
    contentType: format === "json" ? "application/json; charset=utf-8" : "application/msgpack",
    body: format === "json" ? new TextEncoder().encode(JSON.stringify(data)) : packMsgpack(data),
  };
}

export function succeeded(payload: object, format?: "json" | "msgpack"): HttpOutcome {
  return answered({ type: "response", request_id: 1, status: "success", payload }, format);
}

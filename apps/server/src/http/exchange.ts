import type { IncomingMessage, ServerResponse } from "node:http";
import { isSynapError, packMsgpack, toWireError, type WireError } from "@hivellm/synap-protocol";
import type { Logger } from "pino";
import { announcesTooMuch, type BodyLimits } from "./body.ts";
import { type BodyData, readBodyData } from "./body-data.ts";
import { EXPOSED_HEADERS } from "./cors.ts";
import { errorHeaders, statusOf } from "./error-answer.ts";
import type { Target } from "./target.ts";

/** What an answer carries beside the headers that all have. */
export type ExtraHeaders = Readonly<Record<string, string>>;

/**
 * Node writes a text together with the headers, bytes by themselves. Latin-1 says the same bytes as
 * a text, which pays where they are few.
 */
const ONE_WRITE_BYTES = 16 * 1024;

const NAMES_MSGPACK = /application\/msgpack/i;

/** How a request came in. */
export interface ExchangeOptions {
  readonly requestId: string;
  readonly target: Target;
  /** The client waits for `100 Continue` before it sends its body. */
  readonly awaitsContinue: boolean;
  readonly logger: Logger;
}

/**
 * One HTTP request and its answer. Answers are written straight to Node's response, headers first
 * and at once: going through a Response object costs more than everything else that is done here.
 */
export class Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly requestId: string;
  readonly target: Target;
  readonly #logger: Logger;
  #awaitsContinue: boolean;
  #allowedOrigin: string | undefined;
  #giveBack: (() => void) | null = null;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, options: ExchangeOptions) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.requestId = options.requestId;
    this.target = options.target;
    this.#logger = options.logger;
    this.#awaitsContinue = options.awaitsContinue;
  }

  /** The gate let this request in: its page, if it has one, may read the answer. */
  admit(): void {
    this.#allowedOrigin = this.incoming.headers.origin;
  }

  /** Whether the answer is to be MessagePack: only if Accept names it. */
  get wantsMsgpack(): boolean {
    const accept = this.incoming.headers.accept;
    return accept !== undefined && accept !== "*/*" && NAMES_MSGPACK.test(accept);
  }

  /** Reads the body as an object. */
  readBody(limits: BodyLimits): Promise<BodyData> {
    if (this.#awaitsContinue && !announcesTooMuch(this.incoming, limits.maxBodyBytes)) {
      this.#awaitsContinue = false;
      this.outgoing.writeContinue();
    }
    return readBodyData(this.incoming, limits);
  }

  /**
   * Something was taken for this answer: `giveBack` is called unless the kernel gets the answer, be
   * it that the client is gone, be it that an error goes out in its place.
   */
  holds(giveBack: () => void): void {
    this.#giveBack = giveBack;
    if (this.outgoing.destroyed) this.#giveUp();
    else this.outgoing.once("close", () => this.#giveUp());
  }

  #giveUp(): void {
    const giveBack = this.#giveBack;
    this.#giveBack = null;
    giveBack?.();
  }

  /** Writes the answer. Does nothing if there is one already, or if nobody is there any more. */
  send(
    status: number,
    contentType: string | null,
    body: string | Uint8Array,
    extra?: ExtraHeaders,
  ): void {
    const { outgoing } = this;
    if (outgoing.headersSent || outgoing.destroyed) return;
    const headers = this.#headers();
    if (contentType !== null) {
      headers["content-type"] = contentType;
      headers["content-length"] = typeof body === "string" ? Buffer.byteLength(body) : body.length;
    }
    if (extra !== undefined) Object.assign(headers, extra);
    outgoing.writeHead(status, headers);
    if (this.#giveBack !== null) this.#writeHeld(body);
    else if (typeof body === "string" || body.length > ONE_WRITE_BYTES) outgoing.end(body);
    else
      outgoing.end(
        Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1"),
        "latin1",
      );
  }

  /**
   * Node says of a single write when the kernel has it; of the end of an answer it does not. A write
   * that was cut short by the end of its socket is told without an error, too.
   */
  #writeHeld(body: string | Uint8Array): void {
    const { outgoing } = this;
    const { socket } = outgoing;
    outgoing.write(body, (error) => {
      if (error == null && socket?.destroyed === false) this.#giveBack = null;
    });
    outgoing.end();
  }

  /** Begins an answer without an end; null if nobody is there any more. */
  startStream(contentType: string, extra: ExtraHeaders): ServerResponse | null {
    const { outgoing } = this;
    if (outgoing.headersSent || outgoing.destroyed) return null;
    outgoing.writeHead(200, { ...this.#headers(), "content-type": contentType, ...extra });
    outgoing.flushHeaders();
    return outgoing;
  }

  /** What all answers have. */
  #headers(): Record<string, string | number> {
    const headers: Record<string, string | number> = {
      "x-request-id": this.requestId,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      vary: "Origin",
    };
    if (this.#allowedOrigin !== undefined) {
      headers["access-control-allow-origin"] = this.#allowedOrigin;
      headers["access-control-expose-headers"] = EXPOSED_HEADERS;
    }
    return headers;
  }

  /** Answers with plain data, in the format that the caller wants. */
  sendData(status: number, data: unknown, extra?: ExtraHeaders): void {
    if (this.wantsMsgpack) this.send(status, "application/msgpack", packMsgpack(data), extra);
    else this.send(status, "application/json", JSON.stringify(data), extra);
  }

  /**
   * Answers with an error, in the one shape that errors have. One that nobody foresaw goes to the
   * log, and nothing of it to the caller.
   */
  fail(error: unknown): void {
    const wire = toWireError(error);
    if (!isSynapError(error))
      this.#logger.error({ err: error, ...this.#about() }, "a request failed");
    this.sendError(wire, { error: wire, request_id: this.requestId });
  }

  /** Answers with an error inside of another envelope. */
  sendError(error: WireError, envelope: unknown): void {
    this.#giveUp();
    if (this.#logger.isLevelEnabled("debug")) {
      this.#logger.debug({ code: error.code, ...this.#about() }, "a request was refused");
    }
    this.sendData(statusOf(error), envelope, errorHeaders(error));
  }

  /** What the log says of a request: not its query, which may hold a credential. */
  #about(): Record<string, unknown> {
    const { method } = this.incoming;
    return { request_id: this.requestId, method, path: this.target.path };
  }
}

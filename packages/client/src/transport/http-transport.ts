import {
  asObject,
  readMsgpack,
  readWireError,
  restoreFields,
  restoreResults,
  type SynapError,
  utf8Decode,
  type WireFormat,
  writeFields,
  writeMsgpack,
} from "@hivellm/synap-protocol";
import type { Call, CallSink, Fields } from "../calls/call.ts";
import { errorFromWire, makeError } from "../errors.ts";
import type { ResolvedConfig } from "../options.ts";
import type { Platform } from "../platform/types.ts";
import type { HttpExchange, HttpOutcome } from "./http-exchange.ts";
import type { Transport } from "./transport.ts";

const MEDIA_TYPES: Readonly<Record<WireFormat, string>> = {
  json: "application/json",
  msgpack: "application/msgpack",
};

/** Smaller bodies are sent as they are, in bytes or characters. */
const COMPRESS_FROM = 1024;

/** Commands as one POST each to the command endpoint. */
export class HttpTransport implements Transport {
  readonly #config: ResolvedConfig;
  readonly #platform: Platform;
  readonly #open: () => HttpExchange;
  #opened: HttpExchange | null = null;
  readonly #sink: CallSink;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #active = new Map<Call, AbortController>();
  #lastId = 0;

  /** `open` is called with the first request. */
  constructor(
    config: ResolvedConfig,
    platform: Platform,
    open: () => HttpExchange,
    sink: CallSink,
  ) {
    this.#config = config;
    this.#platform = platform;
    this.#open = open;
    this.#sink = sink;
    this.#headers = {
      "content-type": MEDIA_TYPES[config.format],
      accept: MEDIA_TYPES[config.format],
      "x-synap-client": config.clientId,
      ...(config.apiKey === undefined ? {} : { "x-api-key": config.apiKey }),
    };
  }

  send(call: Call): void {
    call.id ||= ++this.#lastId;
    call.encoded ??= this.#encode(call);
    call.inFlight = true;
    const abort = new AbortController();
    this.#active.set(call, abort);
    this.#post(call.encoded, abort.signal).then(
      (outcome) => this.#settle(call, outcome),
      (cause: unknown) => this.#settle(call, { ok: false, cause, sent: true }),
    );
  }

  forget(call: Call): void {
    const abort = this.#active.get(call);
    this.#active.delete(call);
    abort?.abort();
  }

  async close(): Promise<void> {
    for (const call of [...this.#active.keys()]) this.forget(call);
    await this.#opened?.close();
  }

  /** Whether anything answers HTTP under the client's URL. */
  async answers(signal: AbortSignal): Promise<boolean> {
    const url = `${this.#config.baseUrl}/health`;
    const outcome = await this.#exchange().run({ url, headers: {}, body: null, signal });
    return outcome.ok && outcome.status < 500;
  }

  #exchange(): HttpExchange {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  #encode({ id, command, payload }: Call): string | Uint8Array {
    const { format } = this.#config;
    const body = {
      command: command.name,
      request_id: id,
      payload: writeFields(command.request, payload, format),
    };
    return format === "json" ? JSON.stringify(body) : writeMsgpack(body);
  }

  async #post(body: string | Uint8Array, signal: AbortSignal): Promise<HttpOutcome> {
    const url = `${this.#config.baseUrl}/api/v1/command`;
    if (!this.#config.compression || body.length < COMPRESS_FROM) {
      return await this.#exchange().run({ url, headers: this.#headers, body, signal });
    }
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const headers = { ...this.#headers, "content-encoding": "gzip" };
    const zipped = await this.#platform.gzip(bytes);
    return await this.#exchange().run({ url, headers, body: zipped, signal });
  }

  #settle(call: Call, outcome: HttpOutcome): void {
    if (!this.#active.delete(call)) {
      this.#tooLate(call, outcome);
      return;
    }
    call.inFlight = false;
    if (!outcome.ok) {
      const { cause, sent } = outcome;
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = `${this.#config.baseUrl} could not be reached over HTTP: ${why}.`;
      this.#sink.failed(call, makeError("CONNECTION_LOST", message, { cause }), sent);
      return;
    }
    const answer = readAnswer(call, outcome);
    if ("payload" in answer) this.#sink.replied(call, answer.payload);
    else this.#sink.failed(call, answer.error, true);
  }

  /** The call was given up while its answer was on the way. */
  #tooLate(call: Call, outcome: HttpOutcome): void {
    if (call.late === undefined || !outcome.ok) return;
    const answer = readAnswer(call, outcome);
    if ("payload" in answer) call.late(answer.payload);
  }
}

type Answered = Extract<HttpOutcome, { ok: true }>;
type Answer = { readonly payload: Fields } | { readonly error: SynapError };

function readAnswer(call: Call, answered: Answered): Answer {
  try {
    const isMsgpack = answered.contentType.startsWith(MEDIA_TYPES.msgpack);
    const data = isMsgpack
      ? readMsgpack(answered.body)
      : (JSON.parse(utf8Decode(answered.body)) as unknown);
    const { payload, error } = asObject(data, "the answer");
    if (error !== undefined) return { error: errorFromWire(readWireError(error), call.id) };
    const fields = asObject(payload, "payload");
    return { payload: isMsgpack ? fields : restore(call, fields) };
  } catch (cause) {
    const { status, contentType } = answered;
    const message = `HTTP ${status} (${contentType}) is no answer of a Synap server; check the url.`;
    return { error: makeError("CONNECTION_LOST", message, { details: { status }, cause }) };
  }
}

/** Values as JSON carries them become what they were. */
function restore({ command, members }: Call, payload: Fields): Fields {
  restoreFields(command.response, payload);
  if (members !== undefined) restoreResults(payload.results as Fields[], members);
  return payload;
}

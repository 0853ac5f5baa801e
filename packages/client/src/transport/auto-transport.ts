import { type SynapError, writeFields } from "@hivellm/synap-protocol";
import type { Call, CallSink, Fields } from "../calls/call.ts";
import type { ClientClock } from "../platform/types.ts";
import type { HttpTransport } from "./http-transport.ts";
import type { Transport } from "./transport.ts";

/** How long HTTP may take to show that it answers, in milliseconds. */
const PROBE_MS = 5_000;

/**
 * A WebSocket if it can be had, else HTTP. Until the first socket is open nothing is decided: calls
 * that fail with it are held while HTTP is asked, and then go over HTTP or fail.
 *
 * A1  once decided, it stays so
 * A2  only calls that took this route are held
 */
export class AutoTransport implements Transport, CallSink {
  readonly #clock: ClientClock;
  readonly #http: HttpTransport;
  readonly #sink: CallSink;
  readonly #socket: () => Transport;
  #decided: Transport | null = null;
  #held: Held[] = [];
  /** Ends the question to HTTP, while it is open. */
  #endProbe: (() => void) | null = null;

  /** `socket` gives the socket transport, whose sink this is. */
  constructor(clock: ClientClock, socket: () => Transport, http: HttpTransport, sink: CallSink) {
    this.#clock = clock;
    this.#socket = socket;
    this.#http = http;
    this.#sink = sink;
  }

  send(call: Call): void {
    if (this.#decided !== null) {
      this.#decided.send(call);
      return;
    }
    // It may be encoded a second time, for HTTP, when its values may have changed under us.
    if (call.id === 0) {
      call.payload = structuredClone(writeFields(call.command.request, call.payload, "msgpack"));
    }
    this.#socket().send(call);
  }

  forget(call: Call): void {
    this.#held = this.#held.filter((held) => held.call !== call);
    (this.#decided ?? this.#socket()).forget(call);
  }

  async close(): Promise<void> {
    this.#held = [];
    this.#endProbe?.();
  }

  /** A socket is open. */
  connected(): void {
    this.#decided ??= this.#socket(); // A1
  }

  replied(call: Call, payload: Fields): void {
    this.#sink.replied(call, payload);
  }

  failed(call: Call, error: SynapError, sent: boolean): boolean {
    if (this.#decided !== null || sent || call.route !== this) {
      return this.#sink.failed(call, error, sent); // A2
    }
    this.#held.push({ call, error });
    if (this.#endProbe === null) this.#ask();
    return true;
  }

  #ask(): void {
    const abort = new AbortController();
    const cancel = this.#clock.setTimer(() => abort.abort(), PROBE_MS, true);
    this.#endProbe = () => {
      cancel();
      abort.abort();
    };
    this.#http.answers(abort.signal).then(
      (answers) => this.#decide(answers),
      () => this.#decide(false),
    );
  }

  #decide(httpAnswers: boolean): void {
    this.#endProbe?.();
    this.#endProbe = null;
    const held = this.#held;
    this.#held = [];
    const route = this.#decided ?? (httpAnswers ? this.#http : null);
    this.#decided = route; // A1
    for (const { call, error } of held) {
      const socket = this.#socket();
      if (route !== socket) socket.forget(call);
      if (route === null || !resend(route, call, route === this.#http)) {
        this.#sink.failed(call, error, false);
      }
    }
  }
}

/** Returns false where the call cannot be written for this route. */
function resend(route: Transport, call: Call, anew: boolean): boolean {
  if (anew) {
    call.encoded = null;
    call.id = 0;
  }
  try {
    route.send(call);
    return true;
  } catch {
    return false;
  }
}

/** A call whose socket failed, and how. */
interface Held {
  readonly call: Call;
  readonly error: SynapError;
}

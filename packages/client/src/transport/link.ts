import type { SynapError } from "@hivellm/synap-protocol";
import { errorFromWire, makeError } from "../errors.ts";
import type { ClientClock } from "../platform/types.ts";
import type { Frame } from "./frame-codec.ts";
import type { OpenedSocket, WebSocketLike } from "./web-socket.ts";

/** What hears of one socket. */
export interface LinkPorts {
  readonly clock: ClientClock;
  /** How long it may take until the server has greeted, in milliseconds. */
  readonly limitMs: number;
  opened(): void;
  received(data: unknown): void;
  /** It is gone, or never came; told once, and nothing after it. */
  lost(error: SynapError): void;
}

/** How long a server may take to close with us, in milliseconds. */
const CLOSE_MS = 250;
const NORMAL_CLOSURE = 1000;

/** One socket from its opening to its end. It is used once. */
export class Link {
  /** Whether it takes frames. */
  open = false;
  /** Whether the server has answered hello, and when. */
  greeted = false;
  greetedMs = 0;
  /** Whether commands may have left over it. */
  flushed = false;
  readonly #ports: LinkPorts;
  #opened: OpenedSocket | null = null;
  #cancelTimer: (() => void) | null = null;
  #wasOpen = false;
  #ended = false;
  /** What went wrong, where the platform says so. */
  #cause: unknown;

  constructor(ports: LinkPorts) {
    this.#ports = ports;
  }

  /** Opens the socket and waits for it. */
  start(open: () => OpenedSocket): void {
    const { clock, limitMs } = this.#ports;
    try {
      this.#opened = open();
    } catch (cause) {
      this.fail(makeError("CONNECTION_LOST", "The WebSocket could not be opened.", { cause }));
      return;
    }
    this.#listen(this.#opened.socket);
    if (!Number.isFinite(limitMs)) return;
    const tooLate = `The WebSocket was not open within ${limitMs} ms.`;
    this.#cancelTimer = clock.setTimer(
      () => this.fail(makeError("CONNECTION_LOST", tooLate)),
      limitMs,
      false,
    );
  }

  send(frame: Frame): void {
    this.#opened?.socket.send(frame);
  }

  /** The server has answered hello. */
  greet(): void {
    this.greeted = true;
    this.greetedMs = this.#ports.clock.nowMs();
    this.#stopTimer();
  }

  /** Gives the socket up. */
  fail(error: SynapError): void {
    if (this.#ended) return;
    this.#end();
    this.#opened?.terminate();
    this.#ports.lost(error);
  }

  /** Ends the connection in good order; settles soon even if the server does not answer. */
  close(): Promise<void> {
    const opened = this.#opened;
    if (this.#ended || opened === null) return Promise.resolve();
    this.#end();
    return new Promise((resolve) => {
      const cancel = this.#ports.clock.setTimer(
        () => {
          opened.terminate();
          resolve();
        },
        CLOSE_MS,
        true,
      );
      opened.socket.onclose = () => {
        cancel();
        resolve();
      };
      opened.socket.close(NORMAL_CLOSURE);
    });
  }

  #listen(socket: WebSocketLike): void {
    socket.onopen = () => {
      this.open = true;
      this.#wasOpen = true;
      this.#ports.opened();
    };
    socket.onmessage = (event: { data: unknown }) => this.#ports.received(event.data);
    socket.onerror = (event: { error?: unknown }) => {
      this.#cause = event.error; // `close` follows
    };
    socket.onclose = (event: { code?: number; reason?: string }) => {
      if (this.#ended) return;
      this.#end();
      this.#ports.lost(this.#reason(event));
    };
  }

  #reason({ code, reason }: { code?: number; reason?: string }): SynapError {
    const refusal = this.#opened?.refusal() ?? null;
    if (refusal?.error) return errorFromWire(refusal.error);
    if (refusal !== null) {
      const { status } = refusal;
      return makeError(
        "CONNECTION_LOST",
        `The server answered the WebSocket with HTTP ${status}.`,
        {
          details: { status },
        },
      );
    }
    const cause = this.#cause;
    const why = reason || (cause instanceof Error ? cause.message : "") || `code ${code}`;
    const what = this.#wasOpen ? "The connection was lost" : "The WebSocket could not be opened";
    return makeError("CONNECTION_LOST", `${what}: ${why}.`, {
      details: { closeCode: code },
      cause,
    });
  }

  #end(): void {
    this.#ended = true;
    this.open = false;
    this.#stopTimer();
    const socket = this.#opened?.socket;
    if (socket === undefined) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.onerror = () => {}; // one that nobody hears would end a Node process
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}

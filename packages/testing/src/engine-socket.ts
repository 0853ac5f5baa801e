import type { WebSocketConstructor, WebSocketLike } from "@hivellm/synap-client";
import type { Engine, Session } from "@hivellm/synap-core";
import {
  decodeJsonFrame,
  decodeMsgpackFrame,
  encodeJsonFrame,
  encodeMsgpackFrame,
  type ServerMessage,
  SUBPROTOCOLS,
} from "@hivellm/synap-protocol";

/** Captured when the module loads, so that a test's fake timers do not replace it. */
const endOfTurn = globalThis.queueMicrotask.bind(globalThis);

type Data = string | Uint8Array;
/** The handlers as they are called; the client sets them. */
type Handler = ((event: object) => unknown) | null;

const NORMAL_CLOSURE = 1000;
const GOING_AWAY = 1001;
const PROTOCOL_ERROR = 1002;

/**
 * WebSockets whose other end is a session of an engine in this process. Everything between is as
 * over the network: frames are encoded and decoded on both ways, and the client that uses them
 * cannot tell.
 */
export function engineSockets(engine: Promise<Engine>): WebSocketConstructor {
  return class EngineSocket implements WebSocketLike {
    binaryType = "arraybuffer";
    onopen: Handler = null;
    onmessage: Handler = null;
    onerror: Handler = null;
    onclose: Handler = null;
    readonly #isJson: boolean;
    #session: Session | null = null;
    #paused = false;
    #waiting: Data[] = [];
    #ended = false;

    constructor(_url: string, protocols?: string | string[]) {
      this.#isJson = protocols === SUBPROTOCOLS.json;
      engine.then(
        (opened) => this.#open(opened),
        () => this.#end(GOING_AWAY, "the engine did not open"),
      );
    }

    send(data: Data): void {
      if (this.#paused) this.#waiting.push(data);
      else this.#receive(data);
    }

    close(code = NORMAL_CLOSURE, reason = ""): void {
      this.#end(code, reason);
    }

    #open(opened: Engine): void {
      if (this.#ended) return;
      this.#session = opened.open({
        sink: {
          writable: true,
          send: (messages) => this.#deliver(messages),
          end: (reason) => this.#end(GOING_AWAY, reason),
          pauseReading: () => {
            this.#paused = true;
          },
          resumeReading: () => this.#resume(),
        },
      });
      this.onopen?.({});
    }

    #receive(data: Data): void {
      try {
        const messages =
          typeof data === "string" ? decodeJsonFrame(data) : decodeMsgpackFrame(data);
        this.#session?.receive(messages);
      } catch {
        this.#end(PROTOCOL_ERROR, "a frame could not be read");
      }
    }

    #resume(): void {
      this.#paused = false;
      while (!this.#paused) {
        const data = this.#waiting.shift();
        if (data === undefined) return;
        this.#receive(data);
      }
    }

    #deliver(messages: readonly ServerMessage[]): void {
      const data = this.#isJson ? encodeJsonFrame(messages) : encodeMsgpackFrame(messages);
      this.onmessage?.({ data });
    }

    #end(code: number, reason: string): void {
      if (this.#ended) return;
      this.#ended = true;
      this.#session?.close(reason);
      endOfTurn(() => this.onclose?.({ code, reason }));
    }
  };
}

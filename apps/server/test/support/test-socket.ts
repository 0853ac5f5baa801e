import { onTestFinished } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import { waitFor } from "./wait-for.ts";

/** A WebSocket client that keeps what it gets. */
export class TestSocket {
  readonly socket: WebSocket;
  readonly frames: (string | Buffer)[] = [];
  closeCode: number | null = null;
  #read = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer, isBinary) => {
      this.frames.push(isBinary ? data : data.toString());
    });
    socket.on("close", (code) => {
      this.closeCode = code;
    });
    socket.on("error", () => {}); // tests look at how it closed
  }

  /** Opens a socket on a server's `/api/v1/ws`. */
  static async open(
    url: string,
    protocol?: string,
    options: ClientOptions = {},
  ): Promise<TestSocket> {
    return TestSocket.openAt(`${url}/api/v1/ws`, protocol, options);
  }

  /** Opens a socket on any path. */
  static async openAt(
    url: string,
    protocol?: string,
    options: ClientOptions = {},
  ): Promise<TestSocket> {
    const client = new WebSocket(url.replace("http", "ws"), protocol, options);
    const socket = new TestSocket(client);
    onTestFinished(() => client.terminate());
    await waitFor(() => client.readyState !== WebSocket.CONNECTING, "the handshake");
    return socket;
  }

  send(data: string | Uint8Array | object): void {
    const isRaw = typeof data === "string" || data instanceof Uint8Array;
    this.socket.send(isRaw ? data : JSON.stringify(data));
  }

  /** The next frame. */
  async next(): Promise<string | Buffer> {
    await waitFor(() => this.frames.length > this.#read || this.closeCode !== null, "a frame");
    const frame = this.frames[this.#read++];
    if (frame === undefined) throw new TypeError(`the socket closed with ${this.closeCode}`);
    return frame;
  }

  /** The next frame, as JSON. */
  async nextJson(): Promise<Record<string, unknown>> {
    return JSON.parse(String(await this.next()));
  }

  async closed(): Promise<number> {
    await waitFor(() => this.closeCode !== null, "the socket to close");
    return this.closeCode ?? 0;
  }
}

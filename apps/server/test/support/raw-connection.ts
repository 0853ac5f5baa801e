import { connect, type Socket } from "node:net";
import { waitFor } from "./wait-for.ts";

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A TCP connection that sends exactly what it is told, for requests that no client would make. */
export class RawConnection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    socket.on("error", () => {}); // a reset is an end, too
    socket.on("close", () => {
      this.#ended = true;
    });
  }

  static async open(port: number, host = "127.0.0.1"): Promise<RawConnection> {
    const socket = connect(port, host);
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new RawConnection(socket);
  }

  /** Whether the server has closed the connection. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** What has arrived and belongs to no answer yet. */
  get rest(): Buffer {
    return this.#received;
  }

  /** Sends text byte by character (Latin-1), or bytes. */
  send(data: string | Uint8Array): void {
    this.#socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
  }

  /** Waits for the next answer; `bodiless` ones are those to HEAD. */
  async answer({ bodiless = false } = {}): Promise<RawAnswer> {
    let found: { answer: RawAnswer; size: number } | null = null;
    await waitFor(() => {
      found = parseAnswer(this.#received, bodiless);
      return found !== null || this.#ended;
    }, "an answer");
    found ??= parseAnswer(this.#received, bodiless);
    if (found === null)
      throw new TypeError(`the connection ended after ${this.#received.length} bytes`);
    const { answer, size } = found as { answer: RawAnswer; size: number };
    this.#received = this.#received.subarray(size);
    return answer;
  }

  /** Says that nothing more comes. */
  end(): void {
    this.#socket.end();
  }

  /** Waits until the server has closed the connection. */
  ended(): Promise<void> {
    return waitFor(() => this.#ended, "the end of the connection");
  }

  /** Closes without a goodbye. */
  destroy(): void {
    this.#socket.destroy();
  }
}

function parseAnswer(data: Buffer, bodiless: boolean): { answer: RawAnswer; size: number } | null {
  const headEnd = data.indexOf("\r\n\r\n");
  if (headEnd === -1) return null;
  const [statusLine = "", ...lines] = data.subarray(0, headEnd).toString("latin1").split("\r\n");
  const status = Number(statusLine.split(" ")[1]);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = bodiless ? 0 : Number(headers["content-length"] ?? 0);
  const size = headEnd + 4 + length;
  if (data.length < size) return null;
  return { answer: { status, headers, body: data.subarray(headEnd + 4, size) }, size };
}

/** Sends one request on a connection of its own. */
export async function rawRequest(port: number, request: string | Uint8Array): Promise<RawAnswer> {
  const connection = await RawConnection.open(port);
  connection.send(request);
  const answer = await connection.answer();
  connection.destroy();
  return answer;
}

/** The text of a GET, whatever its target is. */
export function get(target: string, headers = ""): string {
  return `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
}

/** The error of an answer; fails unless it has the shape that all errors have. */
export function errorOf(answer: RawAnswer): {
  code: string;
  message: string;
  details?: Record<string, unknown>;
} {
  const body = JSON.parse(answer.body.toString());
  if (typeof body.error?.code !== "string" || body.request_id === undefined) {
    throw new TypeError(`not the shape of an error: ${answer.body}`);
  }
  return body.error;
}

import {
  type ClientMessage,
  type ClientNoticeType,
  decodeJsonFrame,
  decodeMsgpackFrame,
  decodeValue,
  encodeJsonFrame,
  encodeMsgpackFrame,
  encodeValue,
  type MessageFields,
  type ServerMessage,
  SUBPROTOCOLS,
  SynapError,
  type TaggedValue,
  toWireError,
  utf8Length,
  type WireField,
  wireCommand,
} from "@hivellm/synap-protocol";
import type { WebSocketConstructor, WebSocketLike } from "../src/transport/web-socket.ts";

type Fields = Record<string, unknown>;
type Handler = ((event: object) => unknown) | null;

/** A request as the fake server sees it; values are JavaScript values. */
export interface SeenRequest {
  readonly id: number;
  readonly name: string;
  readonly payload: Fields;
}

/** What the fake server answers: a payload, a failure, or nothing for now. */
export type Answer = (request: SeenRequest, socket: FakeSocket) => Fields | SynapError | null;

/** The server's end of sockets that a test drives. */
export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  /** How the next sockets behave when they are opened. */
  accepts: "open" | "refuse" | "wait" | "throw" = "open";
  /** What hello says of the server's bounds. */
  limits: Fields = {};
  /** Whether hello is answered. */
  greets = true;
  answer: Answer;

  constructor(answer: Answer = () => null) {
    this.answer = answer;
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new SynapError("INTERNAL", "No socket was opened.");
    return socket;
  }

  /** All requests, over all sockets. */
  get requests(): SeenRequest[] {
    return this.sockets.flatMap((socket) => socket.requests);
  }

  /** The constructor to hand to a client. */
  get WebSocket(): WebSocketConstructor {
    const server = this;
    return class extends FakeSocket {
      constructor(url: string, protocols?: string | string[]) {
        if (server.accepts === "throw") throw new TypeError("no sockets here");
        super(server, url, protocols);
        server.sockets.push(this);
      }
    };
  }
}

/** One socket, with what came over it. */
export class FakeSocket implements WebSocketLike {
  binaryType = "blob";
  onopen: Handler = null;
  onmessage: Handler = null;
  onerror: Handler = null;
  onclose: Handler = null;
  readonly url: string;
  readonly protocol: string;
  readonly frames: ClientMessage[][] = [];
  readonly requests: SeenRequest[] = [];
  /** The bytes of each frame. */
  readonly sizes: number[] = [];
  /** What the client closed with. */
  closed: number | null = null;
  readonly #server: FakeServer;

  constructor(server: FakeServer, url: string, protocols?: string | string[]) {
    this.#server = server;
    this.url = url;
    this.protocol = String(protocols);
    const { accepts } = server;
    if (accepts === "open") queueMicrotask(() => this.onopen?.({}));
    if (accepts === "refuse") queueMicrotask(() => this.drop(1006));
  }

  /** Notices of this type, in order. */
  notices(type: ClientNoticeType): MessageFields[] {
    return this.frames
      .flat()
      .flatMap((message) =>
        message.kind === "notice" && message.type === type ? [message.fields] : [],
      );
  }

  send(data: string | Uint8Array): void {
    const messages = typeof data === "string" ? decodeJsonFrame(data) : decodeMsgpackFrame(data);
    this.frames.push(messages);
    this.sizes.push(typeof data === "string" ? utf8Length(data) : data.length);
    for (const message of messages) this.#take(message);
  }

  close(code = 1000): void {
    this.closed = code;
    queueMicrotask(() => this.onclose?.({ code, reason: "" }));
  }

  /** The connection breaks. */
  drop(code = 1006, reason = ""): void {
    this.onerror?.({});
    this.onclose?.({ code, reason });
  }

  /** Sends messages as one frame. */
  deliver(...messages: ServerMessage[]): void {
    const isJson = this.protocol === SUBPROTOCOLS.json;
    this.onmessage?.({ data: isJson ? encodeJsonFrame(messages) : encodeMsgpackFrame(messages) });
  }

  /** Sends something that is no frame. */
  deliverRaw(data: unknown): void {
    this.onmessage?.({ data });
  }

  push(type: string, fields: Fields): void {
    const encoded = Object.entries(fields).map(([name, field]) => [
      name,
      VALUES.has(name) ? encodeValue(field, "msgpack") : field,
    ]);
    this.deliver({ kind: "push", type, fields: Object.fromEntries(encoded) });
  }

  reply({ id, name }: SeenRequest, payload: Fields): void {
    const command = wireCommand(name);
    this.deliver({ kind: "reply", id, command, payload: tag(command.response, payload) });
  }

  fail({ id }: SeenRequest, error: SynapError): void {
    this.deliver({ kind: "failure", id, error: toWireError(error) });
  }

  #take(message: ClientMessage): void {
    if (message.kind === "notice" && message.type === "hello" && this.#server.greets) {
      queueMicrotask(() => this.push("hello", { ...HELLO, limits: this.#server.limits }));
    }
    if (message.kind !== "request") return;
    const { command, payload } = message;
    const request = {
      id: message.id as number,
      name: command.name,
      payload: untag(command.request, payload),
    };
    this.requests.push(request);
    queueMicrotask(() => this.#reply(request));
  }

  #reply(request: SeenRequest): void {
    const answer = this.#server.answer(request, this);
    if (answer === null) return;
    if (answer instanceof SynapError) this.fail(request, answer);
    else this.reply(request, answer);
  }
}

/** Fields of pushes that hold values. */
const VALUES = new Set(["value", "data", "message"]);

const HELLO = {
  session: "s",
  resume: "r",
  resumed: false,
  boot_id: "b",
  version: "0",
  protocol: 1,
  features: [],
  limits: {},
  durability: "memory",
};

function tag(fields: readonly WireField[], payload: Fields): Fields {
  return mapValues(fields, payload, (value) => encodeValue(value, "msgpack"));
}

function untag(fields: readonly WireField[], payload: Fields): Fields {
  return mapValues(fields, payload, (value) => decodeValue(value as TaggedValue));
}

/** Applies `map` to every field of shape `value`, also in lists of objects. */
function mapValues(
  fields: readonly WireField[],
  payload: Fields,
  map: (value: unknown) => unknown,
): Fields {
  const result: Fields = { ...payload };
  for (const { name, shape } of fields) {
    const given = payload[name];
    if (given === undefined) continue;
    if (shape === "value") result[name] = map(given);
    else if (Array.isArray(shape)) {
      result[name] = (given as Fields[]).map((item) => mapValues(shape, item, map));
    }
  }
  return result;
}

import type { MessageFields, ServerFailure, ServerMessage } from "@hivellm/synap-protocol";
import { fieldsToObject, wireCommand } from "@hivellm/synap-protocol";
import type { Engine, Session, Sink } from "../src/index.ts";
import { callOf, type Name, type Request } from "./calls.ts";
import { waitFor } from "./turns.ts";

/** One side of a socket: keeps what it is sent, and is as slow as the test wants it. */
export class Party implements Sink {
  readonly session: Session;
  readonly frames: ServerMessage[][] = [];
  writable = true;
  paused = false;
  ended: string | null = null;
  readonly #names = new Map<number, Name>();
  #lastId = 0;

  constructor(engine: Engine, client?: string) {
    this.session = engine.open({ sink: this, client });
  }

  send(messages: readonly ServerMessage[]): void {
    this.frames.push([...messages]);
  }

  end(reason: string): void {
    this.ended = reason;
  }

  pauseReading(): void {
    this.paused = true;
  }

  resumeReading(): void {
    this.paused = false;
  }

  /** Sends a request as a socket does and returns its id. */
  request<N extends Name>(name: N, request: Request<N>): number {
    const id = ++this.#lastId;
    this.#names.set(id, name);
    this.session.receive([{ kind: "request", id, ...callOf(name, request) }]);
    return id;
  }

  /** Says hello and returns the answer's fields. */
  async hello(fields: MessageFields = {}): Promise<MessageFields> {
    this.session.receive([{ kind: "notice", type: "hello", fields }]);
    await waitFor(() => this.pushes("hello").length > 0, "hello is answered");
    return this.pushes("hello").at(-1) as MessageFields;
  }

  get messages(): ServerMessage[] {
    return this.frames.flat();
  }

  /** The fields of all pushes of a type, values as plain data. */
  pushes(type: string): MessageFields[] {
    return this.messages.flatMap((message) =>
      message.kind === "push" && message.type === type ? [message.fields] : [],
    );
  }

  get failures(): ServerFailure[] {
    return this.messages.filter((message) => message.kind === "failure");
  }

  /** The answer to a request as plain data, or undefined while there is none. */
  answerTo(id: number): MessageFields | undefined {
    for (const message of this.messages) {
      if (message.kind !== "reply" || message.id !== id) continue;
      return fieldsToObject(wireCommand(this.#names.get(id) as Name).response, message.payload);
    }
    return undefined;
  }

  /** The socket takes more again. */
  drain(): void {
    this.writable = true;
    this.session.drained();
  }
}

import {
  type ClientMessage,
  type ClientNoticeType,
  type CommandCall,
  type MessageFields,
  type RequestId,
  type ServerPush,
  SynapError,
  toWireError,
} from "@hivellm/synap-protocol";
import { noticeValidators } from "@hivellm/synap-protocol/schema";
import { isWaiting } from "../commands.ts";
import type { Limits } from "../limits.ts";
import type { Executor, Ran } from "./executor.ts";
import { Outbox } from "./outbox.ts";
import type { Peer } from "./peer.ts";
import type { Answer, Session, SessionOptions, Sink } from "./types.ts";
import { type WaitAnswer, Waits } from "./waits.ts";

/** What a session needs of its engine. */
export interface SessionPorts {
  readonly limits: Limits;
  readonly executor: Executor;
  /** The newest seq: what an answer may show. */
  seq(): number;
  monotonicMs(): number;
  /** Has this session's unread messages worked off. */
  start(session: SessionImpl): void;
  /** Something is in the outbox. */
  wake(session: SessionImpl): void;
  /** The answer to hello; may take up a lost session. */
  hello(session: SessionImpl, fields: MessageFields): MessageFields;
  /** The socket takes more. */
  drained(session: SessionImpl): void;
  lost(session: SessionImpl): void;
  closed(session: SessionImpl): void;
  /** A command failed in a way that nobody foresaw. */
  onFault(error: unknown): void;
}

/** Commands between two looks at the clock: few, since one may answer a whole frame's worth. */
const COMMANDS_PER_LOOK = 4;

/** Messages that were worked off and are still in the list of unread ones, before they are cut off. */
const MAX_READ_KEPT = 4_096;

/**
 * One party: what it has sent and not been answered, what must reach it, and whether it is there.
 *
 * P1  open → lost → (open elsewhere | closed), or open → closed; closed is the end
 * P2  everything that leaves, leaves through the outbox
 * P3  while its socket is full, a party's commands wait
 * P4  a party that is not there waits for nothing
 */
export class SessionImpl implements Session, Peer {
  readonly id: string;
  /** Whoever knows it may take this session up. */
  readonly resumeToken: string;
  /** Itself, if something can be bound to it: an HTTP caller has no socket and no end. */
  readonly peer: SessionImpl | null;
  /** What keys are bound to. Goes to the session that takes this one up. */
  bindingId: string | null;
  client: string | undefined;
  status: "open" | "lost" | "closed" = "open";
  readonly outbox = new Outbox();
  readonly #ports: SessionPorts;
  readonly #sink: Sink | undefined;
  readonly #waits: Waits;
  #unread: ClientMessage[] = [];
  #next = 0;
  #paused = false;
  #bufferedBytes = 0;

  constructor(
    ids: { id: string; resumeToken: string },
    options: SessionOptions,
    ports: SessionPorts,
  ) {
    this.id = ids.id;
    this.resumeToken = ids.resumeToken;
    this.#ports = ports;
    this.#sink = options.sink;
    this.client = options.client;
    this.bindingId = options.sink === undefined ? null : ids.id;
    this.peer = options.sink === undefined ? null : this;
    this.#waits = new Waits(ports.limits.maxWaitsPerSession);
  }

  get writable(): boolean {
    return this.status === "open" && this.#sink?.writable === true;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  receive(messages: readonly ClientMessage[]): void {
    if (this.status !== "open") return;
    if (this.#next >= MAX_READ_KEPT) {
      this.#unread = this.#unread.slice(this.#next);
      this.#next = 0;
    }
    for (const message of messages) this.#unread.push(message);
    if (this.#unreadCount() > this.#ports.limits.maxUnreadMessages && !this.#paused) {
      this.#paused = true;
      this.#sink?.pauseReading();
    }
    this.#ports.start(this);
  }

  execute(call: CommandCall, signal?: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.status !== "open") {
        reject(new SynapError("CONNECTION_LOST", "The session is closed."));
        return;
      }
      const settle = (answer: WaitAnswer): void =>
        this.#put(
          answer instanceof SynapError
            ? () => reject(answer)
            : () => resolve({ payload: answer as MessageFields }),
        );
      const answer = this.#run(call);
      if (!isWaiting(answer)) return settle(answer);
      const id = Symbol("wait");
      const cancel = (): void => this.#waits.cancel(id);
      this.#waits.begin(id, answer, (late) => {
        signal?.removeEventListener("abort", cancel);
        settle(late);
      });
      if (signal?.aborted === true) cancel();
      else signal?.addEventListener("abort", cancel, { once: true });
    });
  }

  /** Works off what was received, for about one slice; returns whether some is left. */
  work(): boolean {
    const end = this.#ports.monotonicMs() + this.#ports.limits.sliceMs;
    let count = 0;
    while (this.#next < this.#unread.length && this.#mayWork()) {
      this.#handle(this.#unread[this.#next++] as ClientMessage);
      if (++count % COMMANDS_PER_LOOK === 0 && this.#ports.monotonicMs() >= end) break;
    }
    if (this.#paused && this.#unreadCount() <= this.#ports.limits.maxUnreadMessages / 2) {
      this.#paused = false;
      this.#sink?.resumeReading(); // may hand over more at once
    }
    if (this.#next === this.#unread.length) this.#forgetRead();
    return this.#next < this.#unread.length && this.#mayWork(); // else `drained` starts it again
  }

  push(pushes: readonly ServerPush[], seq: number): void {
    for (const push of pushes) this.outbox.put(push, seq);
    this.#ports.wake(this);
  }

  /** Sends what the journal has by now. */
  release(watermark: number): void {
    const leaving = this.outbox.release(watermark);
    const messages = leaving.filter((item) => typeof item !== "function");
    for (const item of leaving) if (typeof item === "function") item();
    if (messages.length === 0 || this.status !== "open") return;
    try {
      this.#sink?.send(messages);
    } catch (error) {
      this.#ports.onFault(error); // a bug, and this party's alone: the others get what is theirs
      this.end("the server failed to send");
    }
  }

  buffered(bytes: number): void {
    this.#bufferedBytes = bytes;
  }

  drained(): void {
    if (this.status !== "open") return;
    this.#ports.drained(this);
    if (this.#unreadCount() > 0) this.#ports.start(this);
  }

  /** Ends the connection from the engine's side. */
  end(reason: string): void {
    this.#sink?.end(reason);
    this.close(reason);
  }

  lose(): void {
    if (this.status !== "open") return;
    this.status = "lost"; // P1
    this.#waits.endAll("the connection was lost"); // P4
    this.#forgetRead();
    this.#ports.lost(this);
  }

  close(reason: string): void {
    if (this.status === "closed") return;
    this.#waits.endAll(reason); // P4
    this.status = "closed"; // P1
    this.#forgetRead();
    this.#ports.closed(this);
  }

  #handle(message: ClientMessage): void {
    switch (message.kind) {
      case "request": {
        const answer = this.#run(message);
        const { id, command } = message;
        const settle = (late: WaitAnswer): void => {
          if (late instanceof SynapError) this.#fail(id, late);
          else this.#put({ kind: "reply", id, command, payload: late as MessageFields });
        };
        if (isWaiting(answer)) this.#waits.begin(id, answer, settle);
        else settle(answer);
        return;
      }
      case "refused":
        this.#fail(message.id, message.error);
        return;
      case "notice":
        this.#notice(message.type, message.fields);
        return;
    }
  }

  #run(call: CommandCall): Ran {
    try {
      return this.#ports.executor.run(call, this.peer);
    } catch (error) {
      this.#ports.onFault(error);
      return new SynapError("INTERNAL", "The server failed while it ran this request.");
    }
  }

  #notice(type: ClientNoticeType, fields: MessageFields): void {
    const fault = noticeValidators.get(type)?.(fields) ?? null;
    if (fault !== null) {
      this.#fail(null, fault);
      return;
    }
    switch (type) {
      case "hello":
        this.#put({ kind: "push", type, fields: this.#ports.hello(this, fields) });
        return;
      case "ping":
        this.#put({ kind: "push", type, fields });
        return;
      case "cancel":
        this.#waits.cancel((fields as { request_id: RequestId }).request_id);
        return;
      case "done": // there is no window of answers yet
        return;
    }
  }

  #fail(id: RequestId | null, error: SynapError): void {
    this.#put({ kind: "failure", id, error: toWireError(error) });
  }

  /** An answer depends on the newest seq: it may show any effect up to it. */
  #put(item: Parameters<Outbox["put"]>[0]): void {
    this.outbox.put(item, this.#ports.seq());
    this.#ports.wake(this);
  }

  /** Answers to a party that does not take them would only pile up: its commands wait (P3). */
  #mayWork(): boolean {
    return this.status === "open" && this.#sink?.writable !== false;
  }

  #unreadCount(): number {
    return this.#unread.length - this.#next;
  }

  #forgetRead(): void {
    this.#unread = [];
    this.#next = 0;
  }
}

import type {
  ClientMessage,
  CommandCall,
  Durability,
  MessageFields,
  ServerMessage,
} from "@hivellm/synap-protocol";

/**
 * Where a session's answers and pushes go. The engine calls `send` at most once a turn, when the
 * journal has what the messages depend on.
 */
export interface Sink {
  /** Hands over everything this party gets in one turn: one frame. */
  send(messages: readonly ServerMessage[]): void;
  /** False while the transport's buffer is full; followers of kept data then wait for `drained`. */
  readonly writable: boolean;
  /** The engine ends this session (shutdown, or taken up elsewhere): close the connection. */
  end(reason: string): void;
  /** The session has more unread work than it may: read nothing until `resumeReading`. */
  pauseReading(): void;
  resumeReading(): void;
}

/** How a session is opened. */
export interface SessionOptions {
  /** Receives answers to `receive` and pushes. Without one, nothing can be bound to the session. */
  readonly sink?: Sink;
  /** The caller's client id, where it is known before hello. */
  readonly client?: string;
}

/** An answer as `execute` returns it; fields of shape `value` are tagged values. */
export interface Answer {
  readonly payload: MessageFields;
  /** Only where it differs from the engine's own level. */
  readonly durability?: Durability | undefined;
}

/** One party that talks to the engines: a socket, an HTTP caller, a mock client in a test. */
export interface Session {
  readonly id: string;
  /** What transports call with a decoded frame; answers and pushes leave through the sink. */
  receive(messages: readonly ClientMessage[]): void;
  /**
   * Runs one command, for embedding, HTTP and tests. Settles when the journal has what the answer
   * depends on; rejects with a SynapError. A command that waits is cancelled by `signal`.
   */
  execute(call: CommandCall, signal?: AbortSignal): Promise<Answer>;
  /** How many bytes the transport holds for this party unsent. */
  buffered(bytes: number): void;
  /** The sink is writable again. */
  drained(): void;
  /** The connection broke without a close: the session waits `sessionGraceMs` to be taken up. */
  lose(): void;
  /** Ends the session: what was bound to it goes. */
  close(reason: string): void;
}

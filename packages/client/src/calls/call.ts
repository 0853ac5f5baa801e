import type { PendingCommand, SynapError, WireCommand } from "@hivellm/synap-protocol";
import type { Transport } from "../transport/transport.ts";

/** What every method takes after its own arguments. */
export interface RequestOptions {
  /** Gives the call up: it rejects with code CANCELLED, and the server is told. */
  readonly signal?: AbortSignal | undefined;
  /** How long this call may take in all, in milliseconds; the client's `timeout` if not given. */
  readonly timeoutMs?: number | undefined;
}

/** What a method adds to its caller's options. */
export interface CallOptions extends RequestOptions {
  /** How long the command itself may wait, in milliseconds, on top of the time limit. */
  readonly waitMs?: number | undefined;
}

/** A command's or an answer's fields by their names on the wire. */
export type Fields = Record<string, unknown>;

/** A command as a method uses it: what to send, and what to make of the answer. */
export interface CommandSpec<T> {
  readonly command: WireCommand;
  /** Runs when the answer is read, before anything behind it in the same frame. */
  readonly result: (payload: Fields) => T;
  /** Whether it can change something, where that is not the same for every such command. */
  readonly mutates?: boolean;
  /** Never sent again, whatever happened to it. */
  readonly once?: true;
  /**
   * Takes an answer that came when nobody waited for it any more: what it holds must not be lost.
   * Without it such an answer is dropped unread.
   */
  readonly late?: (payload: Fields) => void;
}

/**
 * One command on its way. A single object, made once, that every list and table refers to: nothing
 * else is allocated for a call that has no options.
 */
export class Call implements PendingCommand {
  readonly command: WireCommand;
  /** What is sent; a transport may keep the encoded form instead. */
  payload: Fields;
  readonly members: readonly string[] | undefined;
  /** Whether a repeat could change something twice. */
  readonly mutates: boolean;
  /** Never sent again. */
  readonly once: boolean;
  /** Which transport it takes: watches have one of their own. */
  readonly route: Transport;
  readonly result: (payload: Fields) => unknown;
  readonly late: ((payload: Fields) => void) | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;

  /** The request's id, given by the transport at the first try. */
  id = 0;
  /** Whether an answer may come. */
  inFlight = false;
  /** It is written into a frame that has not left yet. */
  waiting = false;
  /** Nobody waits for it any more; its answer goes to `late`. */
  abandoned = false;
  /** How often it was sent again. */
  repeats = 0;
  deadlineMs = 0;
  /** The limit that the deadline came from. */
  timeoutMs = 0;
  /** Ends the listening to the caller's signal, if there is one. */
  release: (() => void) | null = null;

  /** The encoded request, in the transport's own form, for another try. */
  encoded: Uint8Array | string | null = null;
  start = 0;
  end = 0;

  /** Neighbours in the list of calls that have a deadline. */
  previous: Call | null = null;
  next: Call | null = null;

  constructor(
    route: Transport,
    spec: CommandSpec<unknown>,
    payload: Fields,
    members: readonly string[] | undefined,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.route = route;
    this.command = spec.command;
    this.result = spec.result;
    this.late = spec.late;
    this.mutates = spec.mutates ?? spec.command.mutates === true;
    this.once = spec.once === true;
    this.payload = payload;
    this.members = members;
    this.resolve = resolve;
    this.reject = reject;
  }
}

/** Where transports take the outcomes of calls. */
export interface CallSink {
  replied(call: Call, payload: Fields): void;
  /**
   * The call failed; `sent` is false where the server certainly never saw it. Returns whether it
   * will be sent again.
   */
  failed(call: Call, error: SynapError, sent: boolean): boolean;
}

import type { IncomingMessage } from "node:http";
import type { Answer, Clock, Engine, Session } from "@hivellm/synap-core";
import type { CommandCall } from "@hivellm/synap-protocol";
import type { TransportLimits } from "../transport-limits.ts";
import { readClientId } from "./call-options.ts";

interface Caller {
  readonly session: Session;
  lastUsedMs: number;
  running: number;
}

/**
 * One session of the engine for each HTTP caller: its client id, else its address. They exist for
 * limits only: what binds to a session is refused over HTTP, since nobody would ever end it.
 *
 * H1  at most `maxHttpSessions` callers that run nothing are kept, the idle ones go first
 * H2  a session with running commands is never closed
 */
export class HttpSessions {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #limits: TransportLimits;
  readonly #callers = new Map<string, Caller>();
  #cancelSweep: (() => void) | null = null;

  constructor(engine: Engine, clock: Clock, limits: TransportLimits) {
    this.#engine = engine;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Callers that are remembered. */
  get size(): number {
    return this.#callers.size;
  }

  /**
   * Runs a command for whoever sent this request; rejects with the refusal. A command that waits is
   * cancelled by `signal`.
   */
  async run(incoming: IncomingMessage, call: CommandCall, signal?: AbortSignal): Promise<Answer> {
    const caller = this.#callerOf(incoming);
    caller.running++;
    try {
      return await caller.session.execute(call, signal);
    } finally {
      caller.running--;
      caller.lastUsedMs = this.#clock.monotonicMs();
    }
  }

  /** Ends all sessions and the sweeping. */
  close(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = null;
    for (const { session } of this.#callers.values()) session.close("the server stops");
    this.#callers.clear();
  }

  #callerOf(incoming: IncomingMessage): Caller {
    const client = readClientId(incoming.headers);
    const name =
      client === undefined ? `address ${incoming.socket.remoteAddress}` : `client ${client}`;
    const known = this.#callers.get(name);
    if (known !== undefined) return known;
    if (this.#callers.size >= this.#limits.maxHttpSessions) this.#makeRoom();
    const session = this.#engine.open(client === undefined ? {} : { client });
    const caller = { session, lastUsedMs: this.#clock.monotonicMs(), running: 0 };
    this.#callers.set(name, caller);
    this.#sweepLater();
    return caller;
  }

  /** Closes the caller that has been idle for the longest. */
  #makeRoom(): void {
    let oldest: [string, Caller] | null = null;
    for (const entry of this.#callers) {
      if (entry[1].running > 0) continue; // H2
      if (oldest === null || entry[1].lastUsedMs < oldest[1].lastUsedMs) oldest = entry;
    }
    if (oldest !== null) this.#forget(...oldest); // H1
  }

  #sweepLater(): void {
    this.#cancelSweep ??= this.#clock.setTimer(() => this.#sweep(), this.#limits.httpSessionIdleMs);
  }

  #sweep(): void {
    this.#cancelSweep = null;
    const idleSince = this.#clock.monotonicMs() - this.#limits.httpSessionIdleMs;
    for (const [name, caller] of this.#callers) {
      if (caller.running === 0 && caller.lastUsedMs <= idleSince) this.#forget(name, caller);
    }
    if (this.#callers.size > 0) this.#sweepLater();
  }

  #forget(name: string, caller: Caller): void {
    this.#callers.delete(name);
    caller.session.close("idle");
  }
}

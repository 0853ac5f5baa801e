import { makeError } from "./errors.ts";
import type { Logger } from "./options.ts";

/** What a watch missed, as the `gap` event tells it. */
export interface Gap {
  /** The prefix that is watched. */
  readonly prefix: string | null;
  /** Why, such as `slow`: the connection did not keep up. */
  readonly reason: string;
  /** The last version before the gap, where it is known. */
  readonly from: number | null;
  /** The first version after it, where it is known. */
  readonly to: number | null;
  /** How many messages were lost, where that is known. */
  readonly lost: number | null;
}

/** One try to get a lost connection back. */
export interface Reconnecting {
  /** Counts from 1; starts anew once a connection has stayed up for a while. */
  readonly attempt: number;
  /** How long this try waits before it begins, in milliseconds. */
  readonly delayMs: number;
}

/** The events of a client and what their listeners get. */
export interface ClientEvents {
  /** A WebSocket is open and greeted. Not told over HTTP, which has no connection to speak of. */
  connected: [];
  /** It is gone; the text says why. */
  disconnected: [reason: string];
  /** It is about to be opened again, because watches are open. */
  reconnecting: [attempt: Reconnecting];
  /** A watch missed something; its handlers start anew from the current values. */
  gap: [gap: Gap];
  /** Something failed that no call can report, such as a handler that threw. */
  error: [error: Error];
}

/** A listener of one event. */
export type ClientListener<E extends keyof ClientEvents> = (...args: ClientEvents[E]) => unknown;

/** Calls listeners one after the other; one that fails disturbs neither the others nor the caller. */
export class Emitter {
  readonly #listeners = new Map<keyof ClientEvents, Set<ClientListener<never>>>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  on<E extends keyof ClientEvents>(event: E, listener: ClientListener<E>): void {
    const known = this.#listeners.get(event);
    if (known === undefined) this.#listeners.set(event, new Set([listener]));
    else known.add(listener);
  }

  off<E extends keyof ClientEvents>(event: E, listener: ClientListener<E>): void {
    this.#listeners.get(event)?.delete(listener);
  }

  emit<E extends keyof ClientEvents>(event: E, ...args: ClientEvents[E]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])] as ClientListener<E>[]) {
      guard(
        () => listener(...args),
        (error) => this.#logger.error?.(`A listener of "${event}" failed.`, { error }),
      );
    }
  }

  /** Reports what no call can: to the logger and to the listeners of `error`. */
  report(message: string, thrown: unknown): void {
    const error =
      thrown instanceof Error
        ? thrown
        : makeError("INTERNAL", `${message} It threw ${String(thrown)}.`, { cause: thrown });
    this.#logger.error?.(message, { error });
    this.emit("error", error);
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** Runs a user's function; what it throws, or rejects with later, goes to `failed`. */
export function guard(run: () => unknown, failed: (thrown: unknown) => void): void {
  try {
    const result = run();
    if (isThenable(result)) result.then(undefined, failed);
  } catch (thrown) {
    failed(thrown);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}

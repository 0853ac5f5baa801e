import { makeError } from "./errors.ts";
import type { Logger } from "./options.ts";

/** What a subscription missed, as the `gap` event tells it. */
export interface Gap {
  /** What it is about: a watch on keys, a room, or pub/sub. */
  readonly kind: "watch" | "stream" | "pubsub";
  /** The prefix, if it is about a watch. */
  readonly prefix: string | null;
  /** The room, if it is about one. */
  readonly room: string | null;
  /**
   * `slow`: the connection, or the loop that reads, did not keep up. `retention`: what was asked for
   * is no longer kept. `deleted`, `recreated`: the room is not the one it was. `disconnected`: the
   * connection was lost, and messages of pub/sub are not kept.
   */
  readonly reason: string;
  /** Of a watch the last version before the gap, of a room the first offset missed; if known. */
  readonly from: number | null;
  /** Of a watch the first version after the gap, of a room the last offset missed; if known. */
  readonly to: number | null;
  /** How many messages or events were lost, where that is known. */
  readonly lost: number | null;
}

/** A gap of which only this much is known. */
export function gapOf(kind: Gap["kind"], fields: Readonly<Record<string, unknown>>): Gap {
  const { prefix, room, reason, from, to, lost } = fields;
  return {
    kind,
    prefix: prefix ?? null,
    room: room ?? null,
    reason,
    from: from ?? null,
    to: to ?? null,
    lost: lost ?? null,
  } as Gap;
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
  /** It is about to be opened again, because something is subscribed. */
  reconnecting: [attempt: Reconnecting];
  /** A subscription missed something: a watch, which starts anew, a room, or pub/sub. */
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

import { type SynapError, wireCommand } from "@hivellm/synap-protocol";
import type { CommandSpec, Fields, RequestOptions } from "../calls/call.ts";
import { gapOf, guard } from "../events.ts";
import type { PushReceiver, SubscriptionPorts } from "../push-receiver.ts";
import type { KvChange, WatchOptions } from "./types.ts";
import { Watcher, type WatchHandlers } from "./watcher.ts";

const WATCH = wireCommand("kv.watch");

/** Resolves to whether the server had followed the prefix before: then nothing more will come of it. */
const UNWATCH: CommandSpec<boolean> = {
  command: wireCommand("kv.unwatch"),
  result: (payload) => payload.success === true,
  once: true,
};

/** Reads the current values under a prefix, for a watcher that came late. */
export type ReadValues = (
  prefix: string,
  options: RequestOptions,
  each: (change: KvChange) => void,
  goesOn: () => boolean,
) => Promise<void>;

/**
 * One prefix that the server follows for us, and everyone who wants to hear of it.
 *
 * `new`     the first request is under way; the dispatcher repeats it if need be
 * `values`  the current values come, and changes among them
 * `live`    changes come; everything up to `version` has been told
 * `lost`    the connection is gone
 * `asking`  a new connection was asked to go on
 */
interface Watched {
  readonly prefix: string;
  readonly watchers: Set<Watcher>;
  phase: "new" | "values" | "live" | "lost" | "asking";
  /** Where to go on after a loss; null while the current values are not through. */
  version: number | null;
  /** Whether the first request succeeded. */
  ready: Promise<boolean>;
}

/** What watches are made of. */
export interface WatchPorts extends SubscriptionPorts {
  readonly read: ReadValues;
}

/**
 * The watches of a client. The server knows one follower per prefix, whoever listens:
 *
 * W1  a watcher hears each change once, in order, from the answer to its request on
 * W2  a watcher that comes late gets the current values without disturbing the others: were the
 *     server asked anew, it would start over, and what is deleted meanwhile would be told to nobody
 * W3  after a loss the watch goes on at `version`, or every watcher is reset first
 */
export class Watches implements PushReceiver {
  readonly #ports: WatchPorts;
  readonly #watched = new Map<string, Watched>();
  #connected = false;

  constructor(ports: WatchPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#watched.size;
  }

  /** Adds a watcher; the function that is returned takes it away. */
  async add(
    prefix: string,
    handlers: WatchHandlers,
    options: WatchOptions,
  ): Promise<() => Promise<void>> {
    this.#ports.route(); // fails here where there is no WebSocket
    const watcher = new Watcher(handlers, (run) =>
      guard(run, (thrown) =>
        this.#ports.emitter.report(`A handler of the watch on "${prefix}" failed.`, thrown),
      ),
    );
    const watched = await this.#enter(prefix, watcher, options);
    return () => this.#remove(watched, watcher);
  }

  connected(): void {
    this.#connected = true;
    for (const watched of this.#watched.values()) {
      if (watched.phase === "lost") this.#resume(watched);
    }
  }

  disconnected(): void {
    this.#connected = false;
    for (const watched of this.#watched.values()) {
      if (watched.phase !== "new") watched.phase = "lost";
    }
  }

  push(type: string, fields: Fields): void {
    const watched = this.#watched.get(fields.prefix as string);
    if (type === "gap") this.#gap(watched, fields);
    else if (watched === undefined || !isFollowed(watched))
      return; // of a watch that has ended
    else if (type === "watch") this.#change(watched, fields);
    else if (type === "synced") this.#synced(watched, fields.version as number);
  }

  clear(): void {
    for (const { watchers } of this.#watched.values()) {
      for (const watcher of watchers) watcher.end();
    }
    this.#watched.clear();
  }

  async #enter(prefix: string, watcher: Watcher, options: RequestOptions): Promise<Watched> {
    for (let known = this.#watched.get(prefix); known; known = this.#watched.get(prefix)) {
      if (!(await known.ready) || this.#watched.get(prefix) !== known) continue; // gone meanwhile
      await this.#join(known, watcher, options);
      return known;
    }
    const watched: Watched = {
      prefix,
      watchers: new Set([watcher]),
      phase: "new",
      version: null,
      ready: Promise.resolve(false),
    };
    this.#watched.set(prefix, watched);
    const asked = this.#ask(watched, options);
    watched.ready = asked.then(
      () => true,
      () => false,
    );
    try {
      await asked;
      return watched;
    } catch (error) {
      await this.#remove(watched, watcher);
      throw error;
    }
  }

  /** Reads the current values for one that came late (W2). */
  async #join(watched: Watched, watcher: Watcher, options: RequestOptions): Promise<void> {
    watched.watchers.add(watcher);
    watcher.startReading();
    try {
      await this.#ports.read(
        watched.prefix,
        { signal: options.signal, timeoutMs: options.timeoutMs },
        (change) => watcher.read(change),
        () => watcher.reading,
      );
    } catch (error) {
      await this.#remove(watched, watcher);
      throw error;
    }
    if (watcher.reading) watcher.doneReading(watched.version ?? 0);
  }

  async #remove(watched: Watched, watcher: Watcher): Promise<void> {
    watcher.end();
    if (!watched.watchers.delete(watcher) || watched.watchers.size > 0) return;
    if (this.#watched.get(watched.prefix) === watched) this.#watched.delete(watched.prefix);
    if (!this.#connected) return; // the server's side went with the connection
    const { dispatcher, route } = this.#ports;
    // If it fails, the connection is gone, and the watch with it.
    await dispatcher.start(route(), UNWATCH, { prefix: watched.prefix }).catch(() => false);
  }

  #ask(watched: Watched, options: RequestOptions, once?: true): Promise<void> {
    const { dispatcher, route } = this.#ports;
    const payload: Fields = { prefix: watched.prefix };
    if (watched.version !== null) payload.from_version = watched.version;
    const result = ({ reset }: Fields): void => this.#answered(watched, reset === true);
    const spec: CommandSpec<void> = { command: WATCH, result };
    return dispatcher.start(route(), once ? { ...spec, once } : spec, payload, {
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    });
  }

  /** Asks a new connection to go on; it is asked again after the next loss (W3). */
  #resume(watched: Watched): void {
    watched.phase = "asking";
    this.#ask(watched, { timeoutMs: Number.POSITIVE_INFINITY }, true).catch((error: SynapError) => {
      if (error.code === "CONNECTION_LOST" || this.#watched.get(watched.prefix) !== watched) return;
      this.#watched.delete(watched.prefix);
      for (const watcher of watched.watchers) watcher.end();
      this.#ports.emitter.report(`The watch on "${watched.prefix}" has ended.`, error);
    });
  }

  #answered(watched: Watched, reset: boolean): void {
    if (reset) this.#startOver(watched);
    else watched.phase = "live";
  }

  /** The current values come anew (W3). */
  #startOver(watched: Watched): void {
    watched.phase = "values";
    watched.version = null;
    for (const watcher of watched.watchers) watcher.reset();
  }

  #change(watched: Watched, fields: Fields): void {
    const change = changeOf(fields);
    if (watched.phase === "live") watched.version = change.version;
    for (const watcher of watched.watchers) watcher.change(change);
  }

  #synced(watched: Watched, version: number): void {
    watched.phase = "live";
    watched.version = version;
    for (const watcher of watched.watchers) watcher.synced(version);
  }

  #gap(watched: Watched | undefined, fields: Fields): void {
    if (watched !== undefined && isFollowed(watched)) this.#startOver(watched);
    this.#ports.emitter.emit("gap", gapOf("watch", fields));
  }
}

function isFollowed({ phase }: Watched): boolean {
  return phase === "values" || phase === "live";
}

function changeOf({ op, key, value, version, ttl }: Fields): KvChange {
  return (
    op === "put"
      ? { op, key, value: value ?? null, version, ttl: ttl ?? null }
      : { op, key, version }
  ) as KvChange;
}

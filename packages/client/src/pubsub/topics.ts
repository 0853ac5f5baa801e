import {
  MAX_PATTERNS,
  matchesPattern,
  type SynapError,
  wireCommand,
} from "@hivellm/synap-protocol";
import type { CommandSpec, Fields, RequestOptions } from "../calls/call.ts";
import { gapOf } from "../events.ts";
import type { PushReceiver, SubscriptionPorts } from "../push-receiver.ts";
import type { PubSubMessage } from "./types.ts";

const SUBSCRIBE = wireCommand("pubsub.subscribe");

const UNSUBSCRIBE: CommandSpec<void> = {
  command: wireCommand("pubsub.unsubscribe"),
  result: () => undefined,
  once: true,
};

/** Topics whose listeners are remembered. */
const MAX_REMEMBERED = 1_000;

/** Who hears of messages. */
export interface MessageTaker {
  take(message: PubSubMessage): void;
  /** Nothing comes any more: the subscription was refused after a loss, or the client is closed. */
  ended(error: SynapError | null): void;
}

/** One taker and what it listens to. */
export interface Listener {
  readonly topics: readonly string[];
  /** Empty for none. */
  readonly group: string;
  readonly taker: MessageTaker;
}

/**
 * What a client listens to. The server knows one subscriber, whoever listens:
 *
 * P1  a pattern is subscribed on the server from its first listener to its last
 * P2  a listener gets each message once, however many of its patterns match
 * P3  the server sends one copy for all listeners without a group, and one for each group in which
 *     this client is the member whose turn it is: here it is one listener's turn
 * P4  after a loss everything is subscribed anew, and then a gap is told: what came meanwhile is gone
 */
export class Topics implements PushReceiver {
  readonly #ports: SubscriptionPorts;
  /** Those whose request was answered. */
  readonly #listeners = new Set<Listener>();
  /** How many want a pattern, requests under way included, by group. */
  readonly #wanted = new Map<string, Map<string, number>>();
  /** Who listens to a topic, by group; forgotten when that changes. */
  readonly #matching = new Map<string, readonly Listener[]>();
  /** Whose turn it is, by group. */
  readonly #turns = new Map<string, number>();
  #connected = false;

  constructor(ports: SubscriptionPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#wanted.size;
  }

  /** Adds a listener, once the server sends what matches. */
  async add(listener: Listener, options: RequestOptions): Promise<void> {
    this.#ports.route(); // fails here where there is no WebSocket
    const { topics, group } = listener;
    this.#want(listener);
    try {
      await this.#ask([...topics], group, options, () => {
        this.#listeners.add(listener);
        this.#matching.clear();
      });
    } catch (error) {
      this.#unwant(listener).catch(() => undefined); // the caller need not wait for it
      throw error;
    }
  }

  /** Takes a listener away; nothing reaches its taker from here on. */
  async remove(listener: Listener): Promise<void> {
    if (!this.#listeners.delete(listener)) return;
    this.#matching.clear();
    await this.#unwant(listener);
  }

  connected(): void {
    this.#connected = true;
    this.#resume();
  }

  disconnected(): void {
    this.#connected = false;
  }

  push(type: string, fields: Fields): void {
    if (type === "gap") this.#ports.emitter.emit("gap", gapOf("pubsub", fields));
    if (type === "message") this.#message(fields);
  }

  clear(): void {
    const all = [...this.#listeners];
    this.#listeners.clear();
    this.#matching.clear();
    this.#wanted.clear();
    for (const { taker } of all) taker.ended(null);
  }

  #message(fields: Fields): void {
    const { topic, group = "" } = fields as { topic: string; group?: string };
    const listeners = this.#listenersTo(topic, group);
    if (listeners.length === 0) return; // of a subscription that has just ended
    const message = messageOf(fields);
    if (group === "") {
      for (const listener of listeners) {
        if (this.#listeners.has(listener)) listener.taker.take(message); // P2
      }
      return;
    }
    const turn = this.#turns.get(group) ?? 0;
    this.#turns.set(group, turn + 1);
    listeners[turn % listeners.length]?.taker.take(message); // P3
  }

  #listenersTo(topic: string, group: string): readonly Listener[] {
    const key = `${group}\n${topic}`; // no name has a line break
    const known = this.#matching.get(key);
    if (known !== undefined) return known;
    const found = [...this.#listeners].filter(
      (listener) =>
        listener.group === group &&
        listener.topics.some((pattern) => matchesPattern(pattern, topic)),
    );
    if (this.#matching.size >= MAX_REMEMBERED) this.#matching.clear();
    this.#matching.set(key, found);
    return found;
  }

  #want({ topics, group }: Listener): void {
    const counts = this.#wanted.get(group) ?? new Map<string, number>();
    this.#wanted.set(group, counts);
    for (const topic of topics) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  }

  /** Ends on the server what nobody wants any more (P1). */
  async #unwant({ topics, group }: Listener): Promise<void> {
    const counts = this.#wanted.get(group);
    if (counts === undefined) return; // the client is closed
    const unwanted = topics.filter((topic) => {
      const left = (counts.get(topic) ?? 0) - 1;
      if (left > 0) counts.set(topic, left);
      return left <= 0 && counts.delete(topic);
    });
    if (counts.size === 0) {
      this.#wanted.delete(group);
      this.#turns.delete(group);
    }
    if (unwanted.length === 0 || !this.#connected) return;
    const { dispatcher, route } = this.#ports;
    // If it fails, the connection is gone, and the subscription with it.
    await dispatcher.start(route(), UNSUBSCRIBE, requestOf(unwanted, group)).catch(() => undefined);
  }

  #ask(
    topics: readonly string[],
    group: string,
    options: RequestOptions,
    answered: () => void,
    once?: true,
  ): Promise<void> {
    const { dispatcher, route } = this.#ports;
    const spec: CommandSpec<void> = { command: SUBSCRIBE, result: answered };
    const { signal, timeoutMs } = options;
    return dispatcher.start(route(), once ? { ...spec, once } : spec, requestOf(topics, group), {
      signal,
      timeoutMs,
    });
  }

  /** Listens again on a new connection; after the next loss it does so again (P4). */
  #resume(): void {
    const requests = [...this.#heard()].flatMap(([group, topics]) =>
      partsOf([...topics]).map((part) => ({ group, part })),
    );
    let left = requests.length;
    const answered = (): void => {
      left--;
      if (left > 0) return;
      this.#ports.emitter.emit("gap", gapOf("pubsub", { reason: "disconnected" }));
    };
    const forEver = { timeoutMs: Number.POSITIVE_INFINITY };
    for (const { group, part } of requests) {
      this.#ask(part, group, forEver, answered, true).catch((error: SynapError) => {
        if (error.code !== "CONNECTION_LOST") this.#lose(group, part, error);
      });
    }
  }

  /** What the listeners listen to, by group. */
  #heard(): Map<string, Set<string>> {
    const heard = new Map<string, Set<string>>();
    for (const { topics, group } of this.#listeners) {
      const all = heard.get(group) ?? new Set<string>();
      heard.set(group, all);
      for (const topic of topics) all.add(topic);
    }
    return heard;
  }

  /** The server refuses what it had granted before: who needs it has come to an end. */
  #lose(group: string, refused: readonly string[], error: SynapError): void {
    for (const listener of [...this.#listeners]) {
      if (listener.group !== group) continue;
      if (!listener.topics.some((topic) => refused.includes(topic))) continue;
      this.remove(listener).catch(() => undefined);
      listener.taker.ended(error);
    }
  }
}

function requestOf(topics: readonly string[], group: string): Fields {
  return group === "" ? { topics } : { topics, group };
}

/** As many topics as one command may name. */
function partsOf(topics: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let at = 0; at < topics.length; at += MAX_PATTERNS) {
    parts.push(topics.slice(at, at + MAX_PATTERNS));
  }
  return parts;
}

function messageOf(fields: Fields): PubSubMessage {
  const { topic, message, message_id, timestamp, metadata, group } = fields;
  const result: Fields = { topic, message, messageId: message_id, timestamp };
  if (metadata !== undefined) result.metadata = metadata;
  if (group !== undefined) result.group = group;
  return result as unknown as PubSubMessage;
}

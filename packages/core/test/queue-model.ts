import type { ErrorCode, Value } from "@hivellm/synap-protocol";
import type { QueueEffect } from "../src/queue/queue-effects.ts";
import type { Request } from "./calls.ts";

/** What a command must answer: its payload, which fills as effects are heard, or its refusal. */
export type Expected = { readonly payload: object } | { readonly code: ErrorCode };

/** Someone who takes messages of one queue. */
export interface ModelTaker {
  readonly kind: "subscription" | "poll";
  readonly queue: string;
  /** Whose hands they are in; null over HTTP. */
  readonly party: string | null;
  consumer: string | null;
  ackMs: number | null;
  exclusive: boolean;
  /** A subscription's prefetch, or how many a poll takes. */
  max: number;
  /** Its deadline has lapsed, and it has not spoken since. */
  silent: boolean;
  /** When a poll ends; 0 for one that does not wait. */
  endsAt: number;
  taken: object[];
}

/** A message in the model. It waits unless it has a holder. */
export interface ModelMessage {
  id: string;
  queue: string;
  readonly value: Value;
  headers: Record<string, string>;
  readonly priority: number;
  readonly maxRetries: number;
  readonly time: number;
  order: number;
  retries: number;
  visibleAt: number;
  expires: number;
  receipt: string;
  wasDelivered: boolean;
  deadline: number;
  holder: Holder | null;
  note: { reason: string; error: string | null; failed_at: number } | null;
}

export interface Holder {
  readonly party: string | null;
  readonly subscription: ModelTaker | null;
  /** Who polled for it while its queue was exclusive. */
  readonly poller: string | null;
}

export interface ModelQueue {
  readonly name: string;
  readonly holdsDead: boolean;
  settings: ModelSettings;
  auto: boolean;
  readonly patterns: Set<string>;
  readonly dedup: Map<string, { id: string; until: number }>;
  readonly totals: Record<
    "published" | "delivered" | "acked" | "nacked" | "timed_out" | "expired" | "dead_lettered",
    number
  >;
}

export interface ModelSettings {
  maxDepth: number;
  ackMs: number;
  maxRetries: number;
  backoffMs: number;
  backoffMaxMs: number;
  dedupMs: number;
  ttlMs: number | null;
  exclusive: boolean;
}

/** An effect that a command must have, and what the model does then. */
interface Awaited {
  readonly type: QueueEffect["type"];
  readonly queue: string;
  readonly apply: (effect: QueueEffect) => void;
}

/** What the model asks the world. */
export interface World {
  now(): number;
  isWritable(party: string): boolean;
}

export const DEFAULTS: ModelSettings = {
  maxDepth: 100_000,
  ackMs: 30_000,
  maxRetries: 3,
  backoffMs: 0,
  backoffMaxMs: 3_600_000,
  dedupMs: 300_000,
  ttlMs: null,
  exclusive: false,
};

/** Names that are kept for dead letters. */
export function isDeadName(name: string): boolean {
  return name.endsWith(".dead");
}

/**
 * Queues as a reader of their documentation would write them on a whiteboard: arrays that are sorted
 * whenever somebody looks. Commands say what they must answer and which effects they must have; what
 * the engine does by itself is heard effect by effect and must be allowed.
 */
export class QueueModel {
  readonly queues = new Map<string, ModelQueue>();
  readonly messages = new Map<string, ModelMessage>();
  /** Subscriptions and polls that wait, in the order in which they came. */
  takers: ModelTaker[] = [];
  readonly awaited: Awaited[] = [];
  /** A queue was deleted in this turn: credit for what was in hand comes back at its end. */
  hasDeleted = false;
  readonly faults: string[] = [];
  readonly world: World;
  #lastOrder = 0;

  constructor(world: World) {
    this.world = world;
  }

  nextOrder(): number {
    return ++this.#lastOrder;
  }

  create(name: string, settings: ModelSettings, auto: boolean): ModelQueue {
    const holdsDead = isDeadName(name);
    const queue: ModelQueue = {
      ...{ name, holdsDead, settings, auto },
      patterns: new Set(),
      dedup: new Map(),
      totals: {
        ...{ published: 0, delivered: 0, acked: 0, nacked: 0 },
        ...{ timed_out: 0, expired: 0, dead_lettered: 0 },
      },
    };
    this.queues.set(name, queue);
    return queue;
  }

  /** The queue that an effect names: it must be there. */
  get(name: string): ModelQueue {
    const queue = this.queues.get(name);
    if (queue !== undefined) return queue;
    this.faults.push(`an effect names the queue ${name}, which is not there`);
    return this.create(name, DEFAULTS, true);
  }

  /** All messages of a queue in the order in which they leave. */
  of(name: string): ModelMessage[] {
    const flat = this.queues.get(name)?.holdsDead === true;
    return [...this.messages.values()]
      .filter(({ queue }) => queue === name)
      .sort((a, b) => (flat ? 0 : b.priority - a.priority) || a.order - b.order);
  }

  ready(name: string): ModelMessage[] {
    const now = this.world.now();
    return this.of(name).filter(({ holder, visibleAt }) => holder === null && visibleAt <= now);
  }

  inFlight(name: string): ModelMessage[] {
    return this.of(name).filter(({ holder }) => holder !== null);
  }

  /** What could be delivered now. */
  deliverable(name: string): ModelMessage[] {
    return this.ready(name).filter((message) => !this.isExpired(message));
  }

  isExpired({ expires }: ModelMessage): boolean {
    return expires !== 0 && expires <= this.world.now();
  }

  takersOf(name: string): ModelTaker[] {
    return this.takers.filter(({ queue }) => queue === name);
  }

  heldBy(subscription: ModelTaker): ModelMessage[] {
    return [...this.messages.values()].filter((m) => m.holder?.subscription === subscription);
  }

  roomOf(taker: ModelTaker): number {
    if (taker.kind === "poll") return taker.max - taker.taken.length;
    if (taker.silent || !this.world.isWritable(taker.party ?? "")) return 0;
    return taker.max - this.heldBy(taker).length;
  }

  /** Whether the rules of exclusive queues and subscriptions let it take now. */
  mayTake(taker: ModelTaker): boolean {
    const leader = this.takersOf(taker.queue).find(({ kind }) => kind === "subscription");
    const isExclusive = this.queues.get(taker.queue)?.settings.exclusive === true;
    if (!isExclusive && leader?.exclusive !== true) return !taker.exclusive;
    if (leader !== undefined && leader !== taker) return false;
    return this.inFlight(taker.queue).every(({ holder }) =>
      taker.kind === "subscription"
        ? holder?.subscription === taker
        : holder?.poller === (taker.consumer ?? ""),
    );
  }

  /** The message in hand that a receipt is good for. */
  inHand(queue: string, receipt: string): ModelMessage | undefined {
    return this.inFlight(queue).find((message) => message.receipt === receipt);
  }

  /** A subscription let a deadline lapse: it gets nothing until it speaks, and leads nobody. */
  lapse(subscription: ModelTaker): void {
    subscription.silent = true;
    const leader = this.takersOf(subscription.queue).find(({ kind }) => kind === "subscription");
    if (leader !== subscription) return;
    this.takers = [...this.takers.filter((taker) => taker !== leader), leader];
  }

  /** Drops what has ended: polls of a party, or all that hangs on it. */
  endPolls(party: string): ModelTaker[] {
    const ended = this.takers.filter((t) => t.kind === "poll" && t.party === party);
    this.takers = this.takers.filter((taker) => !ended.includes(taker));
    return ended;
  }

  endParty(party: string): void {
    this.takers = this.takers.filter((taker) => taker.party !== party);
  }

  counts(name: string) {
    const waiting = this.of(name).filter(({ holder }) => holder === null);
    const depth = this.ready(name).length;
    return {
      depth,
      in_flight: this.inFlight(name).length,
      delayed: waiting.length - depth,
      dead: this.of(`${name}.dead`).length,
      consumers: this.takersOf(name).length,
      ...this.queues.get(name)?.totals,
    };
  }

  settingsOf(request: Omit<Request<"queue.create">, "queue">): ModelSettings {
    const ms = (seconds: number | undefined, other: number): number =>
      seconds === undefined ? other : seconds * 1_000;
    return {
      maxDepth: request.max_depth ?? DEFAULTS.maxDepth,
      ackMs: ms(request.ack_deadline_secs, DEFAULTS.ackMs),
      maxRetries: request.default_max_retries ?? DEFAULTS.maxRetries,
      backoffMs: ms(request.retry_backoff_secs, DEFAULTS.backoffMs),
      backoffMaxMs: ms(request.retry_backoff_max_secs, DEFAULTS.backoffMaxMs),
      dedupMs: ms(request.dedup_window_secs, DEFAULTS.dedupMs),
      ttlMs: request.default_ttl_secs === undefined ? null : request.default_ttl_secs * 1_000,
      exclusive: request.exclusive ?? false,
    };
  }

  /** How long a message that fails now waits. */
  backoff({ settings }: ModelQueue, { retries }: ModelMessage): number {
    const wait = Math.min(settings.backoffMs * 2 ** retries, settings.backoffMaxMs);
    return wait === 0 ? 0 : this.world.now() + wait;
  }

  /** Puts a message back where it waits. */
  giveBack(message: ModelMessage, visibleAt: number): void {
    message.holder = null;
    message.visibleAt = visibleAt;
  }

  bury(message: ModelMessage, reason: string, error: string | null): void {
    const queue = this.get(message.queue);
    const name = queue.holdsDead ? queue.name : `${queue.name}.dead`;
    if (!this.queues.has(name)) {
      const settings = { ...queue.settings, maxDepth: Number.POSITIVE_INFINITY, ttlMs: null };
      this.create(name, settings, true);
    }
    queue.totals.dead_lettered++;
    message.queue = name;
    message.order = this.nextOrder();
    message.expires = 0;
    message.note = { reason, error, failed_at: this.world.now() };
    this.giveBack(message, 0);
  }

  /** Hears of an effect of the engine: one that a command awaits, or one of its own. */
  hear(effect: QueueEffect, seq: number, own: (effect: QueueEffect, seq: number) => void): void {
    const at = this.awaited.findIndex((a) => a.type === effect.type && a.queue === effect.queue);
    const [awaited] = at === -1 ? [] : this.awaited.splice(at, 1);
    if (awaited === undefined) own(effect, seq);
    else awaited.apply(effect);
  }

  check(holds: boolean, what: string): void {
    if (!holds) this.faults.push(what);
  }
}

import type { Value } from "@hivellm/synap-protocol";
import { expect } from "vitest";
import type { QueueEffect } from "../src/queue/queue-effects.ts";
import type { Request } from "./calls.ts";
import {
  DEFAULTS,
  type Expected,
  isDeadName,
  type ModelMessage,
  type ModelQueue,
  type ModelSettings,
  type ModelTaker,
  type QueueModel,
} from "./queue-model.ts";

type Publication = Omit<Request<"queue.publish">, "queue" | "message"> & { message: Value };
type Apply = (effect: QueueEffect) => void;

interface Published {
  message_id: string;
  readonly position: number;
  readonly duplicate?: boolean;
}

/** A message that a publish adds if it is heard, and the answers that name it. */
interface Planned {
  readonly message: ModelMessage;
  readonly dedupId: string | null;
  readonly answers: Published[];
}

type Refused = Extract<Expected, { readonly code: unknown }>;

interface Found {
  readonly queue: ModelQueue;
  readonly message: ModelMessage;
}

const DONE = { payload: { success: true } };

/** What commands must answer and which effects they must have, by the model alone. */
export class QueueCommands {
  readonly #model: QueueModel;

  constructor(model: QueueModel) {
    this.#model = model;
  }

  create(name: string, request: Omit<Request<"queue.create">, "queue">): Expected {
    const model = this.#model;
    if (isDeadName(name)) return { code: "INVALID_REQUEST" };
    const settings = model.settingsOf(request);
    const queue = model.queues.get(name);
    if (queue === undefined) {
      this.#await("queue.create", name, () => model.create(name, settings, false));
      return { payload: { queue: name, created: true } };
    }
    const same = JSON.stringify(queue.settings) === JSON.stringify(settings);
    if (!same && !queue.auto) return { code: "ALREADY_EXISTS" };
    if (queue.auto) {
      this.#await("queue.configure", name, () => Object.assign(queue, { settings, auto: false }));
    }
    return { payload: { queue: name, created: false } };
  }

  delete(name: string): Expected {
    const dead = this.#model.queues.get(`${name}.dead`);
    if (!this.#model.queues.has(name)) return { code: "QUEUE_NOT_FOUND" };
    for (const gone of dead?.holdsDead === true ? [name, dead.name] : [name]) {
      this.#await("queue.delete", gone, () => {
        for (const { id } of this.#model.of(gone)) this.#model.messages.delete(id);
        this.#model.queues.delete(gone);
        this.#model.hasDeleted = true;
      });
    }
    return DONE;
  }

  publish(name: string, publications: readonly Publication[]) {
    const queue = this.#model.queues.get(name);
    const settings = queue?.settings ?? DEFAULTS;
    const now = this.#model.world.now();
    const planned: Planned[] = [];
    const answers = publications.map((publication): Published => {
      const dedupId = publication.dedup_id ?? null;
      const position = this.#position(name, publication.priority ?? 5, planned);
      const entry = dedupId === null ? undefined : queue?.dedup.get(dedupId);
      if (entry !== undefined && entry.until > now) {
        return { message_id: entry.id, position, duplicate: true };
      }
      const twin = planned.find((other) => dedupId !== null && other.dedupId === dedupId);
      const answer = { message_id: "", position, ...(twin && { duplicate: true }) };
      if (twin !== undefined) twin.answers.push(answer);
      else {
        const message = newMessage(name, publication, settings, now);
        planned.push({ message, dedupId, answers: [answer] });
      }
      return answer;
    });
    if (isDeadName(name)) return { code: "INVALID_REQUEST" as const, answers };
    if (this.#model.of(name).length + planned.length > settings.maxDepth && planned.length > 0) {
      return { code: "QUEUE_FULL" as const, answers };
    }
    if (planned.length > 0) {
      this.ensure(name);
      this.#await("queue.publish", name, (effect) => this.#publish(effect, name, planned));
    }
    return { code: null, answers };
  }

  /** A message of pub/sub: every bound queue gets it, or none. */
  publishTopic(topic: string, message: Value): Expected {
    const bound = [...this.#model.queues.values()].filter(({ patterns }) =>
      [...patterns].some((pattern) => pattern === "#" || pattern === topic),
    );
    const headers = { "synap-topic": topic };
    for (const { name } of bound) {
      const { code } = this.publish(name, [{ message, headers }]);
      if (code === null) continue;
      this.#model.awaited.splice(0);
      return { code };
    }
    const message_id = expect.any(String);
    return { payload: { message_id, topic, subscribers_matched: bound.length } };
  }

  /** What a consume of an unknown queue does first. */
  ensure(name: string): void {
    if (this.#model.queues.has(name)) return;
    this.#await("queue.create", name, () => this.#model.create(name, DEFAULTS, true));
  }

  ack(name: string, receipts: readonly string[]): Expected & { acked: string[] } {
    if (!this.#model.queues.has(name)) return { code: "QUEUE_NOT_FOUND", acked: [] };
    const good = new Map<string, ModelMessage>();
    const missing: string[] = [];
    for (const receipt of receipts) {
      const message = this.#model.inHand(name, receipt);
      if (message === undefined || good.has(message.id)) missing.push(receipt);
      else good.set(message.id, message);
    }
    if (good.size > 0) {
      this.#await("queue.ack", name, () => {
        for (const id of good.keys()) this.#model.messages.delete(id);
        this.#model.get(name).totals.acked += good.size;
      });
    }
    return { payload: { acked: good.size, missing }, acked: [...good.keys()] };
  }

  nack(name: string, request: Omit<Request<"queue.nack">, "queue">): Expected {
    const found = this.#held(name, request.message_id);
    if ("code" in found) return found;
    const { queue, message } = found;
    const { requeue = true, delay, error = null } = request;
    const isLast = message.retries >= message.maxRetries && !queue.holdsDead;
    if (requeue && !isLast) {
      const now = this.#model.world.now();
      const own = delay === 0 ? 0 : now + (delay ?? 0) * 1_000;
      const visibleAt = delay === undefined ? this.#model.backoff(queue, message) : own;
      this.#await("queue.return", name, (effect) => {
        const told = "visibleAt" in effect ? effect.visibleAt : -1;
        this.#model.check(told === visibleAt, `visible at ${told}, not ${visibleAt}`);
        message.retries++;
        queue.totals.nacked++;
        this.#model.giveBack(message, visibleAt);
      });
      return { payload: { success: true, action: "requeued" } };
    }
    this.#await("queue.bury", name, () => {
      message.retries++;
      queue.totals.nacked++;
      this.#model.bury(message, requeue ? "max_retries" : "rejected", error);
    });
    return { payload: { success: true, action: "dead_lettered" } };
  }

  release(name: string, receipt: string): Expected {
    const found = this.#held(name, receipt);
    if ("code" in found) return found;
    this.#await("queue.return", name, () => this.#model.giveBack(found.message, 0));
    return DONE;
  }

  extend(name: string, receipt: string, seconds: number | undefined): Expected {
    const found = this.#held(name, receipt);
    if ("code" in found) return found;
    const ms = seconds === undefined ? found.queue.settings.ackMs : seconds * 1_000;
    const deadline = this.#model.world.now() + ms;
    this.#await("queue.extend", name, () => Object.assign(found.message, { deadline }));
    return { payload: { success: true, deadline } };
  }

  purge(name: string): Expected {
    const waiting = this.#model.of(name).filter(({ holder }) => holder === null);
    if (!this.#model.queues.has(name)) return { code: "QUEUE_NOT_FOUND" };
    if (waiting.length > 0) {
      this.#await("queue.purge", name, () => {
        for (const { id } of waiting) this.#model.messages.delete(id);
      });
    }
    return { payload: { purged: waiting.length } };
  }

  bind(name: string, pattern: string, binds: boolean): Expected {
    if (binds && isDeadName(name)) return { code: "INVALID_REQUEST" };
    if (binds) this.ensure(name);
    const has = this.#model.queues.get(name)?.patterns.has(pattern) === true;
    if (!binds && !this.#model.queues.has(name)) return { code: "QUEUE_NOT_FOUND" };
    if (has === binds) return { payload: { success: false } };
    this.#await(binds ? "queue.bind" : "queue.unbind", name, () => {
      const { patterns } = this.#model.get(name);
      if (binds) patterns.add(pattern);
      else patterns.delete(pattern);
    });
    return { payload: { success: true } };
  }

  redrive(name: string, limit: number): Expected {
    const dead = `${name}.dead`;
    const queue = this.#model.queues.get(name);
    if (queue === undefined) return { code: "QUEUE_NOT_FOUND" };
    const room = queue.settings.maxDepth - this.#model.of(name).length;
    const chosen = this.#model.ready(dead).slice(0, room > 0 ? Math.min(room, limit) : limit);
    const remaining = this.#model.of(dead).length - chosen.length;
    if (chosen.length === 0) return { payload: { redriven: 0, remaining } };
    if (room <= 0) return { code: "QUEUE_FULL" };
    this.#await("queue.redrive", name, () => {
      for (const message of chosen) {
        Object.assign(message, { queue: name, retries: 0, note: null, visibleAt: 0 });
        message.order = this.#model.nextOrder();
      }
    });
    return { payload: { redriven: chosen.length, remaining } };
  }

  deadList(name: string): Expected {
    const dead = `${name}.dead`;
    const known = this.#model.queues.has(dead) || this.#model.queues.has(name);
    if (!known) return { code: "QUEUE_NOT_FOUND" };
    const items = this.#model.ready(dead).map((message) => ({
      id: message.id,
      message: message.value,
      priority: message.priority,
      retry_count: message.retries,
      max_retries: message.maxRetries,
      headers: message.headers,
      timestamp: message.time,
      ...(message.note ?? { reason: "rejected", error: null, failed_at: message.time }),
    }));
    return { payload: { items, cursor: null, has_more: false } };
  }

  /** The party is alive: its subscription to this queue, or all of them, may go on. */
  spoke(party: string | null, queue: string | null): void {
    const isTheirs = (taker: ModelTaker): boolean =>
      taker.party === party && (queue === null || taker.queue === queue);
    for (const taker of this.#model.takers.filter(isTheirs)) taker.silent = false;
  }

  #held(name: string, receipt: string): Refused | Found {
    const queue = this.#model.queues.get(name);
    if (queue === undefined) return { code: "QUEUE_NOT_FOUND" };
    const message = this.#model.inHand(name, receipt);
    return message === undefined ? { code: "MESSAGE_NOT_FOUND" } : { queue, message };
  }

  #position(name: string, priority: number, planned: readonly Planned[]): number {
    const flat = this.#model.queues.get(name)?.holdsDead === true;
    const now = this.#model.world.now();
    const before = planned.map(({ message }) => message).filter((m) => m.visibleAt <= now);
    return [...this.#model.ready(name), ...before].filter((m) => flat || m.priority >= priority)
      .length;
  }

  #publish(effect: QueueEffect, name: string, planned: readonly Planned[]): void {
    if (effect.type !== "queue.publish") return;
    const model = this.#model;
    const queue = model.get(name);
    model.check(effect.messages.length === planned.length, "as many as were asked for");
    for (const [i, { message, dedupId, answers }] of planned.entries()) {
      message.id = String(effect.firstId + i);
      message.order = model.nextOrder();
      // Of a message of pub/sub the model does not know the id: that one was given out before.
      const { "synap-message-id": topicsId = null, ...headers } = effect.messages[i]?.headers ?? {};
      model.check(JSON.stringify(headers) === JSON.stringify(message.headers), "as was asked for");
      if (topicsId !== null) {
        model.check(Number(topicsId) < effect.firstId, "the message of pub/sub came first");
        message.headers = { ...headers, "synap-message-id": topicsId };
      }
      model.check(!model.messages.has(message.id), `the id ${message.id} is given out once`);
      model.messages.set(message.id, message);
      for (const answer of answers) answer.message_id = message.id;
      if (dedupId === null) continue;
      queue.dedup.set(dedupId, { id: message.id, until: message.time + queue.settings.dedupMs });
    }
    queue.totals.published += planned.length;
  }

  #await(type: QueueEffect["type"], queue: string, apply: Apply): void {
    this.#model.awaited.push({ type, queue, apply });
  }
}

function newMessage(
  queue: string,
  publication: Publication,
  settings: ModelSettings,
  now: number,
): ModelMessage {
  const { message, headers, priority, delay = 0, max_retries, ttl } = publication;
  const ttlMs = ttl === undefined ? settings.ttlMs : ttl * 1_000;
  return {
    ...{ id: "", queue, value: message, priority: priority ?? 5 },
    headers: (headers as Record<string, string> | undefined) ?? {},
    ...{ maxRetries: max_retries ?? settings.maxRetries, time: now, order: 0, retries: 0 },
    visibleAt: delay === 0 ? 0 : now + delay * 1_000,
    expires: ttlMs === null ? 0 : now + ttlMs,
    ...{ receipt: "", wasDelivered: false, deadline: 0, holder: null, note: null },
  };
}

import type { QueueEffect } from "../src/queue/queue-effects.ts";
import type { Holder, ModelMessage, ModelTaker, QueueModel } from "./queue-model.ts";

type Effect<Type extends QueueEffect["type"]> = Extract<QueueEffect, { type: Type }>;

/**
 * What the engine may do by itself: deliver, let deadlines lapse, remove what has expired, return
 * what ended parties held. Each is checked against the rules that the documentation states.
 */
export class QueueRules {
  readonly #model: QueueModel;
  /** Whether the party has ended: what it holds must come back. */
  readonly #hasEnded: (party: string) => boolean;
  /** The poll that is being run: it may take before it waits. */
  polling: ModelTaker | null = null;
  /** A turn may be too short to serve all who wait before one who comes. */
  keepsTurns = true;

  constructor(model: QueueModel, hasEnded: (party: string) => boolean) {
    this.#model = model;
    this.#hasEnded = hasEnded;
  }

  hear(effect: QueueEffect, seq: number): void {
    switch (effect.type) {
      case "queue.deliver":
        this.#deliver(effect, seq);
        return;
      case "queue.expire":
        for (const id of effect.ids) this.#expire(effect.queue, this.#message(id));
        return;
      case "queue.return":
        for (const id of effect.ids) this.#return(effect, this.#message(id));
        return;
      case "queue.bury":
        for (const id of effect.ids) this.#bury(effect, this.#message(id));
        return;
      default:
        this.#fault(`${effect.type} of ${effect.queue} was nobody's command`);
    }
  }

  /** What must not be left when everything has settled. */
  settled(): void {
    const model = this.#model;
    const now = model.world.now();
    for (const message of model.messages.values()) {
      const { holder, deadline, id } = message;
      if (holder === null) this.#check(!model.isExpired(message), `${id} has expired and is there`);
      else {
        this.#check(deadline > now, `${id} is in hand though its deadline has passed`);
        const ended = holder.party !== null && this.#hasEnded(holder.party);
        this.#check(!ended, `${id} is in the hands of one who has ended`);
      }
    }
    for (const taker of model.takers) {
      const waits = model.roomOf(taker) > 0 && model.mayTake(taker);
      const idle = waits && model.deliverable(taker.queue).length > 0;
      this.#check(!idle, `${wordsOf(taker)} waits though there is a message`);
    }
  }

  #deliver(effect: Effect<"queue.deliver">, seq: number): void {
    const model = this.#model;
    const now = model.world.now();
    const taker = this.#takerOf(effect);
    if (taker === undefined) return this.#fault(`nobody waits for ${JSON.stringify(effect)}`);
    const messages = effect.ids.map((id) => this.#message(id));
    this.#checkOrder(effect, messages);
    this.#checkTaker(taker, messages.length);
    const queue = model.get(effect.queue);
    const deadline = now + (taker.ackMs ?? queue.settings.ackMs);
    this.#check(effect.deadline === deadline, `deadline ${effect.deadline}, not ${deadline}`);
    const polls = taker.kind === "poll" && queue.settings.exclusive;
    const holder: Holder = {
      party: taker.party,
      subscription: taker.kind === "subscription" ? taker : null,
      poller: polls ? (taker.consumer ?? "") : null,
    };
    for (const message of messages) {
      message.receipt = message.wasDelivered ? `${message.id}~${seq}` : message.id;
      Object.assign(message, { wasDelivered: true, deadline, holder });
      taker.taken.push(deliveryOf(message));
    }
    queue.totals.delivered += messages.length;
    if (taker.kind === "poll") model.takers = model.takers.filter((other) => other !== taker);
  }

  /** The next ones in order, but for those whose delay ends in this very millisecond. */
  #checkOrder(effect: Effect<"queue.deliver">, messages: readonly ModelMessage[]): void {
    const now = this.#model.world.now();
    const next = this.#model.deliverable(effect.queue);
    for (const message of messages) {
      const at = next.indexOf(message);
      if (at === -1) return this.#fault(`${message.id} was delivered and is not ready`);
      const passedOver = next.splice(0, at + 1).slice(0, -1);
      const late = passedOver.filter(({ visibleAt }) => visibleAt !== now);
      this.#check(late.length === 0, `${message.id} was delivered before ${late[0]?.id}`);
    }
  }

  #checkTaker(taker: ModelTaker, count: number): void {
    const model = this.#model;
    const who = wordsOf(taker);
    this.#check(model.roomOf(taker) >= count, `D1, D2: ${who} has no room for ${count}`);
    this.#check(model.mayTake(taker), `${who} may not take: another one is active`);
    if (taker.kind === "subscription") return;
    const waiting = model.takersOf(taker.queue);
    const before =
      taker === this.polling
        ? waiting
        : waiting.slice(0, waiting.indexOf(taker)).filter(({ kind }) => kind === "poll");
    const now = model.world.now();
    const able = before.filter(
      (other) => model.roomOf(other) > 0 && model.mayTake(other) && other.endsAt !== now,
    );
    const mayOvertake = !this.keepsTurns || model.hasDeleted;
    this.#check(able.length === 0 || mayOvertake, `T4: ${who} overtook another`);
  }

  #takerOf({ queue, session, consumer }: Effect<"queue.deliver">): ModelTaker | undefined {
    const { polling } = this;
    const isTheirs = (taker: ModelTaker): boolean =>
      taker.queue === queue && taker.party === session && taker.consumer === consumer;
    const waiting = this.#model.takers.find(isTheirs);
    if (waiting !== undefined) return waiting;
    return polling !== null && isTheirs(polling) && polling.taken.length === 0
      ? polling
      : undefined;
  }

  #expire(queue: string, message: ModelMessage): void {
    const model = this.#model;
    this.#check(message.queue === queue, `${message.id} is not in ${queue}`);
    this.#check(message.holder === null, `${message.id} expired in somebody's hands`);
    this.#check(model.isExpired(message), `${message.id} expired before its time`);
    model.messages.delete(message.id);
    model.get(queue).totals.expired++;
  }

  #return(effect: Effect<"queue.return">, message: ModelMessage): void {
    const model = this.#model;
    if (effect.cause === "released") {
      const party = message.holder?.party ?? null;
      const ended = party !== null && this.#hasEnded(party);
      this.#check(ended, `${message.id} came back from one who is there`);
      model.giveBack(message, effect.visibleAt);
      return;
    }
    const queue = this.#lapse(message);
    const isLast = message.retries >= message.maxRetries && !queue.holdsDead;
    this.#check(!isLast, `${message.id} came back after its last retry`);
    const visibleAt = model.backoff(queue, message);
    this.#check(effect.visibleAt === visibleAt, `visible at ${effect.visibleAt}, not ${visibleAt}`);
    message.retries++;
    model.giveBack(message, visibleAt);
  }

  #bury(effect: Effect<"queue.bury">, message: ModelMessage): void {
    const { reason, error, cause, timeMs } = effect;
    const queue = this.#lapse(message);
    const isLast = message.retries >= message.maxRetries && !queue.holdsDead;
    this.#check(isLast, `${message.id} has retries left`);
    const why = reason === "deadline" && cause === "deadline" && error === null;
    this.#check(why && timeMs === this.#model.world.now(), `${reason} (${String(error)})`);
    message.retries++;
    this.#model.bury(message, "deadline", null);
  }

  /** Its deadline has passed: whoever subscribed gets nothing until it has spoken. */
  #lapse(message: ModelMessage) {
    const queue = this.#model.get(message.queue);
    const { holder, deadline, id } = message;
    this.#check(holder !== null, `Q4: ${id} lapsed in nobody's hands`);
    this.#check(deadline <= this.#model.world.now(), `${id} lapsed before its deadline`);
    if (holder !== null && holder.subscription !== null) this.#model.lapse(holder.subscription);
    queue.totals.timed_out++;
    return queue;
  }

  #message(id: number): ModelMessage {
    const message = this.#model.messages.get(String(id));
    if (message !== undefined) return message;
    throw new TypeError(`Q1: an effect names the message ${id}, which is gone.`);
  }

  #check(holds: boolean, what: string): void {
    this.#model.check(holds, what);
  }

  #fault(what: string): void {
    this.#model.check(false, what);
  }
}

function wordsOf({ kind, queue, party, consumer }: ModelTaker): string {
  return `${kind} of ${queue} by ${consumer} at ${party}`;
}

/** A delivery as its consumer gets it. */
function deliveryOf(message: ModelMessage): object {
  return {
    id: message.id,
    message_id: message.receipt,
    message: message.value,
    priority: message.priority,
    retry_count: message.retries,
    max_retries: message.maxRetries,
    headers: message.headers,
    timestamp: message.time,
    deadline: message.deadline,
  };
}

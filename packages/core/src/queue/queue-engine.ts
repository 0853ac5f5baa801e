import { SynapError, TAG_BYTES, type TaggedValue } from "@hivellm/synap-protocol";
import type { AnswerOf, CommandName, RequestOf } from "@hivellm/synap-protocol/schema";
import type { Decided, DecisionContext, Handlers, Outcome } from "../commands.ts";
import { pageOfNames } from "../pages.ts";
import type { PartPorts } from "../part.ts";
import { needsSession } from "../refusals.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { DueMessages } from "./due-messages.ts";
import type { Publisher } from "./publisher.ts";
import { bindingBytes, deadQueueOf, emptyQueueBytes, isDeadQueue, type Queue } from "./queue.ts";
import type { QueueDesk } from "./queue-desk.ts";
import type { QueueEffect, ReturnCause } from "./queue-effects.ts";
import { backoffMs, differingSettings, millis, settingsOf } from "./queue-settings.ts";
import type { QueueState } from "./queue-state.ts";
import { queueCounts, queueStats } from "./queue-stats.ts";
import { readReceipt } from "./receipt.ts";
import {
  cannotWait,
  holdsDeadLetters,
  messageNotFound,
  needsMessage,
  otherSettings,
  queueNotFound,
} from "./refusals.ts";
import { Poll } from "./takers.ts";

type Answered<Name extends CommandName> = Decided<AnswerOf<Name>> | SynapError;

const UNCHANGED: readonly QueueEffect[] = [];
const DEFAULT_PREFETCH = 1;

/** Decides queue commands. Deliveries are the desk's: it knows who waits. */
export class QueueEngine implements Handlers<"queue"> {
  readonly #state: QueueState;
  readonly #desk: QueueDesk;
  readonly #due: DueMessages;
  readonly #ports: PartPorts;
  readonly #publisher: Publisher;
  readonly #dead: DeadLetters;

  constructor(parts: {
    state: QueueState;
    desk: QueueDesk;
    ports: PartPorts;
    due: DueMessages;
    publisher: Publisher;
  }) {
    this.#state = parts.state;
    this.#desk = parts.desk;
    this.#due = parts.due;
    this.#ports = parts.ports;
    this.#publisher = parts.publisher;
    this.#dead = new DeadLetters(parts.state, parts.ports);
  }

  create(request: RequestOf<"queue.create">): Answered<"queue.create"> {
    const { queue: name } = request;
    if (isDeadQueue(name)) return holdsDeadLetters(name);
    const settings = settingsOf(request, this.#ports.limits);
    const queue = this.#state.find(name);
    if (queue === undefined) {
      const refusal = this.#publisher.checkMemory(emptyQueueBytes(name));
      if (refusal !== null) return refusal;
      const effect = { type: "queue.create", queue: name, settings, auto: false } as const;
      return { payload: { queue: name, created: true }, effects: [effect] };
    }
    const differing = differingSettings(queue.settings, settings);
    if (differing.length > 0 && !queue.auto) return otherSettings(name, differing);
    const effect = { type: "queue.configure", queue: name, settings } as const;
    return {
      payload: { queue: name, created: false },
      effects: queue.auto ? [effect] : UNCHANGED,
    };
  }

  delete({ queue }: RequestOf<"queue.delete">): Answered<"queue.delete"> {
    if (this.#state.find(queue) === undefined) return queueNotFound(queue);
    const effects: QueueEffect[] = [{ type: "queue.delete", queue }];
    const dead = this.#state.find(deadQueueOf(queue));
    if (dead !== undefined) effects.push({ type: "queue.delete", queue: dead.name });
    return { payload: DONE, effects };
  }

  list(request: RequestOf<"queue.list">): Answered<"queue.list"> {
    const payload = pageOfNames(this.#state.names, request, {
      command: "queue.list",
      maxPageBytes: this.#ports.limits.maxPageBytes,
      item: (serial, name) => ({
        name,
        ...queueCounts(this.#state, this.#desk, this.#state.queueAt(serial)),
      }),
    });
    return payload instanceof SynapError ? payload : { payload, effects: UNCHANGED };
  }

  stats({ queue: name }: RequestOf<"queue.stats">, context: DecisionContext) {
    const queue = this.#state.find(name);
    if (queue === undefined) return queueNotFound(name);
    const payload = queueStats(this.#state, this.#desk, queue, context.nowMs);
    return { payload, effects: UNCHANGED };
  }

  purge({ queue: name }: RequestOf<"queue.purge">): Answered<"queue.purge"> {
    const queue = this.#state.find(name);
    if (queue === undefined) return queueNotFound(name);
    const purged = queue.ready.size + queue.delayed.size;
    const effects = purged === 0 ? UNCHANGED : [{ type: "queue.purge", queue: name } as const];
    return { payload: { purged }, effects };
  }

  publish(request: RequestOf<"queue.publish">, context: DecisionContext) {
    const { payload: bytes } = request;
    const message = bytes === undefined ? request.message : bytesValue(bytes);
    if (message === undefined) {
      return needsMessage("message");
    }
    const publication = bytes === undefined ? request : { ...request, message };
    const outcome = this.#publisher.publish(request.queue, publication, context);
    if (outcome instanceof SynapError) return outcome;
    return { payload: outcome.answer, effects: outcome.effects };
  }

  publish_many(
    { queue, messages }: RequestOf<"queue.publish_many">,
    context: DecisionContext,
  ): Answered<"queue.publish_many"> {
    const missing = messages.findIndex(({ message }) => message === undefined);
    if (missing !== -1) {
      return needsMessage(`messages[${missing}].message`);
    }
    const outcome = this.#publisher.publishMany(queue, messages, context);
    if (outcome instanceof SynapError) return outcome;
    return { payload: { messages: outcome.answers }, effects: outcome.effects };
  }

  consume(
    request: RequestOf<"queue.consume">,
    context: DecisionContext,
  ): Outcome<AnswerOf<"queue.consume">> {
    const { queue: name, timeout = 0, max_messages: max = 1, consumer_id, ack_deadline } = request;
    const poll = new Poll({
      queue: name,
      peer: context.peer,
      consumer: consumer_id ?? null,
      ackDeadlineMs: millis(ack_deadline) ?? null,
      max,
    });
    if (timeout > 0 && !context.mayWait) return cannotWait();
    const queue = this.#ensured(name);
    if (queue instanceof SynapError) return queue;
    this.#due.work();
    const messages = this.#desk.takeNow(poll, queue, context.nowMs);
    if (messages.length > 0 || timeout === 0) {
      return { payload: { messages }, effects: UNCHANGED };
    }
    return { wait: (settle) => this.#wait(poll, timeout, settle) };
  }

  ack(request: RequestOf<"queue.ack">, { peer }: DecisionContext): Answered<"queue.ack"> {
    const { queue: name, message_id } = request;
    const queue = this.#state.find(name);
    if (queue === undefined) return queueNotFound(name);
    this.#desk.spoke(peer, name);
    const handle = this.#inHand(queue, message_id);
    if (handle === NONE) return messageNotFound(name, message_id);
    const ids = [this.#state.table.id.get(handle)];
    return { payload: DONE, effects: [{ type: "queue.ack", queue: queue.name, ids }] };
  }

  ack_many(
    { queue: name, message_ids }: RequestOf<"queue.ack_many">,
    { peer }: DecisionContext,
  ): Answered<"queue.ack_many"> {
    const queue = this.#state.find(name);
    if (queue === undefined) return queueNotFound(name);
    this.#desk.spoke(peer, name);
    const ids = new Set<number>();
    const missing: string[] = [];
    for (const text of message_ids) {
      const handle = this.#inHand(queue, text);
      const id = handle === NONE ? 0 : this.#state.table.id.get(handle);
      if (id === 0 || ids.has(id)) missing.push(text);
      else ids.add(id);
    }
    const effect = { type: "queue.ack", queue: name, ids: [...ids] } as const;
    return {
      payload: { acked: ids.size, missing },
      effects: ids.size === 0 ? UNCHANGED : [effect],
    };
  }

  nack(request: RequestOf<"queue.nack">, context: DecisionContext): Answered<"queue.nack"> {
    const { queue: name, message_id, requeue = true, delay, error } = request;
    const queue = this.#state.find(name);
    if (queue === undefined) return queueNotFound(name);
    this.#desk.spoke(context.peer, name);
    const handle = this.#inHand(queue, message_id);
    if (handle === NONE) return messageNotFound(name, message_id);
    const { table } = this.#state;
    const { nowMs, seq } = context;
    const ids = [table.id.get(handle)];
    const retries = table.retries.get(handle);
    const failed = retries >= table.maxRetries.get(handle);
    if (!requeue || (failed && !queue.holdsDead)) {
      const reason = requeue ? ("max_retries" as const) : ("rejected" as const);
      const about = { cause: "nack", reason, error: error ?? null } as const;
      return {
        payload: { success: true, action: "dead_lettered" },
        effects: [
          { type: "queue.bury", queue: name, ids, ...about, timeMs: nowMs, firstOrder: seq },
        ],
      };
    }
    const waitMs = millis(delay) ?? backoffMs(queue.settings, retries);
    return {
      payload: { success: true, action: "requeued" },
      effects: [returned(name, ids, "nack", waitMs === 0 ? 0 : nowMs + waitMs)],
    };
  }

  release(
    { queue: name, message_id }: RequestOf<"queue.release">,
    { peer }: DecisionContext,
  ): Answered<"queue.release"> {
    const queue = this.#state.find(name);
    if (queue === undefined) return queueNotFound(name);
    this.#desk.spoke(peer, name);
    const handle = this.#inHand(queue, message_id);
    if (handle === NONE) return messageNotFound(name, message_id);
    const ids = [this.#state.table.id.get(handle)];
    return { payload: DONE, effects: [returned(name, ids, "released", 0)] };
  }

  extend(request: RequestOf<"queue.extend">, context: DecisionContext): Answered<"queue.extend"> {
    const { queue: name, message_id, ack_deadline } = request;
    const queue = this.#state.find(name);
    if (queue === undefined) return queueNotFound(name);
    const handle = this.#inHand(queue, message_id);
    if (handle === NONE) return messageNotFound(name, message_id);
    const deadline = context.nowMs + (millis(ack_deadline) ?? queue.settings.ackDeadlineMs);
    const id = this.#state.table.id.get(handle);
    return {
      payload: { success: true, deadline },
      effects: [{ type: "queue.extend", queue: name, id, deadline }],
    };
  }

  subscribe(
    request: RequestOf<"queue.subscribe">,
    { peer }: DecisionContext,
  ): Answered<"queue.subscribe"> {
    if (peer === null) return needsSession("command");
    const { queue: name } = request;
    const queue = this.#ensured(name);
    if (queue instanceof SynapError) return queue;
    const refusal = this.#desk.subscribe(peer, {
      queue: name,
      consumer: request.consumer_id ?? null,
      prefetch: request.prefetch ?? DEFAULT_PREFETCH,
      ackDeadlineMs: millis(request.ack_deadline) ?? null,
      exclusive: request.exclusive ?? false,
    });
    return refusal ?? { payload: { queue: name }, effects: UNCHANGED };
  }

  unsubscribe(
    { queue }: RequestOf<"queue.unsubscribe">,
    { peer }: DecisionContext,
  ): Answered<"queue.unsubscribe"> {
    if (peer === null) return needsSession("command");
    return { payload: { success: this.#desk.unsubscribe(peer, queue) }, effects: UNCHANGED };
  }

  bind({ queue: name, pattern }: RequestOf<"queue.bind">): Answered<"queue.bind"> {
    if (isDeadQueue(name)) return holdsDeadLetters(name);
    const created = this.#publisher.creationOf(name);
    if (created instanceof SynapError) return created;
    const success = this.#state.find(name)?.patterns.has(pattern) !== true;
    const refusal = success ? this.#publisher.checkMemory(bindingBytes(pattern)) : null;
    if (refusal !== null) return refusal;
    const effect = { type: "queue.bind", queue: name, pattern } as const;
    return { payload: { success }, effects: success ? [...created, effect] : UNCHANGED };
  }

  unbind({ queue: name, pattern }: RequestOf<"queue.unbind">): Answered<"queue.unbind"> {
    const queue = this.#state.find(name);
    if (queue === undefined) return queueNotFound(name);
    const success = queue.patterns.has(pattern);
    const effect = { type: "queue.unbind", queue: name, pattern } as const;
    return { payload: { success }, effects: success ? [effect] : UNCHANGED };
  }

  bindings(request: RequestOf<"queue.bindings">): Answered<"queue.bindings"> {
    const queue = this.#state.find(request.queue);
    if (queue === undefined) return queueNotFound(request.queue);
    const { ordered } = queue.patterns;
    const payload = pageOfNames(ordered, request, {
      command: "queue.bindings",
      maxPageBytes: this.#ports.limits.maxPageBytes,
      item: (_, pattern) => ({ pattern }),
    });
    return payload instanceof SynapError ? payload : { payload, effects: UNCHANGED };
  }

  peek(request: RequestOf<"queue.peek">, context: DecisionContext): Answered<"queue.peek"> {
    const queue = this.#state.find(request.queue);
    if (queue === undefined) return queueNotFound(request.queue);
    return { payload: this.#dead.peek(queue, request, context.nowMs), effects: UNCHANGED };
  }

  "dead.list"(request: RequestOf<"queue.dead.list">): Answered<"queue.dead.list"> {
    return this.#dead.list(request);
  }

  "dead.redrive"(
    request: RequestOf<"queue.dead.redrive">,
    context: DecisionContext,
  ): Answered<"queue.dead.redrive"> {
    return this.#dead.redrive(request, context);
  }

  "dead.purge"(request: RequestOf<"queue.dead.purge">): Answered<"queue.dead.purge"> {
    return this.#dead.purge(request);
  }

  /** The queue, created now if it may be. */
  #ensured(name: string): Queue | SynapError {
    const known = this.#state.find(name);
    if (known !== undefined) return known;
    const created = this.#publisher.creationOf(name);
    if (created instanceof SynapError) return created;
    this.#ports.commit(created);
    return this.#state.find(name) as Queue;
  }

  #wait(
    poll: Poll,
    timeoutSecs: number,
    settle: (answer: AnswerOf<"queue.consume">) => void,
  ): () => void {
    const end = this.#desk.wait(poll, () => {
      cancelTimer();
      settle({ messages: poll.taken });
    });
    const cancelTimer = this.#ports.clock.setTimer(() => {
      end();
      settle({ messages: [] });
    }, timeoutSecs * 1000);
    return () => {
      cancelTimer();
      end();
    };
  }

  #inHand(queue: Queue, receipt: string): Handle {
    const read = readReceipt(receipt);
    return read === null ? NONE : this.#state.findInHand(queue, read.id, read.delivery);
  }
}

const DONE = { success: true };

function returned(
  queue: string,
  ids: readonly number[],
  cause: ReturnCause,
  visibleAt: number,
): QueueEffect {
  return { type: "queue.return", queue, ids, cause, visibleAt };
}

function bytesValue(bytes: readonly number[]): TaggedValue {
  const value = new Uint8Array(bytes.length + 1);
  value[0] = TAG_BYTES;
  value.set(bytes, 1);
  return value;
}

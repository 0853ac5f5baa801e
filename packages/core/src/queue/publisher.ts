import { SynapError, type TaggedValue } from "@hivellm/synap-protocol";
import type { AnswerOf, RequestOf } from "@hivellm/synap-protocol/schema";
import type { DecisionContext } from "../commands.ts";
import type { PartPorts } from "../part.ts";
import { outOfMemory, tooLarge } from "../refusals.ts";
import { messageBytes } from "./message-table.ts";
import { emptyQueueBytes } from "./queue.ts";
import type { NewMessage, QueueEffect, QueueSettings, Texts } from "./queue-effects.ts";
import { millis, settingsOf } from "./queue-settings.ts";
import type { QueueState } from "./queue-state.ts";
import { PRIORITIES } from "./ready-messages.ts";
import { writeId } from "./receipt.ts";
import { dedupFull, queueFull, queueNotFound } from "./refusals.ts";

/** A message as a request gives it. */
export type Publication = RequestOf<"queue.publish_many">["messages"][number];

/** What became of a publication. */
export type Published = AnswerOf<"queue.publish">;

/** How one record publishes more than once, and how a fault names what is wrong. */
export interface PublishOptions {
  /** The id of the first message; the record's own seq if not given. */
  readonly firstId?: number;
  readonly pathOf?: (index: number) => string;
}

const DEFAULT_PRIORITY = 5;

const pathOfOne = (): string => "message";

/** Decides how messages enter queues. */
export class Publisher {
  readonly #state: QueueState;
  readonly #ports: PartPorts;
  readonly #defaults: QueueSettings;

  constructor(state: QueueState, ports: PartPorts) {
    this.#state = state;
    this.#ports = ports;
    this.#defaults = settingsOf({}, ports.limits);
  }

  /** What creates a queue that does not exist, if it may come about by being used. */
  creationOf(queue: string): readonly QueueEffect[] | SynapError {
    if (this.#state.find(queue) !== undefined) return NOTHING;
    if (!this.#ports.limits.queueAutoCreate) return queueNotFound(queue);
    const refusal = this.checkMemory(emptyQueueBytes(queue));
    return refusal ?? [{ type: "queue.create", queue, settings: this.#defaults, auto: true }];
  }

  checkMemory(bytes: number): SynapError | null {
    return this.#ports.memory.refuses(bytes) ? outOfMemory() : null;
  }

  /** Publishes all of the messages, or none. */
  publish(
    name: string,
    publications: readonly Publication[],
    context: DecisionContext,
    { firstId = context.seq, pathOf = pathOfOne }: PublishOptions = {},
  ): { answers: Published[]; effects: readonly QueueEffect[] } | SynapError {
    const queue = this.#state.find(name);
    const created = queue === undefined ? this.creationOf(name) : NOTHING;
    if (created instanceof SynapError) return created;
    const settings = queue?.settings ?? this.#defaults;
    const refusal = this.#checkSizes(publications, pathOf);
    if (refusal !== null) return refusal;
    const { nowMs } = context;
    const batch = publications.length === 1 ? null : new Batch();
    const answers: Published[] = [];
    const messages: NewMessage[] = [];
    let dedupIds = 0;
    for (const publication of publications) {
      const { dedup_id: dedupId, priority = DEFAULT_PRIORITY } = publication;
      const from = queue?.holdsDead === true ? 0 : priority; // it has no priorities
      const position = (queue?.ready.countFrom(from) ?? 0) + (batch?.countFrom(from) ?? 0);
      const known =
        dedupId === undefined
          ? undefined
          : (batch?.ids.get(dedupId) ?? queue?.dedup.find(dedupId, nowMs) ?? undefined);
      if (known !== undefined) {
        answers.push({ message_id: writeId(known), position, duplicate: true });
        continue;
      }
      const id = firstId + messages.length;
      const message = newMessage(publication, settings, nowMs);
      batch?.add(message, id);
      if (dedupId !== undefined) dedupIds++;
      messages.push(message);
      answers.push({ message_id: writeId(id), position });
    }
    if (messages.length === 0) return { answers, effects: NOTHING };
    if ((queue?.size ?? 0) + messages.length > settings.maxDepth) {
      return queueFull(name, settings.maxDepth);
    }
    const maxDedupIds = this.#ports.limits.maxDedupIdsPerQueue;
    if (dedupIds > 0 && (queue?.dedup.count(nowMs) ?? 0) + dedupIds > maxDedupIds) {
      return dedupFull(name, maxDedupIds);
    }
    const effect: QueueEffect = {
      type: "queue.publish",
      queue: queue?.name ?? name, // the very text that the state knows: found without comparing
      firstId,
      timeMs: nowMs,
      messages,
    };
    return { answers, effects: created.length === 0 ? [effect] : [...created, effect] };
  }

  #checkSizes(
    publications: readonly Publication[],
    pathOf: (index: number) => string,
  ): SynapError | null {
    const limit = this.#ports.limits.maxValueBytes;
    let growth = 0;
    for (const [i, { message, headers }] of publications.entries()) {
      const length = (message as TaggedValue).length;
      const head = headers === undefined ? 0 : sizeOf(headers);
      if (length - 1 + head > limit) return tooLarge(pathOf(i), limit, length - 1 + head);
      growth += messageBytes(length, head);
    }
    return this.checkMemory(growth);
  }
}

/** Messages before this one in its batch. */
class Batch {
  readonly ids = new Map<string, number>();
  readonly #ready: number[] = Array(PRIORITIES).fill(0);

  add({ dedup, priority, visibleAt }: NewMessage, id: number): void {
    if (dedup !== null) this.ids.set(dedup.id, id);
    if (visibleAt === 0) this.#ready[priority] = (this.#ready[priority] as number) + 1;
  }

  countFrom(priority: number): number {
    let count = 0;
    for (let p = priority; p < PRIORITIES; p++) count += this.#ready[p] as number;
    return count;
  }
}

const NOTHING: readonly QueueEffect[] = [];

function newMessage(publication: Publication, settings: QueueSettings, nowMs: number): NewMessage {
  const { message, headers, priority, delay, max_retries, dedup_id, ttl } = publication;
  const ttlMs = millis(ttl) ?? settings.ttlMs;
  const delayMs = millis(delay) ?? 0;
  return {
    value: message as TaggedValue,
    headers: headers ?? null,
    priority: priority ?? DEFAULT_PRIORITY,
    maxRetries: max_retries ?? settings.maxRetries,
    visibleAt: delayMs === 0 ? 0 : nowMs + delayMs,
    expires: ttlMs === null ? 0 : nowMs + ttlMs,
    dedup: dedup_id === undefined ? null : { id: dedup_id, until: nowMs + settings.dedupWindowMs },
  };
}

function sizeOf(headers: Texts): number {
  let size = 2;
  for (const [name, text] of Object.entries(headers)) size += name.length + text.length + 6;
  return size;
}

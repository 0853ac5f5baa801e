import { SynapError, type TaggedValue } from "@hivellm/synap-protocol";
import type { AnswerOf, RequestOf } from "@hivellm/synap-protocol/schema";
import type { DecisionContext } from "../commands.ts";
import type { PartPorts } from "../part.ts";
import { outOfMemory, tooLarge } from "../refusals.ts";
import { messageBytes } from "./message-table.ts";
import { emptyQueueBytes, isDeadQueue, type Queue } from "./queue.ts";
import type { NewMessage, QueueEffect, QueueSettings } from "./queue-effects.ts";
import { millis, settingsOf } from "./queue-settings.ts";
import type { QueueState } from "./queue-state.ts";
import { PRIORITIES } from "./ready-messages.ts";
import { writeId } from "./receipt.ts";
import { dedupFull, holdsDeadLetters, queueFull, queueNotFound } from "./refusals.ts";

/** A message as a request gives it. */
export type Publication = RequestOf<"queue.publish_many">["messages"][number];

/** What became of a publication. */
export type Published = AnswerOf<"queue.publish">;

const DEFAULT_PRIORITY = 5;

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

  /** Publishes one message, under the record's own seq unless another id is given. */
  publish(
    name: string,
    publication: Publication,
    context: DecisionContext,
    firstId = context.seq,
  ): { answer: Published; effects: readonly QueueEffect[] } | SynapError {
    if (isDeadQueue(name)) return holdsDeadLetters(name);
    const queue = this.#state.find(name);
    const created = queue === undefined ? this.creationOf(name) : NOTHING;
    if (created instanceof SynapError) return created;
    const refusal =
      this.#checkSize(publication, () => "message") ?? this.checkMemory(bytesOf(publication));
    if (refusal !== null) return refusal;
    const { nowMs } = context;
    const position = positionOf(queue, publication, null);
    const known = knownId(queue, publication, nowMs, null);
    if (known !== null) return { answer: duplicateOf(known, position), effects: NOTHING };
    const message = newMessage(publication, queue?.settings ?? this.#defaults, nowMs);
    const full = this.#checkRoom(name, queue, 1, message.dedup === null ? 0 : 1, nowMs);
    if (full !== null) return full;
    const effect: QueueEffect = {
      type: "queue.publish",
      queue: queue?.name ?? name, // the very text that the state knows: found without comparing
      firstId,
      timeMs: nowMs,
      messages: [message],
    };
    const effects = created.length === 0 ? [effect] : [...created, effect];
    return { answer: { message_id: writeId(firstId), position }, effects };
  }

  /** Publishes all of the messages, or none. */
  publishMany(
    name: string,
    publications: readonly Publication[],
    { seq: firstId, nowMs }: DecisionContext,
  ): { answers: Published[]; effects: readonly QueueEffect[] } | SynapError {
    if (isDeadQueue(name)) return holdsDeadLetters(name);
    const queue = this.#state.find(name);
    const created = queue === undefined ? this.creationOf(name) : NOTHING;
    if (created instanceof SynapError) return created;
    let bytes = 0;
    for (const [i, publication] of publications.entries()) {
      const refusal = this.#checkSize(publication, () => `messages[${i}].message`);
      if (refusal !== null) return refusal;
      bytes += bytesOf(publication);
    }
    const refusal = this.checkMemory(bytes);
    if (refusal !== null) return refusal;
    const settings = queue?.settings ?? this.#defaults;
    const batch = new Batch();
    const messages: NewMessage[] = [];
    const answers = publications.map((publication): Published => {
      const position = positionOf(queue, publication, batch);
      const known = knownId(queue, publication, nowMs, batch);
      if (known !== null) return duplicateOf(known, position);
      const id = firstId + messages.length;
      const message = newMessage(publication, settings, nowMs);
      batch.add(message, id);
      messages.push(message);
      return { message_id: writeId(id), position };
    });
    if (messages.length === 0) return { answers, effects: NOTHING };
    const full = this.#checkRoom(name, queue, messages.length, batch.ids.size, nowMs);
    if (full !== null) return full;
    const timeMs = nowMs;
    const effect = { type: "queue.publish", queue: name, firstId, timeMs, messages } as const;
    return { answers, effects: [...created, effect] };
  }

  #checkSize(publication: Publication, path: () => string): SynapError | null {
    const limit = this.#ports.limits.maxValueBytes;
    const { length } = publication.message as TaggedValue;
    const actual = length - 1 + headBytes(publication);
    return actual > limit ? tooLarge(path(), limit, actual) : null;
  }

  #checkRoom(
    name: string,
    queue: Queue | undefined,
    messages: number,
    dedupIds: number,
    nowMs: number,
  ): SynapError | null {
    const { maxDepth } = queue?.settings ?? this.#defaults;
    if ((queue?.size ?? 0) + messages > maxDepth) return queueFull(name, maxDepth);
    const { maxDedupIdsPerQueue } = this.#ports.limits;
    const isRemembered = dedupIds > 0 && queue !== undefined;
    const remembered = isRemembered ? queue.dedup.count(nowMs) : 0;
    return remembered + dedupIds > maxDedupIdsPerQueue
      ? dedupFull(name, maxDedupIdsPerQueue)
      : null;
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

/** How many messages are ready at the same or a higher priority. */
function positionOf(
  queue: Queue | undefined,
  { priority = DEFAULT_PRIORITY }: Publication,
  batch: Batch | null,
): number {
  return (queue?.ready.countFrom(priority) ?? 0) + (batch?.countFrom(priority) ?? 0);
}

/** The message that was published under the same dedup id, or null. */
function knownId(
  queue: Queue | undefined,
  { dedup_id }: Publication,
  nowMs: number,
  batch: Batch | null,
): number | null {
  if (dedup_id === undefined) return null;
  return batch?.ids.get(dedup_id) ?? queue?.dedup.find(dedup_id, nowMs) ?? null;
}

function duplicateOf(id: number, position: number): Published {
  return { message_id: writeId(id), position, duplicate: true };
}

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

/** What it will add to the bytes of all messages. */
function bytesOf(publication: Publication): number {
  return messageBytes((publication.message as TaggedValue).length, headBytes(publication));
}

function headBytes({ headers }: Publication): number {
  if (headers === undefined) return 0;
  let size = 2;
  for (const [name, text] of Object.entries(headers)) size += name.length + text.length + 6;
  return size;
}

import { invalidRequest, SynapError } from "@hivellm/synap-protocol";
import type { AnswerOf, RequestOf } from "@hivellm/synap-protocol/schema";
import type { Decided, DecisionContext } from "../commands.ts";
import { invariant } from "../invariant.ts";
import { readCursor, writeCursor } from "../pages.ts";
import type { PartPorts } from "../part.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import { MessageViews } from "./message-view.ts";
import { deadQueueOf, type Queue } from "./queue.ts";
import type { QueueState } from "./queue-state.ts";
import { readMessageId } from "./receipt.ts";
import { queueFull, queueNotFound } from "./refusals.ts";

const DEFAULT_PAGE = 100;
const DEFAULT_REDRIVE = 1_000;

type Letter = AnswerOf<"queue.dead.list">["items"][number];

/** Decides what happens to dead letters, and what is seen of messages that wait. */
export class DeadLetters {
  readonly #state: QueueState;
  readonly #ports: PartPorts;
  readonly #views: MessageViews;

  constructor(state: QueueState, ports: PartPorts) {
    this.#state = state;
    this.#ports = ports;
    this.#views = new MessageViews(state.table);
  }

  /** The messages that would be delivered next. */
  peek(queue: Queue, { limit = DEFAULT_PAGE }: RequestOf<"queue.peek">, nowMs: number) {
    const messages = [];
    let bytes = 0;
    for (const handle of queue.ready.next(limit)) {
      if (this.#state.isExpired(handle, nowMs)) continue;
      const message = this.#views.waiting(handle);
      messages.push(message);
      bytes += message.message.length;
      if (bytes >= this.#ports.limits.maxPageBytes) break;
    }
    return { messages };
  }

  list(request: RequestOf<"queue.dead.list">): Decided<AnswerOf<"queue.dead.list">> | SynapError {
    const { queue: name, limit = DEFAULT_PAGE, cursor } = request;
    const dead = this.#find(name);
    if (dead instanceof SynapError) return dead;
    const after = cursor === undefined ? START : readPlace(cursor);
    if (after instanceof SynapError) return after;
    const handles = dead === undefined ? [] : this.#after(dead, after, limit + 1);
    const items: Letter[] = [];
    let bytes = 0;
    let last = NONE;
    let more = false;
    for (const handle of handles) {
      more = items.length === limit || bytes >= this.#ports.limits.maxPageBytes;
      if (more) break;
      const letter = this.#letter(handle);
      items.push(letter);
      bytes += letter.message.length;
      last = handle;
    }
    const next = more ? this.#cursorBehind(last) : null;
    return { payload: { items, cursor: next, has_more: more }, effects: [] };
  }

  redrive(
    request: RequestOf<"queue.dead.redrive">,
    { seq }: DecisionContext,
  ): Decided<AnswerOf<"queue.dead.redrive">> | SynapError {
    const { queue: name, limit = DEFAULT_REDRIVE, message_ids } = request;
    const dead = this.#find(name);
    if (dead instanceof SynapError) return dead;
    const queue = this.#state.find(name);
    if (queue === undefined) return queueNotFound(name);
    const { maxDepth } = queue.settings;
    const room = Math.max(0, maxDepth - queue.size);
    // Without names it is as many as fit; of those that are named, all or none.
    const most = message_ids === undefined && room > 0 ? Math.min(limit, room) : limit;
    const handles = dead === undefined ? [] : this.#chosen(dead, message_ids ?? null, most);
    if (handles instanceof SynapError) return handles;
    const remaining = (dead?.size ?? 0) - handles.length;
    if (handles.length === 0) return { payload: { redriven: 0, remaining }, effects: [] };
    if (handles.length > room) return queueFull(name, maxDepth);
    const ids = handles.map((handle) => this.#state.table.id.get(handle));
    return {
      payload: { redriven: ids.length, remaining },
      effects: [{ type: "queue.redrive", queue: name, ids, firstOrder: seq }],
    };
  }

  purge({
    queue: name,
  }: RequestOf<"queue.dead.purge">): Decided<AnswerOf<"queue.dead.purge">> | SynapError {
    const dead = this.#find(name);
    if (dead instanceof SynapError) return dead;
    const purged = (dead?.ready.size ?? 0) + (dead?.delayed.size ?? 0);
    if (dead === undefined || purged === 0) return { payload: { purged: 0 }, effects: [] };
    return { payload: { purged }, effects: [{ type: "queue.purge", queue: dead.name }] };
  }

  /** The queue of the dead letters; undefined if there are none yet. */
  #find(name: string): Queue | undefined | SynapError {
    const dead = this.#state.find(deadQueueOf(name));
    if (dead !== undefined) return dead;
    return this.#state.find(name) === undefined ? queueNotFound(name) : undefined;
  }

  #chosen(dead: Queue, ids: readonly string[] | null, limit: number): Handle[] | SynapError {
    if (ids === null) return dead.ready.next(limit);
    const handles = new Set<Handle>();
    for (const [i, text] of ids.entries()) {
      const handle = this.#state.table.find(readMessageId(text) ?? -1);
      if (handle === NONE || !this.#waitsIn(dead, handle)) {
        return new SynapError("MESSAGE_NOT_FOUND", `message_ids[${i}] is no dead letter here.`, {
          details: { path: `message_ids[${i}]`, message_id: text },
        });
      }
      handles.add(handle);
    }
    return [...handles];
  }

  #waitsIn(dead: Queue, handle: Handle): boolean {
    return this.#state.queueOf(handle) === dead && this.#state.isReady(handle);
  }

  #letter(handle: Handle): Letter {
    const { table } = this.#state;
    const note = table.noteOf(handle);
    invariant(note !== null, "only dead letters are in the queue of dead letters");
    const { reason, error, failedAt } = note;
    return { ...this.#views.waiting(handle), reason, error, failed_at: failedAt };
  }

  #after(dead: Queue, { id, order }: Place, max: number): Handle[] {
    const handle = id === 0 ? NONE : this.#state.table.find(id);
    const isThere =
      handle !== NONE &&
      this.#waitsIn(dead, handle) &&
      this.#state.table.order.get(handle) === order; // it may have failed again, and moved
    return dead.ready.after(isThere ? handle : NONE, order, max);
  }

  #cursorBehind(handle: Handle): string {
    const { table } = this.#state;
    return writeCursor(`${table.id.get(handle)} ${table.order.get(handle)}`);
  }
}

/** Behind which dead letter a page begins. */
interface Place {
  readonly id: number;
  readonly order: number;
}

const START: Place = { id: 0, order: 0 };

function readPlace(cursor: string): Place | SynapError {
  const text = readCursor(cursor, "queue.dead.list");
  if (text instanceof SynapError) return text;
  const [id = 0, order = 0, ...more] = text.split(" ").map(Number);
  const isPlace = more.length === 0 && Number.isSafeInteger(id) && Number.isSafeInteger(order);
  if (isPlace && id > 0 && order > 0) return { id, order };
  return invalidRequest("cursor is not one that a page of queue.dead.list returned.", {
    path: "cursor",
    expected: "the cursor of the page before, or none for the first page",
  });
}

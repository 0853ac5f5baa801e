import { invariant } from "../invariant.ts";
import { PatternTrie } from "../pubsub/pattern-trie.ts";
import { IntColumn } from "../tables/column.ts";
import { DueHeap } from "../tables/due-heap.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import { OrderedIndex } from "../tables/ordered-index.ts";
import { MessageTable, Status } from "./message-table.ts";
import { bindingBytes, deadQueueOf, Queue } from "./queue.ts";
import type { NewMessage, QueueEffect, QueueSettings } from "./queue-effects.ts";

type Effect<Type extends QueueEffect["type"]> = Extract<QueueEffect, { type: Type }>;

/**
 * Queues and their messages. It knows no sessions (a delivery carries an opaque holder) and no
 * clock; it changes in `apply`, live and in recovery alike. What time alone does to a message that
 * is delayed, `wake` does: it decides nothing, since everything that reads looks at the time too.
 *
 * Q1  a message is in exactly one place: ready, delayed or in flight in one queue, or gone: its
 *     queue was deleted, or purged since it was lined up (its lot is not the queue's)
 * Q2  a message is in the heap of due ones if and only if time will do something to it
 * Q3  a receipt belongs to one delivery: it is good only while that delivery is in hand
 * Q4  retries grow by failed deliveries and lapsed deadlines only
 */
export class QueueState {
  readonly table = new MessageTable();
  /** What time does next: a delay ends, or a time to live. */
  readonly due = new DueHeap(this.table.due);
  readonly names = new OrderedIndex((serial) => this.#bySerial.get(serial)?.name ?? "");
  /** Which queues are bound to which patterns. */
  readonly bindings = new PatternTrie<string>();
  readonly #byName = new Map<string, Queue>();
  readonly #bySerial = new Map<number, Queue>();
  #lastSerial = 0;
  #lastLot = 0;
  readonly #places = new IntColumn();
  /** Messages that are gone and not freed yet: chains by their heads, and loose ones. */
  readonly #goneChains: Handle[] = [];
  readonly #goneLoose: Handle[][] = [];
  #queueBytes = 0;

  get size(): number {
    return this.#byName.size;
  }

  get bytes(): number {
    return this.table.bytes + this.#queueBytes;
  }

  find(name: string): Queue | undefined {
    return this.#byName.get(name);
  }

  /** The queue of a row in `names`. */
  queueAt(serial: number): Queue {
    return this.#bySerial.get(serial) as Queue;
  }

  /** The queue that holds this message, or undefined if the message is gone. */
  queueOf(handle: Handle): Queue | undefined {
    const { table } = this;
    const queue = this.#bySerial.get(table.queue.get(handle));
    if (queue === undefined || table.status.get(handle) === Status.inFlight) return queue;
    return table.lot.get(handle) === queue.lot ? queue : undefined;
  }

  /** The message in hand that this receipt is good for (Q3), or NONE. */
  findInHand(queue: Queue, id: number, delivery: number): Handle {
    const handle = this.table.find(id);
    if (handle === NONE || this.table.status.get(handle) !== Status.inFlight) return NONE;
    if (this.queueOf(handle) !== queue) return NONE;
    return this.table.delivery.get(handle) === delivery ? handle : NONE;
  }

  isReady(handle: Handle): boolean {
    return this.table.status.get(handle) === Status.ready;
  }

  isExpired(handle: Handle, nowMs: number): boolean {
    const expires = this.table.expires.get(handle);
    return expires !== 0 && expires <= nowMs;
  }

  apply(effect: QueueEffect, seq: number): void {
    switch (effect.type) {
      case "queue.create":
        this.#create(effect.queue, effect.settings, effect.auto, seq);
        return;
      case "queue.configure": {
        const queue = this.#get(effect.queue);
        queue.settings = effect.settings;
        queue.auto = false;
        return;
      }
      case "queue.delete":
        this.#delete(effect.queue);
        return;
      case "queue.publish":
        this.#publish(effect);
        return;
      case "queue.deliver":
        this.#deliver(effect, seq);
        return;
      case "queue.extend":
        this.table.deadline.set(this.#message(effect.id), effect.deadline);
        return;
      case "queue.ack":
        this.#ack(effect);
        return;
      case "queue.return":
        for (const id of effect.ids) this.#return(this.#message(id), effect);
        return;
      case "queue.bury":
        this.#bury(effect, seq);
        return;
      case "queue.expire":
        for (const id of effect.ids) this.#expire(this.#get(effect.queue), this.#message(id));
        return;
      case "queue.purge":
        this.#purge(this.#get(effect.queue));
        return;
      case "queue.redrive":
        this.#redrive(effect);
        return;
      case "queue.bind":
        this.#get(effect.queue).patterns.add(effect.pattern);
        this.bindings.add(effect.pattern, effect.queue);
        this.#queueBytes += bindingBytes(effect.pattern);
        return;
      case "queue.unbind":
        this.#get(effect.queue).patterns.delete(effect.pattern);
        this.bindings.remove(effect.pattern, effect.queue);
        this.#queueBytes -= bindingBytes(effect.pattern);
        return;
    }
  }

  /** Makes a delayed message of this queue ready. Its time has come. */
  wake(queue: Queue, handle: Handle): void {
    queue.delayed.remove(handle);
    this.#makeReady(queue, handle);
  }

  /**
   * Frees messages that are gone, at most `max` of them; returns whether some are left. `frees`
   * hears of each before its row may serve another.
   */
  collect(max: number, frees: (handle: Handle) => void): boolean {
    for (let freed = 0; freed < max && this.#hasGone; freed++) {
      const handle = this.#takeGone();
      frees(handle);
      this.due.remove(handle);
      this.table.remove(handle);
    }
    return this.#hasGone;
  }

  get #hasGone(): boolean {
    return this.#goneChains.length > 0 || this.#goneLoose.length > 0;
  }

  #takeGone(): Handle {
    const chain = this.#goneChains.pop();
    if (chain !== undefined) {
      const next = this.table.next.get(chain);
      if (next !== NONE) this.#goneChains.push(next);
      return chain;
    }
    const loose = this.#goneLoose.at(-1) as Handle[];
    const handle = loose.pop() as Handle;
    if (loose.length === 0) this.#goneLoose.pop();
    return handle;
  }

  #get(name: string): Queue {
    const queue = this.#byName.get(name);
    invariant(queue !== undefined, "an effect names a queue that exists");
    return queue;
  }

  #message(id: number): Handle {
    const handle = this.table.find(id);
    invariant(handle !== NONE, "an effect names a message that exists");
    return handle;
  }

  #create(name: string, settings: QueueSettings, auto: boolean, seq: number): Queue {
    invariant(!this.#byName.has(name), "a queue is created once");
    const serial = ++this.#lastSerial;
    const about = { name, serial, incarnation: seq, settings, auto };
    const queue = new Queue(about, this.table, this.#places);
    queue.lot = ++this.#lastLot;
    this.#bySerial.set(serial, queue);
    this.#byName.set(name, queue);
    this.names.add(name, serial);
    this.#queueBytes += queue.bytes;
    return queue;
  }

  #delete(name: string): void {
    const queue = this.#get(name);
    for (const pattern of queue.patterns) this.bindings.remove(pattern, name);
    this.#purge(queue);
    if (queue.inFlight.size > 0) this.#goneChains.push(queue.inFlight.detach());
    this.names.remove(name);
    this.#byName.delete(name);
    this.#queueBytes -= queue.bytes + queue.dedup.bytes;
    this.#bySerial.delete(queue.serial);
  }

  #publish(effect: Effect<"queue.publish">): void {
    const queue = this.#get(effect.queue);
    let id = effect.firstId;
    for (const message of effect.messages) this.#insert(queue, id++, message, effect.timeMs);
    queue.totals.published += effect.messages.length;
  }

  #insert(queue: Queue, id: number, message: NewMessage, timeMs: number): void {
    const { table } = this;
    const handle = table.insert(id, message.value, message.headers);
    this.due.admit(handle);
    table.queue.set(handle, queue.serial);
    table.order.set(handle, id);
    table.priority.set(handle, message.priority);
    table.maxRetries.set(handle, message.maxRetries);
    table.time.set(handle, timeMs);
    table.expires.set(handle, message.expires);
    this.#line(queue, handle, message.visibleAt);
    const { dedup } = message;
    if (dedup === null) return;
    this.#queueBytes -= queue.dedup.bytes;
    queue.dedup.add(dedup.id, id, dedup.until, timeMs);
    this.#queueBytes += queue.dedup.bytes;
  }

  #deliver(effect: Effect<"queue.deliver">, seq: number): void {
    const queue = this.#get(effect.queue);
    const { table } = this;
    for (const id of effect.ids) {
      const handle = this.#message(id);
      this.#leave(queue, handle);
      this.#setDue(handle, 0); // a time to live does not run out in somebody's hands
      table.status.set(handle, Status.inFlight);
      table.delivery.set(handle, table.delivered.get(handle) === 0 ? 0 : seq); // Q3
      table.delivered.set(handle, 1);
      table.deadline.set(handle, effect.deadline);
      queue.inFlight.append(handle);
    }
    queue.totals.delivered += effect.ids.length;
  }

  #ack({ queue: name, ids }: Effect<"queue.ack">): void {
    const queue = this.#get(name);
    for (const id of ids) {
      const handle = this.#message(id);
      queue.inFlight.remove(handle);
      this.table.remove(handle);
    }
    queue.totals.acked += ids.length;
  }

  #return(handle: Handle, { queue: name, cause, visibleAt }: Effect<"queue.return">): void {
    const queue = this.#get(name);
    queue.inFlight.remove(handle);
    if (cause !== "released") this.#fail(queue, handle, cause); // Q4
    this.#line(queue, handle, visibleAt);
  }

  #fail({ totals }: Queue, handle: Handle, cause: "nack" | "deadline"): void {
    const { retries } = this.table;
    retries.set(handle, retries.get(handle) + 1);
    if (cause === "nack") totals.nacked++;
    else totals.timedOut++;
  }

  #bury(effect: Effect<"queue.bury">, seq: number): void {
    const queue = this.#get(effect.queue);
    const dead = queue.holdsDead ? queue : this.#deadQueue(queue, seq);
    const { reason, error, timeMs } = effect;
    let order = effect.firstOrder;
    for (const id of effect.ids) {
      const handle = this.#message(id);
      queue.inFlight.remove(handle);
      if (effect.cause !== "released") this.#fail(queue, handle, effect.cause);
      this.table.setNote(handle, { reason, error, failedAt: timeMs });
      this.table.expires.set(handle, 0);
      this.#move(dead, handle, order++);
    }
    queue.totals.deadLettered += effect.ids.length;
  }

  #deadQueue(queue: Queue, seq: number): Queue {
    const name = deadQueueOf(queue.name);
    const settings = { ...queue.settings, maxDepth: Number.MAX_SAFE_INTEGER, ttlMs: null };
    return this.#byName.get(name) ?? this.#create(name, settings, true, seq);
  }

  #redrive(effect: Effect<"queue.redrive">): void {
    const queue = this.#get(effect.queue);
    const dead = this.#get(deadQueueOf(effect.queue));
    let order = effect.firstOrder;
    for (const id of effect.ids) {
      const handle = this.#message(id);
      this.#leave(dead, handle);
      this.table.setNote(handle, null);
      this.table.retries.set(handle, 0);
      this.#move(queue, handle, order++);
    }
  }

  #move(to: Queue, handle: Handle, order: number): void {
    this.table.queue.set(handle, to.serial);
    this.table.order.set(handle, order);
    this.#line(to, handle, 0);
  }

  #expire(queue: Queue, handle: Handle): void {
    this.#leave(queue, handle);
    this.due.remove(handle);
    this.table.remove(handle);
    queue.totals.expired++;
  }

  /** Puts a message where it waits (Q1). */
  #line(queue: Queue, handle: Handle, visibleAt: number): void {
    this.table.visibleAt.set(handle, visibleAt);
    this.table.lot.set(handle, queue.lot);
    if (visibleAt === 0) {
      this.#makeReady(queue, handle);
      return;
    }
    this.table.status.set(handle, Status.delayed);
    queue.delayed.append(handle);
    const expires = this.table.expires.get(handle);
    this.#setDue(handle, expires === 0 ? visibleAt : Math.min(expires, visibleAt));
  }

  #makeReady(queue: Queue, handle: Handle): void {
    this.table.status.set(handle, Status.ready);
    queue.ready.add(handle);
    this.#setDue(handle, this.table.expires.get(handle));
  }

  /** Takes a waiting message out of its list. */
  #leave(queue: Queue, handle: Handle): void {
    if (this.table.status.get(handle) === Status.ready) queue.ready.remove(handle);
    else queue.delayed.remove(handle);
  }

  #setDue(handle: Handle, due: number): void {
    this.table.due.set(handle, due);
    this.due.update(handle); // Q2
  }

  /** Empties a queue of what waits in it. The messages are gone at once, and freed some a turn. */
  #purge(queue: Queue): void {
    queue.lot = ++this.#lastLot;
    queue.ready.detach(
      (chain) => this.#goneChains.push(chain),
      (handles) => this.#goneLoose.push(handles),
    );
    if (queue.delayed.size > 0) this.#goneChains.push(queue.delayed.detach());
  }
}

import { expect } from "vitest";
import type { Limits, Session } from "../src/index.ts";
import { foldRecords, imageOf } from "../src/internal.ts";
import { queueStats } from "../src/queue/queue-stats.ts";
import { type Name, type Request, run } from "./calls.ts";
import { QueueAnswers } from "./queue-answers.ts";
import { QueueCommands } from "./queue-commands.ts";
import { NOBODY, openQueueLab, type QueueLab, Worker } from "./queue-lab.ts";
import { type Expected, type ModelTaker, QueueModel } from "./queue-model.ts";
import { QueueRules } from "./queue-rules.ts";

/** Who sits at one place: one party after the other. The last place has no socket. */
export interface Seat {
  readonly at: number;
  worker: Worker | null;
  session: Session;
  /** What deliveries are bound to; goes on when the party comes back. */
  binding: string | null;
  lostAtMs: number | null;
  /** What a worker must have been pushed, in order. */
  pushed: object[];
}

const CLIENT = "c";
const SETTLING_ROUNDS = 100;
const QUIET_ROUNDS = 2;

/** The engine and its model side by side: every step is taken in both. */
export class QueueWorld {
  readonly lab: QueueLab;
  readonly model: QueueModel;
  readonly commands: QueueCommands;
  readonly seats: Seat[];
  /** Receipts that were good once. */
  readonly receipts: string[] = [];
  readonly #rules: QueueRules;
  readonly #ended = new Set<string>();
  readonly #answers = new QueueAnswers();
  #heard = 0;
  #held = false;
  #lastMessage = 0;

  constructor(limits: Partial<Limits>) {
    this.lab = openQueueLab(limits);
    this.model = new QueueModel({
      now: () => this.nowMs,
      isWritable: (party) => this.#isWritable(party),
    });
    this.commands = new QueueCommands(this.model);
    this.#rules = new QueueRules(this.model, (party) => this.#hasEnded(party));
    this.#rules.keepsTurns = (limits.maxQueueWorkPerTurn ?? 1_000) > 100;
    this.seats = [0, 1, 2].map((at) => this.#seat(at));
    this.#listen();
  }

  get nowMs(): number {
    return this.lab.nowMs();
  }

  /** A message that no other is equal to. */
  nextMessage(): number {
    return ++this.#lastMessage;
  }

  get isHeld(): boolean {
    return this.#held;
  }

  /** Runs a command on the engine now and on the model; the answer is compared when it comes. */
  do<N extends Name>(
    seat: Seat,
    name: N,
    request: Request<N>,
    decide: () => Expected,
    signal?: AbortSignal,
  ): void {
    const expected = decide();
    this.#answers.send(seat.session, name, request, () => expected, signal);
    this.#checkAwaited(name);
  }

  /** A consume; `signal` cancels it while it waits. */
  consume(seat: Seat, asked: Request<"queue.consume">, signal?: AbortSignal): void {
    const { queue, timeout = 0, max_messages: max = 1, ack_deadline } = asked;
    const consumer = this.#pollerOf(seat, asked);
    const request = { ...asked, consumer_id: consumer ?? undefined };
    const poll: ModelTaker = {
      ...{ kind: "poll", queue, party: seat.binding, consumer, max },
      ackMs: ack_deadline === undefined ? null : ack_deadline * 1_000,
      ...{ exclusive: false, silent: false, taken: [] },
      endsAt: timeout === 0 ? 0 : this.nowMs + timeout * 1_000,
    };
    let outcome: Expected | null = null;
    this.commands.ensure(queue);
    this.#rules.polling = poll;
    this.#answers.send(
      seat.session,
      "queue.consume",
      request,
      () => {
        if (poll.taken.length > 0) return { payload: { messages: poll.taken } };
        return outcome ?? this.#ends.get(poll) ?? null;
      },
      signal,
    );
    this.#rules.polling = null;
    this.#checkAwaited("queue.consume");
    if (poll.taken.length > 0) return;
    if (timeout === 0) {
      outcome = { payload: { messages: [] } };
      const missed = this.model.mayTake(poll) && this.model.deliverable(queue).length > 0;
      this.model.check(!missed || !this.#rules.keepsTurns, `${queue} had a message for a consume`);
      return;
    }
    this.model.takers.push(poll);
    signal?.addEventListener("abort", () => this.#endPoll(poll, { code: "CANCELLED" }));
  }

  subscribe(seat: Seat, request: Request<"queue.subscribe">): void {
    const { queue, prefetch = 1, ack_deadline, exclusive = false } = request;
    const consumer = `sub ${seat.at}`;
    this.do(seat, "queue.subscribe", { ...request, consumer_id: consumer }, () => {
      if (seat.binding === null) return { code: "INVALID_REQUEST" };
      this.commands.ensure(queue);
      const about = { consumer, max: prefetch, exclusive };
      const ackMs = ack_deadline === undefined ? null : ack_deadline * 1_000;
      const known = this.#subscriptionOf(seat, queue);
      if (known !== undefined) Object.assign(known, about, { ackMs, silent: false });
      else {
        this.model.takers.push({
          ...{ kind: "subscription", queue, party: seat.binding, ackMs, ...about },
          ...{ silent: false, endsAt: 0, taken: seat.pushed },
        });
      }
      return { payload: { queue } };
    });
  }

  unsubscribe(seat: Seat, queue: string): void {
    this.do(seat, "queue.unsubscribe", { queue }, () => {
      if (seat.binding === null) return { code: "INVALID_REQUEST" };
      const known = this.#subscriptionOf(seat, queue);
      this.model.takers = this.model.takers.filter((taker) => taker !== known);
      return { payload: { success: known !== undefined } };
    });
  }

  hello(seat: Seat): void {
    seat.session.receive([{ kind: "notice", type: "hello", fields: { client_id: CLIENT } }]);
    this.commands.spoke(seat.binding, null);
  }

  freeze(seat: Seat, frozen: boolean): void {
    if (seat.worker === null) return;
    if (frozen) seat.worker.writable = false;
    else seat.worker.drain();
  }

  lose(seat: Seat): void {
    seat.lostAtMs = this.nowMs;
    for (const poll of this.model.endPolls(seat.binding ?? "")) this.#lost(poll);
    seat.session.lose();
  }

  close(seat: Seat): void {
    const { binding } = seat;
    if (binding === null) return;
    this.#end(binding);
    seat.session.close("the test closes it");
    this.#reseat(seat);
  }

  /** The party comes back and takes up what it had. */
  resume(seat: Seat): void {
    const resume = seat.worker?.pushes("hello").at(-1)?.resume;
    const worker = new Worker(this.lab.engine);
    this.#checkPushes(seat, true);
    seat.pushed.splice(0);
    const fields = { client_id: CLIENT, resume };
    Object.assign(seat, { worker, session: worker.session, lostAtMs: null });
    this.commands.spoke(seat.binding, null);
    worker.session.receive([{ kind: "notice", type: "hello", fields }]);
  }

  hold(): void {
    this.#held = true;
    this.lab.journal.hold();
  }

  async release(): Promise<void> {
    this.#held = false;
    this.lab.journal.release();
    await this.endTurn();
  }

  /** Lets everything settle; then engine and model say the same. */
  async endTurn(): Promise<void> {
    await this.#quiet();
    this.#rules.settled();
    for (const name of this.model.queues.keys()) {
      expect(this.#readyIn(name)).toEqual(this.model.deliverable(name).map(({ id }) => id));
      expect(this.#statsOf(name)).toMatchObject(this.model.counts(name));
    }
    expect([...this.model.faults, ...this.lab.faults]).toEqual([]);
    expect(this.lab.desk().inHand).toBe(this.#inHand());
    if (this.#held) return;
    this.#answers.compare();
    for (const seat of this.seats) this.#checkPushes(seat, seat.lostAtMs !== null);
  }

  async advance(ms: number): Promise<void> {
    await this.#quiet();
    await this.lab.advance(ms);
    this.#dropPolls(this.nowMs);
    for (const seat of this.seats) {
      if (seat.binding === null || !this.#hasEnded(seat.binding)) continue;
      this.#end(seat.binding);
      this.#checkPushes(seat, true);
      this.#reseat(seat);
    }
    await this.endTurn();
  }

  /** Everybody leaves; then nothing is remembered of them, and the journal says what is there. */
  async end(): Promise<void> {
    await this.release();
    for (const seat of this.seats) if (seat.lostAtMs !== null) this.resume(seat);
    await this.endTurn();
    for (const seat of this.seats) this.close(seat);
    await this.advance(60_000);
    const { state } = this.lab;
    expect([...this.model.messages.keys()].sort()).toEqual(this.#idsIn());
    expect(state.table.size).toBe(this.model.messages.size);
    const records = this.lab.journal.blocks.flatMap((block) => block.records);
    expect(imageOf(foldRecords(records))).toEqual(imageOf(this.lab.engine.state));
    for (const message of this.model.messages.values()) {
      if (message.holder === null) continue;
      const request = { queue: message.queue, message_id: message.receipt };
      await run(this.lab.session, "queue.ack", request);
    }
    await this.#quiet();
    expect(this.lab.desk()).toEqual(NOBODY);
    await this.lab.engine.close();
  }

  readonly #ends = new Map<ModelTaker, Expected>();

  #listen(): void {
    const { queue } = this.lab.engine.parts;
    const apply = queue.apply.bind(queue);
    queue.apply = (effect, seq) => {
      this.#heard++;
      this.#dropEnded();
      this.model.hear(effect, seq, (own, at) => this.#rules.hear(own, at));
      if (effect.type === "queue.deliver") {
        for (const { receipt } of this.model.inFlight(effect.queue)) {
          if (!this.receipts.includes(receipt)) this.receipts.push(receipt);
        }
      }
      apply(effect, seq);
    };
  }

  /** What ended by itself while time passed. A poll may still take in the millisecond it ends. */
  #dropEnded(): void {
    this.#dropPolls(this.nowMs - 1);
    for (const { binding } of this.seats) {
      if (binding !== null && this.#hasEnded(binding)) this.model.endParty(binding);
    }
  }

  #dropPolls(untilMs: number): void {
    for (const poll of this.model.takers) {
      if (poll.kind === "poll" && poll.endsAt <= untilMs) {
        this.#endPoll(poll, { payload: { messages: [] } });
      }
    }
  }

  /** A poll has another name than those that wait, so that it can be told which one took. */
  #pollerOf(seat: Seat, request: Request<"queue.consume">): string | null {
    const { queue, consumer_id = null } = request;
    const isTaken = this.model
      .takersOf(queue)
      .some(({ party, consumer }) => party === seat.binding && consumer === consumer_id);
    return isTaken ? `${consumer_id}-${this.nextMessage()}` : consumer_id;
  }

  #checkAwaited(name: Name): void {
    const missed = this.model.awaited.splice(0).map(({ type, queue }) => `${type} of ${queue}`);
    this.model.check(missed.length === 0, `${name} did not have: ${missed.join(", ")}`);
  }

  #checkPushes(seat: Seat, mayLack: boolean): void {
    const all = seat.worker?.allDeliveries() ?? [];
    const wanted = mayLack ? seat.pushed.slice(0, all.length) : seat.pushed;
    expect(all.map(({ queue: _, ...delivery }) => delivery)).toEqual(wanted);
  }

  /** Turns pass, and timers that are due fire, until the engine does nothing any more. */
  async #quiet(): Promise<void> {
    let quiet = 0;
    this.model.hasDeleted = false;
    for (let i = 0; i < SETTLING_ROUNDS && quiet < QUIET_ROUNDS; i++) {
      const before = this.#heard;
      const { size } = this.lab.state.table;
      await this.lab.advance(0);
      quiet = this.#heard === before && this.lab.state.table.size === size ? quiet + 1 : 0;
    }
  }

  #readyIn(name: string): string[] {
    const { table } = this.lab.state;
    const next = this.lab.state.find(name)?.ready.next(1_000) ?? [];
    return next.map((handle) => String(table.id.get(handle)));
  }

  #statsOf(name: string): object {
    const { state, engine } = this.lab;
    const queue = state.find(name);
    const { desk } = engine.parts.queue;
    return queue === undefined ? {} : queueStats(state, desk, queue, this.nowMs);
  }

  #inHand(): number {
    return [...this.model.messages.values()].filter(({ holder }) => holder !== null).length;
  }

  #idsIn(): string[] {
    const image = imageOf(this.lab.engine.state) as { queues: { messages: { id: number }[] }[] };
    return image.queues.flatMap(({ messages }) => messages.map(({ id }) => String(id))).sort();
  }

  #subscriptionOf(seat: Seat, queue: string): ModelTaker | undefined {
    return this.model
      .takersOf(queue)
      .find(({ kind, party }) => kind === "subscription" && party === seat.binding);
  }

  #endPoll(poll: ModelTaker, outcome: Expected): void {
    if (!this.model.takers.includes(poll)) return;
    this.model.takers = this.model.takers.filter((other) => other !== poll);
    this.#ends.set(poll, outcome);
  }

  #lost(poll: ModelTaker): void {
    this.#ends.set(poll, { code: "CONNECTION_LOST" });
  }

  #end(party: string): void {
    for (const poll of this.model.endPolls(party)) this.#lost(poll);
    this.model.endParty(party);
    this.#ended.add(party);
  }

  #hasEnded(party: string): boolean {
    if (this.#ended.has(party)) return true;
    const lostAtMs = this.#seatOf(party)?.lostAtMs ?? null;
    return lostAtMs !== null && this.nowMs >= lostAtMs + this.lab.engine.limits.sessionGraceMs;
  }

  #isWritable(party: string): boolean {
    const seat = this.#seatOf(party);
    return seat?.lostAtMs === null && seat.worker?.writable === true;
  }

  #seatOf(party: string): Seat | undefined {
    return this.seats?.find(({ binding }) => binding === party);
  }

  #seat(at: number): Seat {
    const session = this.lab.caller();
    const seat = { at, worker: null, session, binding: null, lostAtMs: null, pushed: [] };
    if (at < 2) this.#reseat(seat);
    return seat;
  }

  #reseat(seat: Seat): void {
    const worker = new Worker(this.lab.engine);
    const binding = worker.session.id;
    const { session } = worker;
    Object.assign(seat, { worker, session, binding, lostAtMs: null, pushed: [] });
    session.receive([{ kind: "notice", type: "hello", fields: { client_id: CLIENT } }]);
  }
}

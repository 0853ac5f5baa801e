import {
  type Durability,
  type MessageFields,
  PROTOCOL_VERSION,
  SynapError,
} from "@hivellm/synap-protocol";
import { type Clock, MAX_TIMER_MS, systemClock } from "./clock.ts";
import { commandHandlers } from "./commands.ts";
import { type Effect, isVolatile, seqsOf } from "./journal/effects.ts";
import { type Journal, type JournalRecord, memoryJournal } from "./journal/journal.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { MemoryAccount } from "./memory-account.ts";
import { Parts } from "./parts.ts";
import { Executor } from "./session/executor.ts";
import { Scheduler } from "./session/scheduler.ts";
import { ServingClock } from "./session/serving-clock.ts";
import { SessionImpl } from "./session/session.ts";
import type { Session, SessionOptions } from "./session/types.ts";
import { EngineState } from "./state.ts";

/** How an engine is opened. */
export interface EngineOptions {
  readonly clock?: Clock;
  /** Uniform in [0, 1); what chance decides goes into effects. */
  readonly random?: () => number;
  /** An unguessable text for session ids and resume tokens. */
  readonly randomId?: () => string;
  readonly limits?: Partial<Limits>;
  /** Where effects go; in memory unless given. */
  readonly journal?: Journal;
  /** The version that hello states. */
  readonly version?: string;
  /** Hears of failures that nobody foresaw: bugs, and a journal that no longer takes anything. */
  readonly onFault?: (error: unknown) => void;
}

/** State, desk and sessions of one Synap; more than one can live in a process. */
export interface Engine {
  /** Changes whenever an engine is opened. */
  readonly bootId: string;
  readonly limits: Limits;
  readonly durability: Durability;
  /** Opens a session for one party. */
  open(options?: SessionOptions): Session;
  /** Ends all sessions and timers; settles when the journal has everything. */
  close(): Promise<void>;
}

/** In memory, numbers start from wall-clock time, so that they do not repeat after a restart. */
const SEQS_PER_MS = 2_048;

/** Opens an engine. Without a journal its state lives in memory and goes when it is closed. */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  return new EngineImpl(options);
}

/**
 * One sequence, one place where state changes, one end of each turn.
 *
 * E1  every change of state takes the next seq; the effects of one command share it, and each
 *     message that it adds to a queue takes one more
 * E2  state changes in `apply` only, right after the decision, in the order of seq
 * E3  what ran in one turn is one block of the journal; blocks follow each other
 * E4  wall-clock time never goes back
 */
export class EngineImpl implements Engine {
  readonly bootId: string;
  readonly limits: Limits;
  readonly durability: Durability;
  readonly state = new EngineState();
  readonly #clock: Clock;
  readonly #serving: ServingClock;
  readonly #randomId: () => string;
  readonly #version: string;
  readonly #journal: Journal;
  readonly #onFault: (error: unknown) => void;
  readonly #memory: MemoryAccount;
  readonly #parts: Parts;
  readonly #executor: Executor;
  readonly #scheduler: Scheduler;
  readonly #sessions = new Set<SessionImpl>();
  readonly #byToken = new Map<string, SessionImpl>();
  readonly #cancelGrace = new Map<SessionImpl, () => void>();
  /** Sessions with something in their outbox. */
  readonly #speaking = new Set<SessionImpl>();
  #records: JournalRecord[] = [];
  #seq: number;
  #journaledSeq: number;
  #watermark: number;
  #appending: Promise<void> | null = null;
  /** The journal takes nothing any more: what memory holds beyond it must not be shown. */
  #failed = false;
  #nowMs = 0;
  #closed = false;

  constructor(options: EngineOptions) {
    this.#clock = options.clock ?? systemClock();
    this.#serving = new ServingClock(this.#clock);
    this.#randomId = options.randomId ?? randomHex;
    this.#version = options.version ?? "0.0.0";
    this.#journal = options.journal ?? memoryJournal();
    this.#onFault = options.onFault ?? (() => {});
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.durability = this.#journal.durability;
    this.bootId = this.#randomId();
    this.#seq = this.#now() * SEQS_PER_MS;
    this.#journaledSeq = this.#seq;
    this.#watermark = this.#seq;
    this.#memory = new MemoryAccount(this.limits);
    this.#scheduler = new Scheduler(this.#clock, () => this.#endTurn());
    this.#parts = new Parts(this.state, {
      limits: this.limits,
      memory: this.#memory,
      clock: this.#clock,
      serving: this.#serving,
      atWall: (dueMs, fire) =>
        this.#clock.setTimer(fire, Math.min(Math.max(0, dueMs - this.#now()), MAX_TIMER_MS)),
      random: options.random ?? Math.random,
      nowMs: () => this.#now(),
      seq: () => this.#seq,
      commit: (effects) => this.#commit(effects),
      wake: () => this.#scheduler.wake(),
    });
    this.#memory.include(() => this.#parts.bytes());
    this.#executor = new Executor({
      handlers: commandHandlers(this.#parts.engines),
      durability: this.durability,
      limits: this.limits,
      context: (peer, mayWait) => ({ seq: this.#seq + 1, nowMs: this.#now(), peer, mayWait }),
      commit: (effects) => this.#commit(effects),
    });
  }

  /** What the engines remember of parties, for tests of leaks. */
  get parts(): Parts {
    return this.#parts;
  }

  open(options: SessionOptions = {}): Session {
    if (this.#closed) throw new SynapError("CONNECTION_LOST", "The engine is closed.");
    const ids = { id: this.#randomId(), resumeToken: this.#randomId() };
    const session = new SessionImpl(ids, options, {
      limits: this.limits,
      executor: this.#executor,
      seq: () => this.#seq,
      monotonicMs: () => this.#clock.monotonicMs(),
      start: (s) => this.#scheduler.start(s),
      wake: (s) => {
        this.#speaking.add(s);
        this.#scheduler.wake();
      },
      hello: (s, fields) => this.#hello(s, fields),
      drained: (s) => this.#parts.drained(s),
      lost: (s) => this.#lost(s),
      closed: (s) => this.#ended(s),
      onFault: this.#onFault,
    });
    this.#sessions.add(session);
    if (options.sink !== undefined) this.#byToken.set(ids.resumeToken, session);
    return session;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    for (const session of [...this.#sessions]) session.end("the server stops");
    this.#closed = true;
    this.#parts.close();
    this.#endTurn();
    while (this.#appending !== null) await this.#appending;
    await this.#journal.close();
  }

  /** Wall-clock time that never goes back (E4). */
  #now(): number {
    const now = Math.floor(this.#clock.wallMs());
    if (now > this.#nowMs) this.#nowMs = now;
    return this.#nowMs;
  }

  #commit(effects: readonly Effect[]): void {
    const seq = this.#seq + 1; // E1
    this.#seq += seqsOf(effects, seq);
    for (const effect of effects) this.#parts.apply(effect, seq); // E2
    const durable = durableOf(effects);
    if (durable.length > 0) this.#records.push({ seq, effects: durable });
    this.#scheduler.wake();
  }

  #endTurn(): void {
    this.#parts.flush();
    this.#countBuffers();
    this.#writeBlock();
  }

  /** Hands this turn's records to the journal; while it is busy, the next turns gather (E3). */
  #writeBlock(): void {
    if (this.#appending !== null || this.#failed) return;
    const records = this.#records;
    const last = this.#seq;
    if (records.length === 0) {
      this.#watermark = last;
      this.#releaseOutboxes();
      return;
    }
    this.#records = [];
    const block = {
      firstSeq: (records[0] as JournalRecord).seq,
      lastSeq: last,
      timeMs: this.#now(),
      records,
    };
    const expected = this.#journaledSeq;
    this.#journaledSeq = block.lastSeq;
    this.#appending = this.#journal.append(block, expected).then(
      () => {
        this.#appending = null;
        this.#watermark = last;
        this.#releaseOutboxes();
        this.#writeBlock();
      },
      (error: unknown) => {
        this.#appending = null;
        this.#failed = true; // nothing leaves from here on
        this.#speaking.clear();
        this.#onFault(error);
      },
    );
  }

  #releaseOutboxes(): void {
    for (const session of this.#speaking) {
      session.release(this.#watermark);
      if (session.outbox.isEmpty) this.#speaking.delete(session);
    }
  }

  /** Sums up what sockets hold; above the second mark those that do not drain are cut. */
  #countBuffers(): void {
    if (this.limits.maxMemoryBytes === null) return;
    let bytes = 0;
    for (const session of this.#sessions) bytes += session.bufferedBytes;
    this.#memory.bufferedBytes = bytes;
    if (!this.#memory.isCritical) return;
    for (const session of [...this.#sessions]) {
      if (session.bufferedBytes > 0 && !session.writable) session.end("too slow, memory is short");
    }
  }

  #hello(session: SessionImpl, fields: MessageFields): MessageFields {
    const { client_id, resume } = fields as { client_id?: string; resume?: string };
    session.client = client_id ?? session.client;
    const resumed = resume !== undefined && this.#takeUp(session, resume);
    this.#parts.greeted(session);
    return {
      session: session.id,
      resume: session.resumeToken,
      resumed,
      boot_id: this.bootId,
      version: this.#version,
      protocol: PROTOCOL_VERSION,
      features: ["kv", "queue", "stream", "pubsub", "batch"],
      limits: {
        max_frame_bytes: this.limits.maxFrameBytes,
        max_value_bytes: this.limits.maxValueBytes,
      },
      durability: this.durability,
    };
  }

  /** Gives a session what a lost one of the same client had. */
  #takeUp(session: SessionImpl, token: string): boolean {
    const lost = this.#byToken.get(token);
    if (lost === undefined || lost === session || lost.client !== session.client) return false;
    // A session that begins has no keys of its own yet: it goes on under the name of the other.
    if (this.#parts.kv.holdsKeys(session.bindingId ?? "")) return false;
    session.bindingId = lost.bindingId;
    lost.bindingId = null;
    this.#parts.takeUp(lost, session);
    lost.end("taken up by a new connection");
    return true;
  }

  #lost(session: SessionImpl): void {
    const deadline = this.#serving.now() + this.limits.sessionGraceMs;
    this.#cancelGrace.set(
      session,
      this.#serving.at(deadline, () => session.close("not taken up")),
    );
  }

  #ended(session: SessionImpl): void {
    this.#cancelGrace.get(session)?.();
    this.#cancelGrace.delete(session);
    this.#sessions.delete(session);
    this.#byToken.delete(session.resumeToken);
    this.#scheduler.forget(session);
    this.#parts.forget(session);
  }
}

function durableOf(effects: readonly Effect[]): readonly Effect[] {
  return effects.some(isVolatile) ? effects.filter((effect) => !isVolatile(effect)) : effects;
}

const ID_BYTES = 16;

function randomHex(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

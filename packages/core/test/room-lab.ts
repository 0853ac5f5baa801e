import {
  decodeValue,
  fieldsToObject,
  isSynapError,
  type MessageFields,
  type ServerPush,
  type SynapError,
  type TaggedValue,
  wireCommand,
} from "@hivellm/synap-protocol";
import { payloadValidators } from "@hivellm/synap-protocol/schema";
import { type ManualClock, manualClock } from "../src/clock.ts";
import type { DecisionContext, Outcome } from "../src/commands.ts";
import type { Effect, JournalRecord } from "../src/journal/journal.ts";
import { DEFAULT_LIMITS, type Limits } from "../src/limits.ts";
import type { RoomEffect } from "../src/log/room-effects.ts";
import { RoomPart } from "../src/log/room-part.ts";
import { RoomState } from "../src/log/room-state.ts";
import { MemoryAccount } from "../src/memory-account.ts";
import type { PartPorts } from "../src/part.ts";
import type { Peer } from "../src/session/peer.ts";
import { ServingClock } from "../src/session/serving-clock.ts";
import { callOf, type Name, type Request, type Response } from "./calls.ts";

/** The commands of rooms. */
export type RoomCommand = Extract<Name, `stream.${string}`>;

/** A party as the desk knows it: keeps what it is sent, and is as slow as the test wants it. */
export class RoomPeer implements Peer {
  readonly bindingId = null;
  readonly received: ServerPush[] = [];
  /** The arrays as they came: followers at the same place get the same one. */
  readonly handed: (readonly ServerPush[])[] = [];
  readonly seqs: number[] = [];
  readonly #onPush: (push: ServerPush) => void;
  writable = true;

  constructor(onPush: (push: ServerPush) => void = () => {}) {
    this.#onPush = onPush;
  }

  push(pushes: readonly ServerPush[], seq: number): void {
    this.handed.push(pushes);
    this.seqs.push(seq);
    for (const push of pushes) {
      this.received.push(push);
      this.#onPush(push);
    }
  }

  /** What it was told since it was last asked, in short: offsets of events, and gaps. */
  told(): string[] {
    return this.received.splice(0).map(({ type, fields }) => {
      if (type === "event") return String(fields.offset);
      const { reason, from, to, lost } = fields;
      return from === undefined
        ? `gap ${String(reason)}`
        : `gap ${String(reason)} ${String(from)}-${String(to)} (${String(lost)})`;
    });
  }

  /** The fields of what it was told since it was last asked, data as plain values. */
  fields(): MessageFields[] {
    return this.received
      .splice(0)
      .map(({ fields }) =>
        "data" in fields ? { ...fields, data: decodeValue(fields.data as TaggedValue) } : fields,
      );
  }
}

/** A part of rooms whose time, turns and parties are the test's. */
export class RoomLab {
  readonly clock: ManualClock = manualClock();
  readonly limits: Limits;
  readonly memory: MemoryAccount;
  state: RoomState;
  part: RoomPart;
  /** Everything that was committed, as the journal would have it. */
  readonly records: JournalRecord[] = [];
  seq = 1_000;
  woken = false;

  constructor(limits: Partial<Limits> = {}) {
    this.limits = { ...DEFAULT_LIMITS, ...limits };
    this.memory = new MemoryAccount(this.limits);
    this.state = new RoomState();
    this.part = new RoomPart(this.state, this.#ports());
    this.memory.include(() => this.part.bytes());
  }

  get nowMs(): number {
    return this.clock.wallMs();
  }

  /** Runs one command and returns its answer with plain values; throws its refusal. */
  run<N extends RoomCommand>(name: N, request: Request<N>, peer: Peer | null = null): Response<N> {
    const { payload } = callOf(name, request);
    const fault = payloadValidators.get(name)?.(payload) ?? null;
    if (fault !== null) throw fault;
    const method = name.slice("stream.".length);
    const engine = this.part.engine as unknown as Record<string, Handler>;
    const context = { seq: this.seq + 1, nowMs: this.nowMs, peer, mayWait: true };
    const outcome = (engine[method] as Handler).call(engine, payload, context);
    if (isSynapError(outcome)) throw outcome;
    if ("wait" in outcome) throw new Error("No command of rooms waits.");
    if (outcome.effects.length > 0) this.commit(outcome.effects);
    return fieldsToObject(
      wireCommand(name).response,
      outcome.payload as Record<string, unknown>,
    ) as Response<N>;
  }

  /** The refusal of a command. */
  refusal<N extends RoomCommand>(
    name: N,
    request: Request<N>,
    peer: Peer | null = null,
  ): SynapError {
    try {
      this.run(name, request, peer);
    } catch (error) {
      if (isSynapError(error)) return error;
      throw error;
    }
    throw new Error(`${name} was not refused.`);
  }

  /** Publishes so many events; the data is a number that counts on from the room's newest offset. */
  publish(room: string, count = 1): void {
    for (let i = 0; i < count; i++) {
      const newest = this.state.find(room)?.log.newest ?? 0;
      this.run("stream.publish", { room, event: "tick", data: newest + 1 });
    }
  }

  commit(effects: readonly Effect[]): void {
    const seq = ++this.seq;
    this.records.push(structuredClone({ seq, effects }));
    for (const effect of effects) this.part.apply(effect as RoomEffect, seq);
    this.woken = true;
  }

  /** Ends the turn. */
  turn(): void {
    this.woken = false;
    this.part.flush();
  }

  /** Ends turns until nothing asks for another. */
  settle(): number {
    let turns = 0;
    do {
      this.turn();
      turns++;
    } while (this.woken);
    return turns;
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  /** The peer's socket takes more again. */
  drain(peer: RoomPeer): void {
    peer.writable = true;
    this.part.drained(peer);
  }

  /** The process ends, and another one recovers what was committed; all parties are gone. */
  restart(): void {
    this.part.close();
    this.state = this.fold();
    this.part = new RoomPart(this.state, this.#ports());
  }

  /** What recovery makes of everything that was committed. */
  fold(): RoomState {
    const state = new RoomState();
    for (const { seq, effects } of this.records) {
      for (const effect of effects) state.apply(effect as RoomEffect, seq);
    }
    return state;
  }

  #ports(): PartPorts {
    const { clock, limits, memory } = this;
    return {
      limits,
      memory,
      clock,
      serving: new ServingClock(clock),
      atWall: (dueMs, fire) => clock.setTimer(fire, dueMs - clock.wallMs()),
      random: () => 0,
      nowMs: () => clock.wallMs(),
      seq: () => this.seq,
      commit: (effects) => this.commit(effects),
      wake: () => {
        this.woken = true;
      },
    };
  }
}

type Handler = (payload: object, context: DecisionContext) => Outcome;

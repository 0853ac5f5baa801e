import {
  decodeValue,
  fieldsToObject,
  isSynapError,
  type ServerMessage,
  wireCommand,
} from "@hivellm/synap-protocol";
import { expect } from "vitest";
import { type Answer, type Clock, type Limits, manualClock } from "../src/index.ts";
import { EngineImpl, foldRecords, imageOf } from "../src/internal.ts";
import { isVolatile } from "../src/journal/effects.ts";
import { callOf, type Name, type Request, run } from "./calls.ts";
import { type GatedJournal, gatedJournal } from "./gated-journal.ts";
import { compareUtf8, type Expected, KvModel } from "./kv-model.ts";
import { Party } from "./party.ts";
import { turns } from "./turns.ts";
import { WatchClient } from "./watch-client.ts";

/** A scan that is under way: what it has shown, and what it must show before it ends. */
interface Scan {
  readonly prefix: string;
  readonly seen: string[];
  readonly due: Set<string>;
  cursor: string | null;
}

/** A socket whose pushes reach the watches of its slot. */
class WatchingParty extends Party {
  readonly slot: Slot;
  readonly #begins = new Map<number, WatchClient>();

  constructor(engine: EngineImpl, slot: Slot) {
    super(engine, slot.client);
    this.slot = slot;
  }

  watch(client: WatchClient): void {
    client.asked = true;
    const request = { prefix: client.prefix, from_version: client.position ?? undefined };
    this.#begins.set(this.request("kv.watch", request), client);
  }

  override send(messages: readonly ServerMessage[]): void {
    super.send(messages);
    for (const message of messages) {
      if (message.kind === "reply") {
        this.#begins.get(message.id as number)?.begun(message.payload as { reset: boolean });
      } else if (message.kind === "push") {
        this.slot.watches.get(String(message.fields.prefix))?.take(message.type, message.fields);
      }
    }
  }
}

/** Who sits at one place: one party after the other, with what hangs on it. */
export interface Slot {
  readonly client: string;
  party: WatchingParty;
  watches: Map<string, WatchClient>;
  lostAtMs: number | null;
}

const SETTLING_TURNS = 12;
/** Longer than any time to live that the test gives. */
export const LONGEST_TTL_MS = 5_000;

/** The engine and its model side by side: every step is taken in both. */
export class KvWorld {
  readonly engine: EngineImpl;
  readonly journal: GatedJournal = gatedJournal();
  readonly model: KvModel;
  readonly slots: Slot[];
  readonly #clock = manualClock();
  readonly #faults: unknown[] = [];
  readonly #scans = new Map<string, Scan>();
  #jumpedMs = 0;
  #pending: Promise<string | null>[] = [];
  #lastVersion = 0;
  #held = false;

  constructor(limits: Partial<Limits>) {
    const clock: Clock = { ...this.#clock, wallMs: () => this.#clock.wallMs() + this.#jumpedMs };
    this.engine = new EngineImpl({
      clock,
      journal: this.journal,
      limits,
      random: () => 0.5,
      onFault: (error) => this.#faults.push(error),
    });
    this.model = new KvModel(clock.wallMs(), (key) => {
      for (const scan of this.#scans.values()) scan.due.delete(key);
    });
    this.slots = ["left", "right"].map((client) => this.#seat(client));
  }

  get isHeld(): boolean {
    return this.#held;
  }

  /** Runs a command on the engine now and on the model; the answer is compared when it comes. */
  do<N extends Name>(
    slot: Slot,
    name: N,
    request: Request<N>,
    expected: (version: () => number) => Expected,
  ): void {
    const format = this.#pending.length % 2 === 0 ? "json" : "msgpack";
    const answer = slot.party.session.execute(callOf(name, request, undefined, format));
    const keys = "entries" in request ? request.entries.map((e) => e.key) : [keyIn(request)];
    let made = 0;
    const version = (): number => {
      if (made === 0) made = this.#newVersion(keys[0] as string);
      return made;
    };
    const outcome = expected(version);
    this.#pending.push(compare(answer, name, request, outcome));
  }

  /** The version that the engine gave to what it just wrote: it must be a new one. */
  #newVersion(key: string): number {
    const { table } = this.engine.state.kv;
    const version = table.version.get(table.find(key));
    expect(version).toBeGreaterThan(this.#lastVersion);
    this.#lastVersion = version;
    return version;
  }

  /** Ends the turn; unless the journal is held, all answers are there then and right. */
  async endTurn(): Promise<void> {
    await turns(2);
    if (this.#held) return;
    const outcomes = await Promise.all(this.#pending);
    this.#pending = [];
    expect(outcomes.filter((fault) => fault !== null)).toEqual([]);
    expect(this.#faults).toEqual([]);
    expect(this.#watchFaults()).toEqual([]);
  }

  hold(): void {
    this.#held = true;
    this.journal.hold();
  }

  async release(): Promise<void> {
    this.#held = false;
    this.journal.release();
    await this.endTurn();
  }

  /** Timers fire as they should. */
  async advance(ms: number): Promise<void> {
    await this.#clock.advance(ms);
    this.model.advance(ms);
    for (const slot of this.slots) {
      const { lostAtMs } = slot;
      if (lostAtMs === null) continue;
      if (this.#clock.monotonicMs() < lostAtMs + this.engine.limits.sessionGraceMs) continue;
      this.model.release(slot.client);
      this.#reseat(slot);
    }
    await this.endTurn();
  }

  /** The wall clock is set forward: what has expired is still there, and must not be seen. */
  jump(ms: number): void {
    this.#jumpedMs += ms;
    this.model.advance(ms);
  }

  watch(slot: Slot, prefix: string, goesOn: boolean): void {
    const known = slot.watches.get(prefix);
    const client = goesOn && known !== undefined ? known : new WatchClient(prefix);
    slot.watches.set(prefix, client);
    slot.party.watch(client);
  }

  unwatch(slot: Slot, prefix: string): void {
    slot.watches.delete(prefix);
    slot.party.request("kv.unwatch", { prefix });
  }

  close(slot: Slot): void {
    slot.party.session.close("the test closes it");
    this.model.release(slot.client);
    this.#reseat(slot);
  }

  lose(slot: Slot): void {
    slot.party.session.lose();
    slot.lostAtMs = this.#clock.monotonicMs();
  }

  /** The party comes back and takes up what it had. */
  resume(slot: Slot): void {
    const token = slot.party.pushes("hello").at(-1)?.resume;
    slot.party = new WatchingParty(this.engine, slot);
    slot.lostAtMs = null;
    this.#greet(slot.party, { client_id: slot.client, resume: token });
    for (const client of slot.watches.values()) {
      if (client.asked) slot.party.watch(client);
    }
  }

  async scan(slot: Slot, name: string, prefix: string, count: number): Promise<void> {
    const scan = this.#scans.get(name) ?? this.#beginScan(name, prefix);
    const last = scan.seen.at(-1);
    const rest = this.#modelKeys(scan.prefix).filter(
      (key) => last === undefined || compareUtf8(key, last) > 0,
    );
    const cursor = scan.cursor ?? undefined;
    const page = await run(slot.party.session, "kv.scan", { prefix: scan.prefix, cursor, count });
    expect(page.keys).toEqual(rest.slice(0, count));
    expect(page.cursor !== null).toBe(page.has_more);
    if (rest.length > count) expect(page.has_more).toBe(true);
    scan.seen.push(...page.keys);
    scan.cursor = page.cursor;
    for (const key of page.keys) scan.due.delete(key);
    if (page.has_more) return;
    expect([...scan.due]).toEqual([]);
    this.#scans.delete(name);
  }

  /** Everybody reads, everything settles; then engine, journal and watchers say what the model says. */
  async settle(): Promise<void> {
    await this.release();
    for (const slot of this.slots) slot.party.drain();
    await turns(SETTLING_TURNS);
    await this.endTurn();
    this.#compareState();
    this.#compareWatches();
    await this.advance(LONGEST_TTL_MS);
    for (const slot of this.slots) slot.party.drain();
    await turns(SETTLING_TURNS);
    this.#compareState();
    this.#compareWatches();
    expect(this.engine.state.kv.table.size).toBe(this.model.entries.size);
  }

  #seat(client: string): Slot {
    const seat: Partial<Slot> & Pick<Slot, "client"> = { client };
    this.#reseat(seat as Slot);
    return seat as Slot;
  }

  #reseat(slot: Slot): void {
    slot.watches = new Map();
    slot.lostAtMs = null;
    slot.party = new WatchingParty(this.engine, slot);
    this.#greet(slot.party, { client_id: slot.client });
  }

  #greet(party: Party, fields: Record<string, unknown>): void {
    party.session.receive([{ kind: "notice", type: "hello", fields }]);
  }

  #beginScan(name: string, prefix: string): Scan {
    const scan = { prefix, seen: [], due: new Set(this.#modelKeys(prefix)), cursor: null };
    this.#scans.set(name, scan);
    return scan;
  }

  #modelKeys(prefix: string): string[] {
    const keys = [...this.model.entries.keys()].filter((key) => key.startsWith(prefix));
    return keys.sort(compareUtf8);
  }

  #watchFaults(): string[] {
    return this.slots.flatMap((slot) =>
      [...slot.watches.values()].flatMap((client) => client.faults),
    );
  }

  #compareState(): void {
    const kvState = this.engine.state.kv;
    const live: unknown[] = [];
    kvState.index.walk("", false, (handle, key) => {
      if (kvState.isExpired(handle, this.model.nowMs)) return true;
      live.push([
        key,
        decodeValue(kvState.table.valueOf(handle)),
        kvState.table.version.get(handle),
        kvState.table.expires.get(handle),
        kvState.ownerOf(key) !== null,
      ]);
      return true;
    });
    const wanted = this.#modelKeys("").map((key) => {
      const { value, version, expires, owner } = this.model.entries.get(key) ?? neverNull();
      return [key, value, version, expires, owner !== null];
    });
    expect(live).toEqual(wanted);
    const records = this.journal.blocks.flatMap((block) => block.records);
    expect(records.flatMap(({ effects }) => effects.filter(isVolatile))).toEqual([]);
    expect(imageOf(foldRecords(records))).toEqual(imageOf(this.engine.state));
  }

  #compareWatches(): void {
    for (const slot of this.slots.filter(({ lostAtMs }) => lostAtMs === null)) {
      for (const client of slot.watches.values()) {
        const known = [...client.keys].filter(([key]) => !this.#lingers(key));
        const wanted = this.#modelKeys(client.prefix).map((key) => {
          const { value, version } = this.model.entries.get(key) ?? neverNull();
          return [key, { value, version }];
        });
        expect(known.sort(([a], [b]) => compareUtf8(a, b))).toEqual(wanted);
        expect(client.position, `${client.prefix} has been seen whole`).not.toBeNull();
      }
    }
    expect(this.#watchFaults()).toEqual([]);
  }

  /** A key that has expired and was not removed yet: its watchers have not heard of it. */
  #lingers(key: string): boolean {
    const kvState = this.engine.state.kv;
    const handle = kvState.table.find(key);
    return handle >= 0 && kvState.isExpired(handle, this.model.nowMs);
  }
}

function keyIn(request: object): string | undefined {
  return "key" in request && typeof request.key === "string" ? request.key : undefined;
}

function neverNull(): never {
  throw new Error("The model lost a key between two looks at it.");
}

/** What is wrong with an answer, or null. */
async function compare<N extends Name>(
  answer: Promise<Answer>,
  name: N,
  request: Request<N>,
  expected: Expected,
): Promise<string | null> {
  const actual: Expected = await answer.then(
    ({ payload }) => ({ payload: fieldsToObject(wireCommand(name).response, payload) }),
    (error: unknown) => ({ code: isSynapError(error) ? error.code : "INTERNAL" }),
  );
  try {
    expect(actual).toEqual(expected);
    return null;
  } catch (error) {
    return `${name} ${JSON.stringify(request)}: ${String(error)}`;
  }
}

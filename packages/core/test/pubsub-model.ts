import type { Limits } from "../src/index.ts";
import { naiveMatch } from "./pubsub-lab.ts";

/** A copy of a message on its way to a party. */
interface Copy {
  readonly id: number;
  readonly group: string | null;
  readonly bytes: number;
}

/** A party as it should be: all in arrays. */
export class ModelParty {
  writable = true;
  /** Patterns by group, those without one under null. */
  readonly topics = new Map<string | null, string[]>();
  readonly turns = new Map<string, number>();
  fresh: Copy[] = [];
  waiting: Copy[] = [];
  lost = 0;
  /** What it should have been told: ids of messages, and gaps. */
  readonly told: string[] = [];
  /** It had copies of its own before it took up what waited for another: the same may come again. */
  mayRepeat = false;
  /** Every copy that was meant for it. */
  readonly meant = new Set<string>();

  get size(): number {
    return [...this.topics.values()].reduce((sum, topics) => sum + topics.length, 0);
  }

  listens(topic: string, group: string | null): boolean {
    return (this.topics.get(group) ?? []).some((pattern) => naiveMatch(pattern, topic));
  }
}

/** The members of a group that listen to one pattern; the first is the next to have a turn. */
interface ModelRing {
  readonly pattern: string;
  readonly group: string;
  members: ModelParty[];
}

/** What pub/sub should do, said as plainly as possible. */
export class PubsubModel {
  readonly #limits: Limits;
  parties: ModelParty[] = [];
  #rings: ModelRing[] = [];
  #due = new Set<ModelParty>();
  #turn = 0;
  copies = 0;
  /** Copies that two parties had, one of which took up the other. */
  doubles = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Whether it may. */
  subscribe(party: ModelParty, topics: readonly string[], group: string | null): boolean {
    const known = party.topics.get(group) ?? [];
    const missing = [...new Set(topics)].filter((topic) => !known.includes(topic));
    if (party.size + missing.length > this.#limits.maxPatternsPerSession) return false;
    for (const topic of missing) this.#add(party, topic, group);
    return true;
  }

  unsubscribe(party: ModelParty, topics: readonly string[] | undefined, group?: string): number {
    if (party.size === 0) return 0;
    this.#settle(party);
    const before = party.size;
    if (topics !== undefined) for (const topic of topics) this.#remove(party, topic, group ?? null);
    else {
      for (const [of, all] of [...party.topics]) {
        if (group !== undefined && of !== group) continue;
        for (const topic of [...all]) this.#remove(party, topic, of);
      }
    }
    const removed = before - party.size;
    if (party.size === 0) this.#discard(party);
    return removed;
  }

  /** To how many it goes. */
  publish(topic: string, id: number, bytes: number): number {
    const plain = this.parties.filter((party) => party.listens(topic, null));
    for (const party of plain) this.#give(party, { id, group: null, bytes });
    const matching = this.#rings.filter(({ pattern }) => naiveMatch(pattern, topic));
    const groups = new Set(matching.map(({ group }) => group));
    for (const group of groups) {
      const rings = matching.filter((ring) => ring.group === group);
      this.#give(this.#takeTurn(rings, group), { id, group, bytes });
    }
    return plain.length + groups.size;
  }

  drained(party: ModelParty): void {
    if (party.waiting.length > 0 || party.lost > 0) this.#due.add(party);
  }

  /** One turn's end. */
  flushOnce(): void {
    const due = [...this.#due];
    this.#due.clear();
    for (const party of due) this.#settle(party);
  }

  flush(): void {
    while (this.#due.size > 0) this.flushOnce();
  }

  takeUp(from: ModelParty, to: ModelParty): void {
    if (from.size === 0) return;
    to.mayRepeat ||= from.mayRepeat || to.meant.size > 0;
    const own = new ModelParty();
    const { topics, fresh, waiting, lost } = to;
    const plainFirst = [...topics].sort(([a], [b]) => Number(b === null) - Number(a === null));
    this.forget(to);
    Object.assign(own, { fresh, waiting, lost });
    this.#replace(from, to);
    for (const [group, all] of plainFirst) {
      for (const topic of all) this.subscribe(to, [topic], group); // as far as it may
    }
    this.#merge(own, to);
    this.drained(to);
  }

  forget(party: ModelParty): void {
    for (const [group, topics] of [...party.topics]) {
      for (const topic of [...topics]) this.#remove(party, topic, group);
    }
    this.#discard(party);
  }

  #add(party: ModelParty, topic: string, group: string | null): void {
    const topics = party.topics.get(group) ?? [];
    topics.push(topic);
    party.topics.set(group, topics);
    if (group === null) return;
    if (!party.turns.has(group)) party.turns.set(group, ++this.#turn);
    const known = this.#rings.find((ring) => ring.pattern === topic && ring.group === group);
    if (known === undefined) this.#rings.push({ pattern: topic, group, members: [party] });
    else known.members.push(party);
  }

  #remove(party: ModelParty, topic: string, group: string | null): void {
    const left = (party.topics.get(group) ?? []).filter((other) => other !== topic);
    if (left.length > 0) party.topics.set(group, left);
    else party.topics.delete(group);
    if (group === null) return;
    if (left.length === 0) party.turns.delete(group);
    for (const ring of this.#rings) {
      if (ring.pattern !== topic || ring.group !== group) continue;
      ring.members = ring.members.filter((member) => member !== party);
    }
    this.#rings = this.#rings.filter(({ members }) => members.length > 0);
  }

  #takeTurn(rings: readonly ModelRing[], group: string): ModelParty {
    const ready = rings.map(({ members }) => members.find(({ writable }) => writable));
    const isReady = ready.some((member) => member !== undefined);
    const offers = isReady ? ready : rings.map(({ members }) => members[0]);
    const turnOf = (party: ModelParty | undefined): number =>
      party?.turns.get(group) ?? Number.POSITIVE_INFINITY;
    const taken = [...offers].sort((a, b) => turnOf(a) - turnOf(b))[0] as ModelParty;
    for (const [i, ring] of rings.entries()) {
      if (offers[i] !== taken) continue;
      const behind = ring.members.indexOf(taken) + 1;
      ring.members = [...ring.members.slice(behind), ...ring.members.slice(0, behind)];
    }
    taken.turns.set(group, ++this.#turn);
    return taken;
  }

  #give(party: ModelParty, copy: Copy): void {
    this.copies++;
    party.meant.add(`${copy.id} ${copy.group}`);
    party.fresh.push(copy);
    this.#due.add(party);
  }

  #settle(party: ModelParty): void {
    if (!party.writable) {
      this.#hold(party);
      return;
    }
    if (party.lost > 0) party.told.push(`gap ${party.lost}`);
    party.lost = 0;
    for (let bytes = 0; bytes < this.#limits.maxPageBytes; ) {
      const copy = party.waiting.shift();
      if (copy === undefined) break;
      bytes += copy.bytes;
      party.told.push(String(copy.id));
    }
    if (party.waiting.length > 0) {
      this.#hold(party);
      this.#due.add(party);
      return;
    }
    for (const copy of party.fresh) party.told.push(String(copy.id));
    party.fresh = [];
  }

  #hold(party: ModelParty): void {
    this.#keep(party, party.fresh);
    party.fresh = [];
  }

  #keep(party: ModelParty, copies: readonly Copy[]): void {
    const { pubsubBufferMessages, pubsubBufferBytes } = this.#limits;
    const bytes = (): number => party.waiting.reduce((sum, copy) => sum + copy.bytes, 0);
    for (const copy of copies) {
      party.waiting.push(copy);
      while (party.waiting.length > pubsubBufferMessages || bytes() > pubsubBufferBytes) {
        party.waiting.shift();
        party.lost++;
      }
    }
  }

  /** `to` sits where `from` sat. */
  #replace(from: ModelParty, to: ModelParty): void {
    for (const [group, topics] of from.topics) to.topics.set(group, topics);
    for (const [group, turn] of from.turns) to.turns.set(group, turn);
    for (const ring of this.#rings) {
      ring.members = ring.members.map((member) => (member === from ? to : member));
    }
    for (const copy of from.meant) to.meant.add(copy);
    to.fresh = from.fresh;
    to.waiting = from.waiting;
    to.lost = from.lost;
    if (this.#due.delete(from)) this.#due.add(to);
    from.topics.clear();
  }

  /** What waited for its own subscriptions comes to what waited for those that it took up. */
  #merge(own: ModelParty, to: ModelParty): void {
    this.#hold(own);
    if (own.waiting.length === 0 && own.lost === 0) return;
    this.#hold(to);
    const isDouble = (copy: Copy): boolean =>
      to.waiting.some(({ id, group }) => id === copy.id && group === copy.group);
    const others = own.waiting.filter((copy) => !isDouble(copy));
    this.doubles += own.waiting.length - others.length;
    const all = [...to.waiting, ...others].sort((a, b) => a.id - b.id);
    to.waiting = [];
    to.lost += own.lost;
    this.#keep(to, all);
  }

  #discard(party: ModelParty): void {
    party.fresh = [];
    party.waiting = [];
    party.lost = 0;
    this.#due.delete(party);
  }
}

import { SynapError } from "@hivellm/synap-protocol";
import type { Limits } from "../limits.ts";
import type { Peer } from "../session/peer.ts";
import { isHere, type TurnTaker, takeTurn } from "./group-turns.ts";
import type { PatternCounts } from "./pattern-counts.ts";
import { PatternTrie } from "./pattern-trie.ts";
import type { SharedPush } from "./shared-push.ts";
import type { SlowBuffer } from "./slow-buffer.ts";
import { type Seat, TurnRing } from "./turn-ring.ts";

/** What a pattern that somebody listens to takes, and each subscription to it; roughly. */
const PATTERN_BYTES = 700;
const SUBSCRIPTION_BYTES = 200;
/** Subscriptions that have ended which leave the tables in one turn. */
const MAX_SWEPT_PER_TURN = 1_000;

/** One party with all that it listens to, and what it has still to get. */
export interface Subscriber {
  /** Changes when another party takes it up. */
  peer: Peer;
  /** The patterns that it listens to without a group. */
  readonly plain: Set<string>;
  /** What it listens to as a member of a group, by group. */
  readonly groups: Map<string, Member>;
  /** How many subscriptions it has in all. */
  size: number;
  /** It gets nothing any more, though tables may still name it. */
  hasEnded: boolean;
  /** The last message that was counted for it, or given to it. */
  reached: number;
  /** This turn's messages. */
  fresh: SharedPush[];
  buffer: SlowBuffer | null;
}

/** Who listens to one pattern. */
export interface Listeners {
  readonly pattern: string;
  readonly plain: Set<Subscriber>;
  readonly groups: Map<string, TurnRing<Member>>;
}

/** A subscriber's part in a group: its seats by pattern. */
class Member implements TurnTaker {
  readonly subscriber: Subscriber;
  readonly group: string;
  readonly seats = new Map<string, Seat<Member>>();
  lastTurn: number;
  hasEnded = false;

  constructor(subscriber: Subscriber, group: string, joined: number) {
    this.subscriber = subscriber;
    this.group = group;
    this.lastTurn = joined;
  }

  get writable(): boolean {
    return this.subscriber.peer.writable;
  }
}

/** Subscriptions of one party that are over and still have to leave the tables. */
interface Ended {
  readonly subscriber: Subscriber;
  readonly member: Member | null;
  readonly patterns: string[];
}

/**
 * Who listens to what.
 *
 * L1  a subscription is in its subscriber and in its pattern's listeners, or in neither; or it is over,
 *     named in `#ended`, gets nothing and is counted nowhere but in lists
 * L2  a subscriber has a subscription, listeners have a subscriber, a member has a seat, a ring has a
 *     member: what is empty is not there
 */
export class Subscriptions {
  readonly #limits: Limits;
  readonly #counts: PatternCounts;
  readonly #trie: PatternTrie<Listeners>;
  readonly #patterns = new Map<string, Listeners>();
  readonly #subscribers = new Map<Peer, Subscriber>();
  readonly #ended: Ended[] = [];
  #bytes = 0;
  /** Numbers messages and turns. */
  #count = 0;

  /** Each subscription is counted in `counts` at its pattern. */
  constructor(limits: Limits, counts: PatternCounts) {
    this.#limits = limits;
    this.#counts = counts;
    this.#trie = new PatternTrie(limits.pubsubCacheTopics);
  }

  /** How many parties listen to something. */
  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** What subscriptions take, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many entries there are in all of its tables; 0 when nobody listens. For tests. */
  get parts(): number {
    let parts = this.#trie.parts + this.#patterns.size + this.#bytes + this.#ended.length;
    for (const { plain, groups } of this.#subscribers.values()) {
      parts += 1 + plain.size + groups.size;
    }
    return parts;
  }

  find(peer: Peer): Subscriber | undefined {
    return this.#subscribers.get(peer);
  }

  /** What these subscriptions would take at most, in bytes. */
  growthOf(peer: Peer, topics: readonly string[], group: string | null): number {
    const known = this.#subscribers.get(peer);
    let bytes = 0;
    for (const topic of topics) {
      if (isSubscribed(known, topic, group)) continue;
      bytes += PATTERN_BYTES + SUBSCRIPTION_BYTES + topic.length;
    }
    return bytes;
  }

  /** Subscribes to all of these, or to none if they are too many; what is subscribed stays as it is. */
  subscribe(peer: Peer, topics: Iterable<string>, group: string | null): SynapError | null {
    const known = this.#subscribers.get(peer);
    const missing = [...new Set(topics)].filter((topic) => !isSubscribed(known, topic, group));
    const max = this.#limits.maxPatternsPerSession;
    if ((known?.size ?? 0) + missing.length > max) {
      return new SynapError("SUBSCRIBER_LIMIT", "This session listens to as much as it may.", {
        details: { limit: max },
      });
    }
    if (missing.length === 0) return null;
    const subscriber = known ?? this.#enter(peer);
    for (const topic of missing) this.#add(subscriber, topic, group);
    return null;
  }

  /** Ends these subscriptions; returns how many there were. */
  unsubscribe(subscriber: Subscriber, topics: Iterable<string>, group: string | null): number {
    let removed = 0;
    for (const topic of topics) {
      if (!isSubscribed(subscriber, topic, group)) continue;
      const member = group === null ? null : (subscriber.groups.get(group) as Member);
      this.#remove(subscriber, member, topic);
      if (member?.seats.size === 0) subscriber.groups.delete(member.group); // L2
      removed++;
    }
    this.#shrink(subscriber, removed);
    return removed;
  }

  /** Ends all subscriptions, or all of a group, for `sweep` to clear away; returns how many. */
  unsubscribeAll(subscriber: Subscriber, group?: string): number {
    const { plain, groups } = subscriber;
    const members = group === undefined ? [...groups.values()] : [groups.get(group)];
    let removed = 0;
    for (const member of members) {
      if (member === undefined) continue;
      removed += member.seats.size;
      member.hasEnded = true;
      groups.delete(member.group);
      this.#ended.push({ subscriber, member, patterns: [...member.seats.keys()] });
    }
    if (group === undefined) {
      removed += plain.size;
      subscriber.hasEnded = true;
      this.#ended.push({ subscriber, member: null, patterns: [...plain] });
    }
    this.#shrink(subscriber, removed);
    return removed;
  }

  /** Takes out of the tables what has ended, some of it; returns whether some is left. */
  sweep(): boolean {
    for (let left = MAX_SWEPT_PER_TURN; left > 0; ) {
      const last = this.#ended.at(-1);
      if (last === undefined) return false;
      const pattern = last.patterns.pop();
      if (pattern === undefined) this.#ended.pop();
      else {
        this.#remove(last.subscriber, last.member, pattern);
        left--;
      }
    }
    return this.#ended.length > 0;
  }

  /**
   * Another party takes up what one listened to; what it listens to itself is added, as far as it may
   * listen to so much. Returns its own subscriber from before, which has ended, if there was one.
   */
  takeUp(from: Subscriber, to: Peer): Subscriber | null {
    const own = this.#subscribers.get(to) ?? null;
    this.#subscribers.delete(from.peer);
    from.peer = to;
    this.#subscribers.set(to, from);
    if (own === null) return null;
    for (const topic of own.plain) this.subscribe(to, [topic], null);
    for (const { group, seats } of own.groups.values()) {
      for (const topic of seats.keys()) this.subscribe(to, [topic], group);
    }
    this.unsubscribeAll(own);
    return own;
  }

  /** The listeners of all patterns that match a topic. */
  match(topic: string): readonly Listeners[] {
    return this.#trie.match(topic);
  }

  /** A number that marks a message at those whom it has reached. */
  nextMark(): number {
    return ++this.#count;
  }

  /** To how many subscribers and groups a message goes. */
  countOf(topic: string): number {
    const matches = this.match(topic);
    const [only] = matches;
    if (only === undefined) return 0;
    if (matches.length === 1 && this.#ended.length === 0) return only.plain.size + only.groups.size;
    const mark = this.nextMark();
    let count = 0;
    for (const rings of this.ringsOf(matches).values()) {
      if (rings.some((ring) => ring.find(isHere) !== null)) count++;
    }
    for (const { plain } of matches) {
      for (const subscriber of plain) {
        if (subscriber.hasEnded || subscriber.reached === mark) continue;
        subscriber.reached = mark;
        count++;
      }
    }
    return count;
  }

  /** The groups that these listeners have members of, each with the rings of its members. */
  ringsOf(matches: readonly Listeners[]): ReadonlyMap<string, readonly TurnRing<Member>[]> {
    let rings: Map<string, TurnRing<Member>[]> | null = null;
    for (const { groups } of matches) {
      for (const [group, ring] of groups) {
        rings ??= new Map();
        const known = rings.get(group);
        if (known === undefined) rings.set(group, [ring]);
        else known.push(ring);
      }
    }
    return rings ?? NO_RINGS;
  }

  /** The subscriber that gets a message of a group; null if all of its members have ended. */
  takeTurn(rings: readonly TurnRing<Member>[]): Subscriber | null {
    return takeTurn(rings, ++this.#count)?.subscriber ?? null;
  }

  #enter(peer: Peer): Subscriber {
    const subscriber: Subscriber = {
      peer,
      plain: new Set(),
      groups: new Map(),
      size: 0,
      hasEnded: false,
      reached: 0,
      fresh: [],
      buffer: null,
    };
    this.#subscribers.set(peer, subscriber);
    return subscriber;
  }

  #shrink(subscriber: Subscriber, removed: number): void {
    const { peer } = subscriber;
    subscriber.size -= removed;
    if (subscriber.size > 0 || this.#subscribers.get(peer) !== subscriber) return;
    this.#subscribers.delete(peer); // L2
  }

  #add(subscriber: Subscriber, pattern: string, group: string | null): void {
    const listeners = this.#patterns.get(pattern) ?? this.#makeListeners(pattern);
    if (group === null) {
      listeners.plain.add(subscriber);
      subscriber.plain.add(pattern);
    } else {
      const known = subscriber.groups.get(group);
      const member = known ?? new Member(subscriber, group, ++this.#count);
      const ring = listeners.groups.get(group) ?? new TurnRing<Member>();
      member.seats.set(pattern, ring.join(member));
      listeners.groups.set(group, ring);
      subscriber.groups.set(group, member);
    }
    subscriber.size++;
    this.#counts.add(pattern);
    this.#bytes += SUBSCRIPTION_BYTES;
  }

  #remove(subscriber: Subscriber, member: Member | null, pattern: string): void {
    const listeners = this.#patterns.get(pattern) as Listeners;
    if (member === null) {
      listeners.plain.delete(subscriber);
      subscriber.plain.delete(pattern);
    } else {
      const ring = listeners.groups.get(member.group) as TurnRing<Member>;
      ring.leave(member.seats.get(pattern) as Seat<Member>);
      member.seats.delete(pattern);
      if (ring.size === 0) listeners.groups.delete(member.group); // L2
    }
    this.#counts.remove(pattern);
    this.#bytes -= SUBSCRIPTION_BYTES;
    if (listeners.plain.size > 0 || listeners.groups.size > 0) return;
    this.#patterns.delete(pattern); // L2
    this.#trie.remove(pattern, listeners);
    this.#bytes -= PATTERN_BYTES + pattern.length;
  }

  #makeListeners(pattern: string): Listeners {
    const made: Listeners = { pattern, plain: new Set(), groups: new Map() };
    this.#patterns.set(pattern, made);
    this.#trie.add(pattern, made);
    this.#bytes += PATTERN_BYTES + pattern.length;
    return made;
  }
}

const NO_RINGS: ReadonlyMap<string, readonly TurnRing<Member>[]> = new Map();

function isSubscribed(subscriber: Subscriber | undefined, topic: string, group: string | null) {
  if (group === null) return subscriber?.plain.has(topic) === true;
  return subscriber?.groups.get(group)?.seats.has(topic) === true;
}

import { MAX_PATTERN_SEGMENTS } from "@hivellm/synap-protocol";

/**
 * Prefixes share slots: that only costs topics a new look. Prefixes of few segments have many topics
 * under them, so they share with none that are longer: the empty one has slot 0, those of one
 * segment the next ones, all others the rest.
 */
const SHORT_SLOTS = 1_024;
const LONG_SLOTS = 4_096;
const DOT = 0x2e;

interface Entry<R> {
  readonly result: R;
  readonly madeAt: number;
  /** Where changes of patterns show that could match this topic: a slot for each of its prefixes. */
  readonly slots: readonly number[];
}

/**
 * What was found for the topics that were asked for last. Two generations stand for the order of
 * use: what was not asked for while the young one filled up goes with the old one.
 *
 * A pattern with wildcards can only match topics that begin with its literal segments, so a change
 * of it leaves its time at the slot of that prefix: O(1), and only topics under the prefix lose
 * what was found for them.
 *
 * K1  it holds at most `maxTopics` topics
 * K2  what it gives was found after the last change of any pattern that matches the topic
 */
export class TopicCache<R> {
  readonly #maxYoung: number;
  #young = new Map<string, Entry<R>>();
  #old = new Map<string, Entry<R>>();
  /** When a pattern last changed, by the slot of its literal prefix; counted in changes. */
  readonly #changedAt = new Float64Array(1 + SHORT_SLOTS + LONG_SLOTS);
  #changes = 0;

  /** With fewer than two topics it keeps nothing. */
  constructor(maxTopics: number) {
    this.#maxYoung = Math.floor(maxTopics / 2); // K1
  }

  get size(): number {
    let size = this.#young.size;
    for (const topic of this.#old.keys()) if (!this.#young.has(topic)) size++;
    return size;
  }

  get(topic: string): R | undefined {
    const young = this.#young.get(topic);
    const entry = young ?? this.#old.get(topic);
    if (entry === undefined || !this.#holds(entry)) return undefined;
    if (young === undefined) this.#keep(topic, entry);
    return entry.result;
  }

  put(topic: string, result: R): void {
    if (this.#maxYoung === 0) return;
    this.#keep(topic, { result, madeAt: this.#changes, slots: slotsOf(topic) });
  }

  /** A pattern without wildcards came or went: it matches one topic. */
  topicChanged(topic: string): void {
    this.#young.delete(topic);
    this.#old.delete(topic);
  }

  /** A pattern that begins with these segments and has a wildcard behind them came or went. */
  prefixChanged(literals: readonly string[]): void {
    const slot = slotsOf(literals.join(".")).at(literals.length) as number;
    this.#changedAt[slot] = ++this.#changes;
  }

  #holds({ slots, madeAt }: Entry<R>): boolean {
    for (let i = 0; i < slots.length; i++) {
      if ((this.#changedAt[slots[i] as number] as number) > madeAt) return false; // K2
    }
    return true;
  }

  #keep(topic: string, entry: Entry<R>): void {
    if (this.#young.size >= this.#maxYoung && !this.#young.has(topic)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(topic, entry);
  }
}

/**
 * The slots of a topic's prefixes: that of no segment, of the first, of the first two, and so on, as
 * far as the literal part of a pattern with wildcards can reach. FNV-1a over UTF-16 units.
 */
function slotsOf(topic: string): number[] {
  const slots = [0];
  if (topic.length === 0) return slots;
  let hash = 0x811c9dc5;
  for (let i = 0; i < topic.length; i++) {
    const unit = topic.charCodeAt(i);
    if (unit === DOT && slots.push(slotOf(hash, slots.length)) === MAX_PATTERN_SEGMENTS) {
      return slots;
    }
    hash = Math.imul(hash ^ unit, 0x01000193);
  }
  slots.push(slotOf(hash, slots.length));
  return slots;
}

function slotOf(hash: number, segments: number): number {
  const mixed = hash ^ (hash >>> 15); // the upper bits are the better ones
  return segments === 1
    ? 1 + (mixed & (SHORT_SLOTS - 1))
    : 1 + SHORT_SLOTS + (mixed & (LONG_SLOTS - 1));
}

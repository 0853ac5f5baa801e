import { DEFAULT_LIMITS } from "../limits.ts";
import { TopicCache } from "./topic-cache.ts";

/**
 * What more values than this match is found anew each time: that costs about as much as reading it,
 * and keeping it for each topic could take any amount of memory.
 */
const MAX_CACHED_VALUES = 64;

const NOTHING: readonly never[] = [];

/** Where the patterns stand that begin with the same segments, the last of which led here. */
class Node<T> {
  readonly isHash: boolean;
  literals: Map<string, Node<T>> | null = null;
  star: Node<T> | null = null;
  hash: Node<T> | null = null;
  values: Set<T> | null = null;
  /** The step of a walk that was here last: a step takes each node once. */
  step = 0;

  constructor(isHash: boolean) {
    this.isHash = isHash;
  }

  get isBare(): boolean {
    const { literals, star, hash, values } = this;
    return literals === null && star === null && hash === null && values === null;
  }

  child(segment: string): Node<T> | undefined {
    if (segment === "*") return this.star ?? undefined;
    if (segment === "#") return this.hash ?? undefined;
    return this.literals?.get(segment);
  }

  grow(segment: string): Node<T> {
    const known = this.child(segment);
    if (known !== undefined) return known;
    const made = new Node<T>(segment === "#");
    if (segment === "*") this.star = made;
    else if (segment === "#") this.hash = made;
    else {
      this.literals ??= new Map();
      this.literals.set(segment, made);
    }
    return made;
  }

  drop(segment: string): void {
    if (segment === "*") this.star = null;
    else if (segment === "#") this.hash = null;
    else if (this.literals?.delete(segment) && this.literals.size === 0) this.literals = null;
  }
}

/**
 * Values by topic patterns: segments joined by dots, `*` for one segment, `#` for zero or more,
 * anywhere. A walk keeps the set of nodes that the segments so far lead to, so it never goes back:
 * its cost is that of the patterns that begin as the topic does, whatever else is listened to.
 *
 * T1  a node without values has children, but for the root
 * T2  a pattern without wildcards has no node: its topic finds it with one look
 * T3  an answer, from the cache or not, has each value of all matching patterns once
 */
export class PatternTrie<T> {
  readonly #exact = new Map<string, Set<T>>();
  readonly #root = new Node<T>(false);
  readonly #cache: TopicCache<readonly T[]>;
  #size = 0;
  #step = 0;
  #here: Node<T>[] = [];
  #there: Node<T>[] = [];

  constructor(cacheTopics: number = DEFAULT_LIMITS.pubsubCacheTopics) {
    this.#cache = new TopicCache(cacheTopics);
  }

  /** How many values there are, each counted at each of its patterns. */
  get size(): number {
    return this.#size;
  }

  /** Adds a value at a pattern; returns whether it was not there. */
  add(pattern: string, value: T): boolean {
    const values = this.#valuesAt(pattern);
    if (values.has(value)) return false;
    values.add(value);
    this.#size++;
    this.#changed(pattern);
    return true;
  }

  /** Removes a value from a pattern; returns whether it was there. */
  remove(pattern: string, value: T): boolean {
    const isThere = hasWildcard(pattern)
      ? this.#removeBelow(this.#root, pattern.split("."), 0, value)
      : this.#removeExact(pattern, value);
    if (!isThere) return false;
    this.#size--;
    this.#changed(pattern);
    return true;
  }

  /** The values of all patterns that match a topic. The array may be shared, and never changes. */
  match(topic: string): readonly T[] {
    const known = this.#cache.get(topic);
    if (known !== undefined) return known;
    const found = this.#find(topic);
    if (found.length <= MAX_CACHED_VALUES) this.#cache.put(topic, found);
    return found;
  }

  /** How many nodes and sets it consists of; 0 when nothing is in it. For tests. */
  get parts(): number {
    return this.#exact.size + countBelow(this.#root);
  }

  #valuesAt(pattern: string): Set<T> {
    if (hasWildcard(pattern)) {
      let node = this.#root;
      for (const segment of pattern.split(".")) node = node.grow(segment);
      node.values ??= new Set();
      return node.values;
    }
    const known = this.#exact.get(pattern);
    if (known !== undefined) return known;
    const made = new Set<T>();
    this.#exact.set(pattern, made); // T2
    return made;
  }

  #removeExact(pattern: string, value: T): boolean {
    const values = this.#exact.get(pattern);
    if (!values?.delete(value)) return false;
    if (values.size === 0) this.#exact.delete(pattern);
    return true;
  }

  #removeBelow(node: Node<T>, segments: readonly string[], at: number, value: T): boolean {
    const segment = segments[at];
    if (segment === undefined) {
      if (!node.values?.delete(value)) return false;
      if (node.values.size === 0) node.values = null;
      return true;
    }
    const child = node.child(segment);
    if (child === undefined || !this.#removeBelow(child, segments, at + 1, value)) return false;
    if (child.isBare) node.drop(segment); // T1
    return true;
  }

  #changed(pattern: string): void {
    if (!hasWildcard(pattern)) {
      this.#cache.topicChanged(pattern);
      return;
    }
    const segments = pattern.split(".");
    this.#cache.prefixChanged(segments.slice(0, segments.findIndex(hasWildcard)));
  }

  #find(topic: string): readonly T[] {
    const exact = this.#exact.get(topic);
    if (this.#root.isBare) return exact === undefined ? NOTHING : [...exact];
    const sets = exact === undefined ? [] : [exact];
    this.#walk(topic, sets);
    const [only, ...others] = sets;
    if (only === undefined) return NOTHING;
    if (others.length === 0) return [...only];
    const all = new Set(only); // T3
    for (const values of others) for (const value of values) all.add(value);
    return [...all];
  }

  /** Adds the values of the nodes that the topic leads to. */
  #walk(topic: string, sets: Set<T>[]): void {
    this.#step++;
    this.#enter(this.#root);
    for (const segment of topic.split(".")) {
      const here = this.#there;
      this.#there = this.#here;
      this.#here = here;
      this.#step++;
      for (const node of here) {
        const literal = node.literals?.get(segment);
        if (literal !== undefined) this.#enter(literal);
        if (node.star !== null) this.#enter(node.star);
        if (node.isHash) this.#enter(node);
      }
      here.length = 0;
    }
    for (const { values } of this.#there) if (values !== null) sets.push(values);
    this.#there.length = 0;
  }

  /** Whoever is before a `#` is also behind it: it may stand for nothing. */
  #enter(node: Node<T>): void {
    for (let at: Node<T> | null = node; at !== null && at.step !== this.#step; at = at.hash) {
      at.step = this.#step;
      this.#there.push(at);
    }
  }
}

function hasWildcard(pattern: string): boolean {
  return pattern.includes("*") || pattern.includes("#");
}

function countBelow<T>({ literals, star, hash, values }: Node<T>): number {
  let count = values === null ? 0 : 1;
  for (const child of [...(literals?.values() ?? []), star, hash]) {
    if (child !== null) count += 1 + countBelow(child);
  }
  return count;
}

/**
 * What a publish costs as patterns that do not match grow in number, and what changes of patterns
 * cost: the engine alone, without sockets. Run by hand:
 * `node --expose-gc --import tsx packages/core/scripts/pubsub-bench.ts [--quick]`.
 */
import { parseArgs } from "node:util";
import { PatternTrie } from "../src/pubsub/pattern-trie.ts";
import { FakePeer, PubsubLab, tagged } from "../test/pubsub-lab.ts";

const { values: options } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const ROUNDS = 5;
const OPERATIONS = options.quick ? 20_000 : 200_000;
const SIZES = [1, 100, 10_000];
const TOPIC = "orders.eu.created";
const MATCHING = "orders.*.created";

/** Patterns that do not match the topic, though many begin or end as one that does. */
const SHAPES: Readonly<Record<string, (n: number) => string>> = {
  exact: (n) => `orders.eu.${n}`,
  "orders.N.*": (n) => `orders.${n}.*`,
  "*.*.N": (n) => `*.*.${n}`,
  "#.N": (n) => `#.${n}`,
  mixed: (n) =>
    [`orders.eu.${n}`, `orders.${n}.*`, `#.${n}`, `*.${n}.#`, `${n}.#.created`][n % 5] as string,
};

/** What is measured: `run` does it once. */
interface Subject {
  readonly name: string;
  readonly size: number;
  readonly run: (i: number) => unknown;
  readonly samples: number[];
  readonly operations?: number;
}

function trieOf(shape: (n: number) => string, size: number, cacheTopics: number) {
  const trie = new PatternTrie<number>(cacheTopics);
  trie.add(MATCHING, 0);
  for (let n = 1; n < size; n++) trie.add(shape(n), n);
  return trie;
}

function matches(name: string, shape: (n: number) => string, size: number): Subject[] {
  const walked = trieOf(shape, size, 0);
  const cached = trieOf(shape, size, 10_000);
  return [
    { name: `match, walked   ${name}`, size, run: () => walked.match(TOPIC), samples: [] },
    { name: `match, cached   ${name}`, size, run: () => cached.match(TOPIC), samples: [] },
  ];
}

/** The whole way through the part: decision, delivery, the end of the turn every 16 messages. */
function publishes(name: string, shape: (n: number) => string, size: number): Subject {
  const lab = new PubsubLab();
  const peer = new FakePeer("one");
  lab.subscribe(peer, MATCHING);
  const others = new FakePeer("others");
  for (let n = 1; n < size; n++) lab.subscribe(others, shape(n));
  const request = { topic: TOPIC, message: tagged("x".repeat(100)) };
  const run = (i: number): void => {
    lab.run("pubsub.publish", request);
    if (i % 16 !== 0) return;
    lab.flush();
    peer.calls.length = 0;
    peer.seqs.length = 0;
  };
  return { name: `publish         ${name}`, size, run, samples: [] };
}

/** A pattern comes and goes between two looks at topics that are in the cache. */
function churn(name: string, pattern: (i: number) => string): Subject {
  const trie = trieOf((n) => `orders.${n}.*`, 10_000, 10_000);
  const topics = Array.from({ length: 4_000 }, (_, i) => `orders.${i}.created`);
  for (const topic of topics) trie.match(topic);
  const run = (i: number): void => {
    trie.add(pattern(i), -1);
    trie.match(topics[i % topics.length] as string);
    trie.remove(pattern(i), -1);
    trie.match(topics[(i * 7) % topics.length] as string);
  };
  return { name: `churn of ${name}`, size: 10_000, run, samples: [] };
}

/** Time of this process's own, so that others on the machine do not count. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function measure({ run, samples, operations = OPERATIONS }: Subject): void {
  const start = cpuMicros();
  for (let i = 1; i <= operations; i++) run(i);
  samples.push(((cpuMicros() - start) / operations) * 1_000);
}

function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}

function measureAll(subjects: readonly Subject[]): void {
  for (const subject of subjects) subject.run(1);
  for (const subject of subjects) measure(subject); // warm-up
  for (const subject of subjects) subject.samples.length = 0;
  for (let round = 0; round < ROUNDS; round++) for (const subject of subjects) measure(subject);
}

function reportGrowth(): void {
  console.log(`Nanoseconds of CPU, medians of ${ROUNDS} interleaved rounds of ${OPERATIONS}.`);
  console.log("The ratio is the median of the rounds' ratios.\n");
  console.log("                            1     100  10 000   10 000 : 1");
  for (const [name, shape] of Object.entries(SHAPES)) {
    const bySize = SIZES.map((size) => [
      ...matches(name, shape, size),
      publishes(name, shape, size),
    ]);
    measureAll(bySize.flat());
    for (const [i, { name: what }] of (bySize[0] as Subject[]).entries()) {
      const samples = bySize.map((subjects) => (subjects[i] as Subject).samples);
      const [few = [], , many = []] = samples;
      const ratio = median(many.map((sample, round) => sample / (few[round] as number)));
      const numbers = samples.map((all) => median(all).toFixed(0).padStart(8)).join("");
      console.log(`${what.padEnd(27)}${numbers}   ${ratio.toFixed(2)}`);
    }
  }
}

/** A message to many, and to one of many, the end of the turn included. */
function fanOut(count: number, group: string | undefined): Subject {
  const lab = new PubsubLab();
  const all = Array.from({ length: count }, (_, i) => new FakePeer(String(i)));
  for (const peer of all) lab.subscribe(peer, MATCHING, group);
  const request = { topic: TOPIC, message: tagged("x".repeat(100)) };
  const run = (i: number): void => {
    lab.run("pubsub.publish", request);
    if (i % 16 !== 0) return;
    lab.flush();
    for (const peer of all) {
      peer.calls.length = 0;
      peer.seqs.length = 0;
    }
  };
  const operations = Math.ceil(OPERATIONS / (group === undefined ? count : 1));
  const name = group === undefined ? "a copy to each of" : "a copy to one of";
  return { name: `${name} ${count}`, size: count, run, samples: [], operations };
}

function reportFanOut(): void {
  const plain = SIZES.slice(0, 2).map((count) => fanOut(count, undefined));
  const groups = SIZES.slice(0, 2).map((count) => fanOut(count, "g"));
  measureAll([...plain, ...groups]);
  console.log("\nPer copy that is delivered.");
  for (const { name, size, samples } of [...plain, ...groups]) {
    const copies = plain.some((subject) => subject.name === name) ? size : 1;
    console.log(`${name.padEnd(30)}${(median(samples) / copies).toFixed(0).padStart(8)}`);
  }
}

function reportChurn(): void {
  const subjects = [
    churn("an exact topic", (i) => `reply.${i}`),
    churn("another prefix", (i) => `session.${i}.*`),
    churn("the same prefix", (i) => `orders.*.${i}`),
    churn("every topic (#.N)", (i) => `#.${i}`),
  ];
  measureAll(subjects);
  console.log("\nAdd, match, remove, match; 10 000 patterns, 4 000 topics in the cache.");
  for (const { name, samples } of subjects) {
    console.log(`${name.padEnd(30)}${median(samples).toFixed(0).padStart(8)}`);
  }
}

function reportMemory(): void {
  if (globalThis.gc === undefined) return;
  console.log("\nBytes per subscription: measured, and as the account has it.");
  for (const [name, shape] of Object.entries(SHAPES)) {
    const lab = new PubsubLab();
    const peer = new FakePeer("one");
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 50_000; n++) lab.subscribe(peer, shape(n));
    globalThis.gc();
    const bytes = process.memoryUsage().heapUsed - before;
    const account = lab.part.bytes() / 50_000;
    console.log(
      `${name.padEnd(30)}${(bytes / 50_000).toFixed(0).padStart(8)}${account.toFixed(0).padStart(8)}`,
    );
  }
}

reportGrowth();
reportFanOut();
reportChurn();
reportMemory();

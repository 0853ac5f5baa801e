import {
  encodeValue,
  type ServerPush,
  SynapError,
  type TaggedValue,
  type Value,
} from "@hivellm/synap-protocol";
import type { AnswerOf, CommandName, RequestOf } from "@hivellm/synap-protocol/schema";
import type { Decided, DecisionContext } from "../src/commands.ts";
import { DEFAULT_LIMITS, type Effect, type Limits, manualClock } from "../src/index.ts";
import { MemoryAccount } from "../src/memory-account.ts";
import type { PartPorts } from "../src/part.ts";
import type { Bindings } from "../src/pubsub/bindings.ts";
import { PatternCounts } from "../src/pubsub/pattern-counts.ts";
import { PatternTrie } from "../src/pubsub/pattern-trie.ts";
import { PubsubPart } from "../src/pubsub/pubsub-part.ts";
import type { QueueEffect } from "../src/queue/queue-effects.ts";
import type { Peer } from "../src/session/peer.ts";
import { ServingClock } from "../src/session/serving-clock.ts";

/** A party that keeps what it is given; one element of `calls` is what came at once. */
export class FakePeer implements Peer {
  readonly bindingId: string;
  readonly calls: (readonly ServerPush[])[] = [];
  readonly seqs: number[] = [];
  writable = true;

  constructor(name: string) {
    this.bindingId = name;
  }

  push(pushes: readonly ServerPush[], seq: number): void {
    this.calls.push([...pushes]);
    this.seqs.push(seq);
  }

  get pushes(): ServerPush[] {
    return this.calls.flat();
  }

  /** What came, in short: `topic` or `topic@group` with its id, or `gap n`. */
  get told(): string[] {
    return this.pushes.map(({ type, fields }) => {
      if (type === "gap") return `gap ${String(fields.lost)}`;
      const group = fields.group === undefined ? "" : `@${String(fields.group)}`;
      return `${String(fields.topic)}${group} ${String(fields.message_id)}`;
    });
  }
}

/** Bound queues that only say what would be published. */
export class FakeBindings implements Bindings {
  readonly counts = new PatternCounts();
  readonly #trie = new PatternTrie<string>();
  readonly full = new Set<string>();

  get size(): number {
    return this.#trie.size;
  }

  bind(queue: string, pattern: string): void {
    if (this.#trie.add(pattern, queue)) this.counts.add(pattern);
  }

  unbind(queue: string, pattern: string): void {
    if (this.#trie.remove(pattern, queue)) this.counts.remove(pattern);
  }

  publish(
    topic: string,
    value: TaggedValue,
    headers: Readonly<Record<string, string>> | null,
    { seq, nowMs }: DecisionContext,
  ): { effects: readonly QueueEffect[]; queues: number } | SynapError {
    const queues = this.#trie.match(topic);
    const full = queues.find((queue) => this.full.has(queue));
    if (full !== undefined) return new SynapError("QUEUE_FULL", `The queue ${full} is full.`);
    const message = { value, headers, priority: 5, maxRetries: 3 };
    const effects = queues.map((queue, i): QueueEffect => {
      const messages = [{ ...message, visibleAt: 0, expires: 0, dedup: null }];
      return { type: "queue.publish", queue, firstId: seq + 1 + i, timeMs: nowMs, messages };
    });
    return { effects, queues: queues.length };
  }
}

type PubsubCommand = Extract<CommandName, `pubsub.${string}`>;
type Requests = { [Name in PubsubCommand]: RequestOf<Name> };
type Answers = { [Name in PubsubCommand]: AnswerOf<Name> };
type Handler<Name extends PubsubCommand> = (
  request: Requests[Name],
  context: DecisionContext,
) => Decided<Answers[Name]> | SynapError;

/** The lab's time, which stands still. */
export const NOW_MS = 1_700_000_000_000;

/** Pub/sub alone, at the level of its part: the test ends the turns. */
export class PubsubLab {
  readonly limits: Limits;
  readonly bindings = new FakeBindings();
  readonly part: PubsubPart;
  readonly queued: QueueEffect[] = [];
  /** What other engines hold, for tests of the memory limit. */
  otherBytes = 0;
  seq = 100;
  #awake = false;

  constructor(limits: Partial<Limits> = {}) {
    this.limits = { ...DEFAULT_LIMITS, ...limits };
    const clock = manualClock();
    const memory = new MemoryAccount(this.limits);
    const ports: PartPorts = {
      limits: this.limits,
      memory,
      clock,
      serving: new ServingClock(clock),
      atWall: () => () => {},
      random: () => 0.5,
      nowMs: () => NOW_MS,
      seq: () => this.seq,
      commit: (effects) => this.#commit(effects),
      wake: () => {
        this.#awake = true;
      },
    };
    this.part = new PubsubPart(ports, this.bindings);
    memory.include(() => this.part.bytes() + this.otherBytes);
  }

  /** Runs a command; a refusal is returned as it is. */
  try<Name extends PubsubCommand>(
    name: Name,
    request: Requests[Name],
    peer: Peer | null = null,
  ): Answers[Name] | SynapError {
    const { engine } = this.part;
    const handlers = engine as unknown as Record<string, Handler<Name>>;
    const handler = handlers[name.slice("pubsub.".length)] as Handler<Name>;
    const context = { seq: this.seq + 1, nowMs: NOW_MS, peer, mayWait: true };
    const outcome = handler.call(engine, request, context);
    if (outcome instanceof SynapError) return outcome;
    if (outcome.effects.length > 0) this.#commit(outcome.effects);
    return outcome.payload;
  }

  /** Runs a command that must succeed. */
  run<Name extends PubsubCommand>(
    name: Name,
    request: Requests[Name],
    peer: Peer | null = null,
  ): Answers[Name] {
    const answer = this.try(name, request, peer);
    if (answer instanceof SynapError) throw answer;
    return answer;
  }

  subscribe(peer: Peer, topics: string | string[], group?: string): void {
    this.run("pubsub.subscribe", { topics: [topics].flat(), group }, peer);
  }

  unsubscribe(peer: Peer, topics?: string | string[], group?: string): number {
    const request = { topics: topics === undefined ? undefined : [topics].flat(), group };
    return this.run("pubsub.unsubscribe", request, peer).removed;
  }

  /** Publishes; returns how many it goes to. */
  publish(topic: string, value: Value = 0): number {
    return this.run("pubsub.publish", { topic, message: tagged(value) }).subscribers_matched;
  }

  /** Ends the turn, and those that it asks for. */
  flush(): void {
    while (this.#awake) this.flushOnce();
  }

  flushOnce(): void {
    this.#awake = false;
    this.part.flush();
  }

  drain(peer: FakePeer): void {
    peer.writable = true;
    this.part.drained(peer);
    this.flush();
  }

  #commit(effects: readonly Effect[]): void {
    const seq = ++this.seq;
    for (const effect of effects) {
      if (effect.type === "pubsub.message") this.part.apply(effect, seq);
      else this.queued.push(effect as QueueEffect);
    }
    this.seq += effects.filter(({ type }) => type === "queue.publish").length;
  }
}

export function tagged(value: Value): TaggedValue {
  return encodeValue(value, "msgpack");
}

export function peers(...names: string[]): FakePeer[] {
  return names.map((name) => new FakePeer(name));
}

/** A lab with parties of these names. */
export function labOf<Names extends string>(names: Names[], limits: Partial<Limits> = {}) {
  const all = peers(...names);
  const lab = new PubsubLab(limits);
  return {
    lab,
    ...(Object.fromEntries(names.map((name, i) => [name, all[i]])) as Record<Names, FakePeer>),
  };
}

/** What was told, without the messages' ids. */
export function topicsTold(peer: FakePeer): string[] {
  return peer.told.map((line) => (line.startsWith("gap") ? line : (line.split(" ")[0] as string)));
}

/** Whether a pattern matches, as one would say it first: the reference for everything quicker. */
export function naiveMatch(pattern: string, topic: string): boolean {
  const match = (parts: readonly string[], segments: readonly string[]): boolean => {
    const [part, ...others] = parts;
    const [segment, ...rest] = segments;
    if (part === undefined) return segment === undefined;
    if (part === "#")
      return match(others, segments) || (segment !== undefined && match(parts, rest));
    return segment !== undefined && (part === "*" || part === segment) && match(others, rest);
  };
  return match(pattern.split("."), topic.split("."));
}

import { invalidRequest, SynapError, type TaggedValue } from "@hivellm/synap-protocol";
import type { AnswerOf, CommandName, RequestOf } from "@hivellm/synap-protocol/schema";
import type { Decided, DecisionContext, Handlers } from "../commands.ts";
import type { Effect } from "../journal/journal.ts";
import type { Limits } from "../limits.ts";
import type { MemoryAccount } from "../memory-account.ts";
import { pageOfNames } from "../pages.ts";
import { needsSession, outOfMemory, tooLarge } from "../refusals.ts";
import type { Bindings } from "./bindings.ts";
import type { PubsubDesk } from "./pubsub-desk.ts";
import type { PubsubEffect } from "./pubsub-effects.ts";
import { messageBytes } from "./shared-push.ts";

type Answered<Name extends CommandName> = Decided<AnswerOf<Name>> | SynapError;

const UNCHANGED: readonly Effect[] = [];

/** The names under which a message may be given, of which one must be. */
const MESSAGE_FIELDS = ["message", "payload", "data"] as const;

/** Decides pub/sub commands. A message is an effect that nothing keeps, but for bound queues. */
export class PubsubEngine implements Handlers<"pubsub"> {
  readonly #desk: PubsubDesk;
  readonly #bindings: Bindings;
  readonly #limits: Limits;
  readonly #memory: MemoryAccount;

  constructor(parts: {
    desk: PubsubDesk;
    bindings: Bindings;
    limits: Limits;
    memory: MemoryAccount;
  }) {
    this.#desk = parts.desk;
    this.#bindings = parts.bindings;
    this.#limits = parts.limits;
    this.#memory = parts.memory;
  }

  publish(
    request: RequestOf<"pubsub.publish">,
    context: DecisionContext,
  ): Answered<"pubsub.publish"> {
    const { topic } = request;
    const metadata = request.metadata ?? null;
    const message = this.#messageOf(request);
    if (message instanceof SynapError) return message;
    if (this.#memory.refuses(messageBytes({ topic, message, metadata }))) {
      return outOfMemory();
    }
    const bound = this.#bindings.publish(topic, message, metadata, context);
    if (bound instanceof SynapError) return bound;
    const { seq, nowMs: timeMs } = context;
    const effect: PubsubEffect = { type: "pubsub.message", topic, message, metadata, timeMs };
    const payload = {
      message_id: String(seq),
      topic,
      subscribers_matched: this.#desk.subscriptions.countOf(topic) + bound.queues,
    };
    return { payload, effects: [effect, ...bound.effects] };
  }

  subscribe(
    { topics, group }: RequestOf<"pubsub.subscribe">,
    { peer }: DecisionContext,
  ): Answered<"pubsub.subscribe"> {
    if (peer === null) return needsSession("command");
    const of = group ?? null;
    if (this.#memory.refuses(this.#desk.subscriptions.growthOf(peer, topics, of))) {
      return outOfMemory();
    }
    const refusal = this.#desk.subscribe(peer, topics, of);
    return refusal ?? { payload: { topics: [...new Set(topics)] }, effects: UNCHANGED };
  }

  unsubscribe(
    { topics, group }: RequestOf<"pubsub.unsubscribe">,
    { peer }: DecisionContext,
  ): Answered<"pubsub.unsubscribe"> {
    if (peer === null) return needsSession("command");
    const removed = this.#desk.unsubscribe(peer, topics, group);
    return { payload: { removed }, effects: UNCHANGED };
  }

  /** One page of what is listened to, in order. */
  topics(request: RequestOf<"pubsub.topics">): Answered<"pubsub.topics"> {
    const { counts } = this.#bindings;
    const page = pageOfNames(counts.patterns, request, {
      command: "pubsub.topics",
      maxPageBytes: this.#limits.maxPageBytes,
      item: (_, topic) => ({ topic, subscribers: counts.countOf(topic) }),
    });
    return page instanceof SynapError ? page : { payload: page, effects: UNCHANGED };
  }

  stats(): Answered<"pubsub.stats"> {
    const { subscriptions, published, delivered, dropped } = this.#desk;
    const payload = {
      topics: this.#bindings.counts.size,
      subscribers: subscriptions.subscribers,
      bindings: this.#bindings.size,
      published,
      delivered,
      dropped,
    };
    return { payload, effects: UNCHANGED };
  }

  #messageOf(request: RequestOf<"pubsub.publish">): TaggedValue | SynapError {
    let given: TaggedValue | null = null;
    for (const path of MESSAGE_FIELDS) {
      const value = request[path];
      if (value === undefined) continue;
      if (given !== null) return notOneMessage("takes only one of message, payload and data");
      const limit = this.#limits.maxValueBytes;
      if (value.length - 1 > limit) return tooLarge(path, limit, value.length - 1);
      given = value;
    }
    return given ?? notOneMessage("needs a message");
  }
}

function notOneMessage(what: string): SynapError {
  return invalidRequest(`pubsub.publish ${what}.`, {
    path: "message",
    expected: "any JSON value or bytes, as message, payload or data",
  });
}

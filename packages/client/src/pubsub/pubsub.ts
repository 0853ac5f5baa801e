import { checkValue, optionAdder, textsOf } from "../arguments.ts";
import type { Caller } from "../calls/caller.ts";
import { renamed } from "../calls/specs.ts";
import { invalid } from "../errors.ts";
import { type Emitter, gapOf, guard } from "../events.ts";
import { readAll } from "../mailbox.ts";
import { asSubscription, checkHandler } from "../subscription.ts";
import { MessageReader } from "./message-reader.ts";
import type { PubSub } from "./pubsub-api.ts";
import type { MessageTaker, Topics } from "./topics.ts";
import type {
  ListenOptions,
  MessageInfo,
  MessagesOptions,
  PubSubMessage,
  PubSubPublishResult,
} from "./types.ts";

const PUBLISH = renamed<PubSubPublishResult>("pubsub.publish");
const addPublish = optionAdder(PUBLISH.command, ["topic", "message", "payload", "data"]);

const MAX_WAITING = 1_000;

/** The methods of pub/sub. */
export function pubsubMethods(caller: Caller, topics: Topics, emitter: Emitter): PubSub {
  return {
    publish: (topic, message, options) =>
      caller.build(PUBLISH, options, () => {
        checkValue(message, "message");
        const payload = addPublish({ topic, message }, options);
        const { metadata } = payload;
        if (metadata !== undefined) payload.metadata = textsOf(metadata, "metadata");
        return payload;
      }),

    async subscribe<T>(
      given: string | readonly string[],
      onMessage: (topic: string, message: T, info: MessageInfo) => unknown,
      options: ListenOptions = {},
    ) {
      const patterns = readTopics(given);
      checkHandler(onMessage, "onMessage");
      const about = `the topics ${patterns.join(", ")}`;
      const taker: MessageTaker = {
        take: ({ topic, message, ...info }) =>
          guard(
            () => onMessage(topic, message as T, info),
            (thrown) => emitter.report(`A handler of ${about} failed.`, thrown),
          ),
        ended: (error) => {
          if (error !== null) emitter.report(`The subscription to ${about} has ended.`, error);
        },
      };
      const listener = { topics: patterns, group: readGroup(options), taker };
      await topics.add(listener, options);
      return asSubscription({ topics: [...patterns] }, () => topics.remove(listener));
    },

    async *messages<T>(given: string | readonly string[], options: MessagesOptions = {}) {
      const { maxWaiting = MAX_WAITING, signal } = options;
      if (!(maxWaiting >= 1)) throw invalid("maxWaiting", "a number of at least 1", maxWaiting);
      const request = { topics: readTopics(given), group: readGroup(options), maxWaiting, options };
      const reader = new MessageReader(topics, request, (lost) =>
        emitter.emit("gap", gapOf("pubsub", { reason: "slow", lost })),
      );
      yield* readAll<PubSubMessage<T>>(reader, signal);
    },

    topics: caller.pages("pubsub.topics", []),
    stats: caller.method("pubsub.stats", []),
  };
}

function readTopics(topics: string | readonly string[]): string[] {
  const list: readonly unknown[] = typeof topics === "string" ? [topics] : topics;
  if (Array.isArray(list) && list.length > 0 && list.every((topic) => typeof topic === "string")) {
    return [...(list as string[])];
  }
  throw invalid("topics", "a topic, or an array of at least one topic or pattern", topics);
}

/** Empty for none. */
function readGroup({ group }: { readonly group?: string | null | undefined }): string {
  if (group === undefined || group === null) return "";
  if (typeof group === "string" && group !== "") return group;
  throw invalid("group", "a name of at least one character", group);
}

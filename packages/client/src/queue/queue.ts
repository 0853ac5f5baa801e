import { MAX_MESSAGES, wireCommand } from "@hivellm/synap-protocol";
import { checkValue, eachItem, optionAdder, textsOf } from "../arguments.ts";
import type { CommandSpec, Fields } from "../calls/call.ts";
import { type Caller, field, nothing } from "../calls/caller.ts";
import { renamed } from "../calls/specs.ts";
import { invalid } from "../errors.ts";
import type { Emitter } from "../events.ts";
import type { ClientClock } from "../platform/types.ts";
import type { Consumers } from "./consumers.ts";
import { consumingMethods } from "./consuming.ts";
import { deadLetterMethods, looked } from "./dead-letters.ts";
import { Delivery } from "./delivery.ts";
import type { Queue } from "./queue-api.ts";
import { Settling } from "./settling.ts";
import type {
  ConsumeOptions,
  DeliveryRef,
  NewMessage,
  PublishResult,
  QueueMessage,
} from "./types.ts";

const PUBLISH = renamed<PublishResult>("queue.publish");
const PUBLISH_MANY = renamed<{ messages: PublishResult[] }>("queue.publish_many");
const CONSUME = wireCommand("queue.consume");

const addPublish = optionAdder(PUBLISH.command, ["queue", "message", "payload"]);
const addConsume = optionAdder(CONSUME, ["queue", "max_messages"]);
const addNack = optionAdder(wireCommand("queue.nack"), ["queue", "message_id"]);

/** What the methods of queues are made of. */
export interface QueueParts {
  readonly caller: Caller;
  readonly consumers: Consumers;
  readonly emitter: Emitter;
  readonly clock: ClientClock;
}

/** The methods of queues. */
export function queueMethods(parts: QueueParts): Queue {
  const { caller, consumers } = parts;
  const settling = new Settling(caller, consumers);
  const list: Queue["list"] = caller.pages("queue.list", []);
  const peek = looked("queue.peek", "messages");

  const consume = async <T>(
    queue: string,
    most: Fields,
    options?: ConsumeOptions,
  ): Promise<QueueMessage<T>[]> => {
    const spec: CommandSpec<Delivery[]> = {
      command: CONSUME,
      result: ({ messages }) => {
        const deliveries = (messages as Fields[]).map((fields) => new Delivery(fields));
        for (const delivery of deliveries) consumers.inHand.consumed(queue, delivery);
        return deliveries;
      },
      // The caller went before they came. If a release fails, the connection is gone, and what it
      // had in hand returns.
      late: ({ messages }) => {
        for (const fields of messages as Fields[]) {
          settling.release(queue, new Delivery(fields)).catch(nothing);
        }
      },
    };
    const { timeout = 0, signal, timeoutMs } = options ?? {};
    const limits = { signal, timeoutMs, waitMs: timeout > 0 ? timeout * 1000 : 0 };
    const payload = (): Fields => addConsume({ queue, ...most }, options);
    return (await caller.build(spec, limits, payload)) as unknown as QueueMessage<T>[];
  };

  return {
    dead: deadLetterMethods(caller),
    create: caller.method("queue.create", ["queue"]),
    delete: caller.method("queue.delete", ["queue"], nothing),
    list,
    all: (prefix, options) => eachItem(list, prefix, options),
    stats: caller.method("queue.stats", ["queue"]),
    purge: caller.method("queue.purge", ["queue"], field("purged")),
    bind: caller.method("queue.bind", ["queue", "pattern"], field("success")),
    unbind: caller.method("queue.unbind", ["queue", "pattern"], field("success")),
    bindings: caller.pages("queue.bindings", ["queue"]),
    peek: caller.method("queue.peek", ["queue"], (payload) => peek(payload).messages),

    publish: (queue, message, options) =>
      caller.build(PUBLISH, options, () => ({ queue, ...publication(message, options, "") })),

    async publishMany(queue, messages, options) {
      const answer = await caller.build(PUBLISH_MANY, options, () => ({
        queue,
        messages: messagesOf(messages).map(({ message, ...about }, i) =>
          publication(message, about, `messages[${i}].`),
        ),
      }));
      return answer.messages;
    },

    async consume<T>(queue: string, options?: ConsumeOptions) {
      const [message] = await consume<T>(queue, {}, options);
      return message ?? null;
    },

    consumeMany: (queue, max_messages, options) => consume(queue, { max_messages }, options),

    async ack(queue, delivery, options) {
      if (Array.isArray(delivery)) await settling.ackMany(queue, delivery, options);
      else await settling.ack(queue, delivery as DeliveryRef, options);
    },

    async nack(queue, delivery, requeue, options) {
      const given = typeof requeue === "boolean" ? { requeue } : requeue;
      return await settling.nack(queue, delivery, addNack({}, given), options ?? given);
    },

    release: (queue, delivery, options) => settling.release(queue, delivery, options),

    extend: (queue, delivery, ackDeadline, options) =>
      settling.extend(
        queue,
        delivery,
        ackDeadline == null ? {} : { ack_deadline: ackDeadline },
        options,
      ),

    ...consumingMethods(parts, settling),
  };
}

function messagesOf(messages: readonly NewMessage[]): readonly NewMessage[] {
  if (Array.isArray(messages)) return messages;
  throw invalid("messages", `an array of 1 to ${MAX_MESSAGES} messages`, messages);
}

/** A message with what is said of it, as it travels. */
function publication(message: unknown, about: object | undefined, path: string): Fields {
  checkValue(message, `${path}message`);
  const fields = addPublish({ message }, about);
  if (fields.headers !== undefined) fields.headers = textsOf(fields.headers, `${path}headers`);
  return fields;
}

/** Queues, rooms and pub/sub as methods of the SDK; answers and pushes in the shape of the wire. */
import {
  type DeliveryRef,
  type Gap,
  isSynapError,
  type QueueMessage,
  type StreamEvent,
  type Subscription,
  type SynapClient,
} from "@hivellm/synap-client";
import type { Fields, Push } from "../types.ts";
import { camelKeys, snakeKeys } from "./sdk-names.ts";

/** What a party of the SDK has beside its client. */
export interface SdkParty {
  readonly client: SynapClient;
  readonly pushes: Push[];
  /** By what: a queue's, a room's or a group's name. */
  readonly subscriptions: Map<string, Subscription>;
  /** Messages by what stands for their receipts. */
  readonly inHand: Map<string, QueueMessage>;
}

export type SdkCall = (party: SdkParty, payload: never, signal?: AbortSignal) => Promise<unknown>;

type Named<Name extends string> = Record<Name, string> & Fields;

/** Has a client's gaps stand among the pushes. */
export function hearGaps(client: SynapClient, pushes: Push[]): void {
  client.on("gap", (gap: Gap) => {
    const known = Object.entries(gap).filter(([, value]) => value !== null);
    pushes.push({ type: "gap", fields: Object.fromEntries(known) });
  });
}

/** A delivery on the wire: a message of its own for each of them, whatever its id. */
function delivered({ inHand }: SdkParty, message: QueueMessage): Fields {
  const { messageId: id, ...fields } = message;
  let receipt = id;
  for (let n = 2; inHand.has(receipt); n++) receipt = `${id}#${n}`;
  inHand.set(receipt, message);
  return { id, message_id: receipt, ...snakeKeys(fields) };
}

const refOf = ({ inHand }: SdkParty, receipt: string): DeliveryRef =>
  inHand.get(receipt) ?? receipt;

const looked = ({ messageId: id, ...fields }: { messageId: string }) => ({
  id,
  ...snakeKeys(fields),
});

async function pageOf<T extends object>(
  page: Promise<{ items: T[]; cursor: string | null; hasMore: boolean }>,
  item: (item: T) => Fields,
): Promise<Fields> {
  const { items, cursor, hasMore } = await page;
  return { items: items.map(item), cursor, has_more: hasMore };
}

/** A new subscription takes the place of the one to the same. */
async function replace(
  { subscriptions }: SdkParty,
  what: string,
  subscribe: () => Promise<Subscription>,
): Promise<void> {
  const old = subscriptions.get(what);
  subscriptions.set(what, await subscribe());
  await old?.unsubscribe();
}

async function end({ subscriptions }: SdkParty, what: string): Promise<boolean> {
  const subscription = subscriptions.get(what);
  subscriptions.delete(what);
  await subscription?.unsubscribe();
  return subscription !== undefined;
}

const success = async (done: Promise<unknown>): Promise<Fields> => {
  await done;
  return { success: true };
};

/** The messages of a list that an error names. */
function missingIn(error: unknown): readonly unknown[] {
  if (isSynapError(error) && Array.isArray(error.details.missing)) return error.details.missing;
  throw error;
}

const queueCalls: Record<string, SdkCall> = {
  "queue.create": ({ client }, { queue, ...settings }: Named<"queue">) =>
    client.queue.create(queue, camelKeys(settings)),
  "queue.delete": ({ client }, { queue }: Named<"queue">) => success(client.queue.delete(queue)),
  "queue.list": ({ client }, page: Fields) => pageOf(client.queue.list(page), snakeKeys),
  "queue.stats": async ({ client }, { queue }: Named<"queue">) =>
    snakeKeys(await client.queue.stats(queue)),
  "queue.purge": async ({ client }, { queue }: Named<"queue">) => ({
    purged: await client.queue.purge(queue),
  }),
  "queue.publish": async ({ client }, { queue, message, ...options }: Named<"queue">) =>
    snakeKeys(await client.queue.publish(queue, message, camelKeys(options))),
  "queue.publish_many": async (
    { client },
    { queue, messages }: Named<"queue"> & { messages: Fields[] },
  ) => {
    const each = messages.map((one) => camelKeys(one) as { message: unknown });
    return { messages: (await client.queue.publishMany(queue, each)).map(snakeKeys) };
  },
  "queue.consume": async (
    party,
    { queue, max_messages, ...options }: Named<"queue"> & { max_messages?: number },
    signal,
  ) => {
    const { client } = party;
    const given = { ...camelKeys(options), signal };
    if (max_messages !== undefined) {
      const messages = await client.queue.consumeMany(queue, max_messages, given);
      return { messages: messages.map((message) => delivered(party, message)) };
    }
    const message = await client.queue.consume(queue, given);
    return { messages: message === null ? [] : [delivered(party, message)] };
  },
  "queue.ack": (party, { queue, message_id }: Named<"queue" | "message_id">) =>
    success(party.client.queue.ack(queue, refOf(party, message_id))),
  "queue.ack_many": async (
    party,
    { queue, message_ids }: Named<"queue"> & { message_ids: string[] },
  ) => {
    const refs = message_ids.map((id) => refOf(party, id));
    const acked = party.client.queue.ack(queue, refs);
    const missing = await acked.then(() => [], missingIn);
    return { acked: refs.length - missing.length, missing };
  },
  "queue.nack": (party, { queue, message_id, ...options }: Named<"queue" | "message_id">) =>
    party.client.queue.nack(queue, refOf(party, message_id), options),
  "queue.release": (party, { queue, message_id }: Named<"queue" | "message_id">) =>
    success(party.client.queue.release(queue, refOf(party, message_id))),
  "queue.extend": (
    party,
    { queue, message_id, ack_deadline }: Named<"queue" | "message_id"> & { ack_deadline?: number },
  ) => party.client.queue.extend(queue, refOf(party, message_id), ack_deadline),
  "queue.subscribe": async (party, { queue, ...options }: Named<"queue">) => {
    await end(party, `queue ${queue}`);
    const take = (message: QueueMessage) => {
      party.pushes.push({ type: "delivery", fields: { queue, ...delivered(party, message) } });
    };
    await replace(party, `queue ${queue}`, () =>
      party.client.queue.subscribe(queue, take, camelKeys(options)),
    );
    return { queue };
  },
  "queue.unsubscribe": async (party, { queue }: Named<"queue">) => ({
    success: await end(party, `queue ${queue}`),
  }),
  "queue.bind": async ({ client }, { queue, pattern }: Named<"queue" | "pattern">) => ({
    success: await client.queue.bind(queue, pattern),
  }),
  "queue.unbind": async ({ client }, { queue, pattern }: Named<"queue" | "pattern">) => ({
    success: await client.queue.unbind(queue, pattern),
  }),
  "queue.bindings": ({ client }, { queue, ...page }: Named<"queue">) =>
    pageOf(client.queue.bindings(queue, page), snakeKeys),
  "queue.peek": async ({ client }, { queue, ...options }: Named<"queue">) => ({
    messages: (await client.queue.peek(queue, options)).map(looked),
  }),
  "queue.dead.list": ({ client }, { queue, ...page }: Named<"queue">) =>
    pageOf(client.queue.dead.list(queue, page), looked),
  "queue.dead.redrive": ({ client }, { queue, ...options }: Named<"queue">) =>
    client.queue.dead.redrive(queue, camelKeys(options)),
  "queue.dead.purge": async ({ client }, { queue }: Named<"queue">) => ({
    purged: await client.queue.dead.purge(queue),
  }),
};

function eventFields({ eventType: _, ...event }: StreamEvent): Fields {
  return snakeKeys(event);
}

interface EventFields {
  readonly event_type?: string;
  readonly metadata?: Record<string, string>;
}

const streamCalls: Record<string, SdkCall> = {
  "stream.create": ({ client }, { room, ...settings }: Named<"room">) =>
    client.stream.create(room, camelKeys(settings)),
  "stream.delete": ({ client }, { room }: Named<"room">) => success(client.stream.delete(room)),
  "stream.rooms": ({ client }, page: Fields) => pageOf(client.stream.rooms(page), snakeKeys),
  "stream.stats": async ({ client }, { room }: Named<"room">) =>
    snakeKeys(await client.stream.stats(room)),
  "stream.publish": async ({ client }, request: Named<"room" | "event"> & EventFields) => {
    const { room, event, event_type = event, data, metadata } = request;
    return snakeKeys(await client.stream.publish(room, event_type, data, metadata));
  },
  "stream.history": async ({ client }, { room, subscriber: _, ...options }: Named<"room">) => {
    const { events, ...bounds } = await client.stream.history(room, camelKeys(options));
    return { events: events.map(eventFields), ...snakeKeys(bounds) };
  },
  "stream.subscribe": async (party, { room, ...options }: Named<"room">) => {
    const take = (event: StreamEvent) => {
      party.pushes.push({ type: "event", fields: { room, ...eventFields(event) } });
    };
    await replace(party, `room ${room}`, () =>
      party.client.stream.subscribe(room, take, camelKeys(options)),
    );
    return { room };
  },
  "stream.unsubscribe": async (party, { room }: Named<"room">) => ({
    success: await end(party, `room ${room}`),
  }),
};

/** Has a party listen to these topics in the place of what it listened to in the group. */
async function listen(party: SdkParty, topics: string[], group: string | undefined): Promise<void> {
  await replace(party, `group ${group}`, () =>
    party.client.pubsub.subscribe(
      topics,
      (topic, message, info) => {
        party.pushes.push({ type: "message", fields: { topic, message, ...snakeKeys(info) } });
      },
      { group },
    ),
  );
}

type Topics = { topics?: string[]; group?: string };

const pubsubCalls: Record<string, SdkCall> = {
  "pubsub.publish": async ({ client }, { topic, message, ...options }: Named<"topic">) =>
    snakeKeys(await client.pubsub.publish(topic, message, options)),
  "pubsub.subscribe": async (party, { topics = [], group }: Topics) => {
    const known = party.subscriptions.get(`group ${group}`)?.topics ?? [];
    await listen(party, topics.length === 0 ? [] : [...new Set([...known, ...topics])], group);
    return { topics };
  },
  "pubsub.unsubscribe": async (party, { topics, group }: Topics) => {
    const groups = topics === undefined && group === undefined ? allGroups(party) : [group];
    let removed = 0;
    for (const each of groups) {
      const known = party.subscriptions.get(`group ${each}`)?.topics ?? [];
      const left = topics === undefined ? [] : known.filter((topic) => !topics.includes(topic));
      removed += known.length - left.length;
      if (left.length > 0) await listen(party, left, each);
      else await end(party, `group ${each}`);
    }
    return { removed };
  },
  "pubsub.topics": ({ client }, page: Fields) => pageOf(client.pubsub.topics(page), snakeKeys),
  "pubsub.stats": ({ client }) => client.pubsub.stats(),
};

function allGroups({ subscriptions }: SdkParty): (string | undefined)[] {
  const names = [...subscriptions.keys()].filter((what) => what.startsWith("group "));
  return names.map((what) => (what === "group undefined" ? undefined : what.slice(6)));
}

export const messagingCalls: Record<string, SdkCall> = {
  ...queueCalls,
  ...streamCalls,
  ...pubsubCalls,
};

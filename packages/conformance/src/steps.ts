import assert from "node:assert/strict";
import { until } from "./expectations.ts";
import type { Fields, Party, World } from "./types.ts";

/* Steps that cases share. */

type Call = Party["call"];

/** A message in somebody's hands. */
export interface Delivery extends Fields {
  readonly id: string;
  /** What acknowledges it. */
  readonly message_id: string;
  readonly message: unknown;
  readonly retry_count: number;
  readonly timestamp: number;
  readonly deadline: number;
}

/** Publishes one message; returns its id. */
export async function publish(
  call: Call,
  queue: string,
  message: unknown,
  options: Fields = {},
): Promise<string> {
  const { message_id: id } = await call("queue.publish", { queue, message, ...options });
  assert(typeof id === "string" && id !== "", "publishing answers the message's id");
  return id;
}

/** Publishes each of these, one after the other. */
export async function publishAll(
  call: Call,
  queue: string,
  messages: readonly unknown[],
  options: Fields = {},
): Promise<string[]> {
  const ids: string[] = [];
  for (const message of messages) ids.push(await publish(call, queue, message, options));
  return ids;
}

/** What a consume takes. */
export async function consume(
  call: Call,
  queue: string,
  options: Fields = {},
): Promise<Delivery[]> {
  const { messages } = await call("queue.consume", { queue, ...options });
  return messages as Delivery[];
}

/** Takes the one message that a consume must get. */
export async function take(call: Call, queue: string, options: Fields = {}): Promise<Delivery> {
  const [delivery, ...more] = await consume(call, queue, options);
  assert(delivery !== undefined, `${queue} has a message`);
  assert.equal(more.length, 0, "one message was asked for");
  return delivery;
}

/** Takes and acknowledges until the queue is empty; returns the messages in order. */
export async function drain(call: Call, queue: string): Promise<unknown[]> {
  const messages: unknown[] = [];
  for (;;) {
    const [delivery] = await consume(call, queue);
    if (delivery === undefined) return messages;
    messages.push(delivery.message);
    await ack(call, queue, delivery);
  }
}

export async function ack(call: Call, queue: string, delivery: Delivery): Promise<void> {
  await call("queue.ack", { queue, message_id: delivery.message_id });
}

export async function nack(
  call: Call,
  queue: string,
  delivery: Delivery,
  options: Fields = {},
): Promise<Fields> {
  return await call("queue.nack", { queue, message_id: delivery.message_id, ...options });
}

/** Nothing is ready in the queue. */
export async function isEmpty(call: Call, queue: string): Promise<void> {
  assert.deepEqual(await consume(call, queue), []);
}

/** Puts messages into the dead letters, one after the other. */
export async function bury(call: Call, queue: string, messages: readonly unknown[]): Promise<void> {
  for (const message of messages) {
    await publish(call, queue, message);
    await nack(call, queue, await take(call, queue), { requeue: false });
  }
}

/** Publishes one event; returns its offset. */
export async function tell(
  call: Call,
  room: string,
  data: unknown,
  options: Fields = {},
): Promise<number> {
  const answer = await call("stream.publish", { room, event: "told", data, ...options });
  return answer.offset as number;
}

/** Publishes the events from `first` to `last`, whose data is their number. */
export async function tellAll(
  call: Call,
  room: string,
  first: number,
  last: number,
): Promise<void> {
  for (let n = first; n <= last; n++) await tell(call, room, n);
}

/** Reads all pages of a list, `limit` items a page. */
export async function allPages(call: Call, command: string, request: Fields): Promise<Fields[]> {
  const items: Fields[] = [];
  let cursor: unknown = null;
  for (;;) {
    const page = await call(command, cursor === null ? request : { ...request, cursor });
    const found = page.items as Fields[];
    if (request.limit !== undefined) assert(found.length <= (request.limit as number));
    items.push(...found);
    assert.equal(page.has_more, page.cursor !== null);
    if (page.cursor === null) return items;
    assert(found.length > 0, "a page with a next one holds something");
    cursor = page.cursor;
  }
}

/** A field of each push of a type, in the order in which they came. */
export function told(party: Party, type: string, field: string): unknown[] {
  return party.pushes.filter((push) => push.type === type).map(({ fields }) => fields[field]);
}

/** Waits until the pushes of a type have told exactly these values, and sees that no more come. */
export async function hears(
  world: World,
  party: Party,
  type: string,
  field: string,
  expected: readonly unknown[],
): Promise<void> {
  await until(
    () => told(party, type, field).length >= expected.length,
    `${expected.length} of ${type}; came: ${JSON.stringify(told(party, type, field))}`,
  );
  await quiet(world, party);
  assert.deepEqual(told(party, type, field), expected);
}

const QUIET_TURNS = 20;

/** Lets everything that is on its way to a party arrive: an answer comes behind what was pushed. */
export async function quiet(world: World, ...parties: readonly Party[]): Promise<void> {
  await world.advance(0);
  for (const party of parties) await party.call("kv.stats");
  for (let i = 0; i < QUIET_TURNS; i++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

const MAX_LOOKS = 2_000;

/** Asks again until the answer is as it should be. */
export async function eventually(look: () => Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < MAX_LOOKS; i++) {
    if (await look()) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  assert.fail(`waited in vain for ${what}`);
}

/** Waits until this many wait at a queue or are subscribed to it. */
export async function consumersAre(call: Call, queue: string, count: number): Promise<void> {
  await eventually(
    async () => (await call("queue.stats", { queue })).consumers === count,
    `${count} consumers of ${queue}`,
  );
}

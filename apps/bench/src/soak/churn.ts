/**
 * Subscribing, unsubscribing, closing, cutting, and deleting of rooms and queues while traffic
 * flows: nothing crashes, and afterwards nobody is left.
 *
 *     pnpm soak churn --steps 20000
 */
import { parseArgs } from "node:util";
import { SynapClient } from "@hivellm/synap-client";
import { startServerProcess } from "../server-process.ts";
import { type CuttableClient, cuttableClient, finish, seeded } from "./cut-sockets.ts";

const { values: options } = parseArgs({
  options: {
    steps: { type: "string", default: "20000" },
    clients: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
  },
});
const STEPS = Number(options.steps);
const CLIENTS = Number(options.clients);
const NAMES = ["a", "b", "c"];
/** Refusals that follow from what others have just done. */
const EXPECTED = [
  "QUEUE_NOT_FOUND",
  "ROOM_NOT_FOUND",
  "MESSAGE_NOT_FOUND",
  "CONNECTION_LOST",
  "OUTCOME_UNKNOWN",
  "CANCELLED",
  "TIMEOUT",
];

interface Slot {
  party: CuttableClient;
  ends: (() => Promise<unknown>)[];
}

const random = seeded(Number(options.seed));
const faults: string[] = [];
const refusals = new Map<string, number>();
process.on("unhandledRejection", (error) => faults.push(`unhandled rejection: ${String(error)}`));

const server = await startServerProcess();
const admin = new SynapClient({ url: server.url, transport: "websocket" });
const slots: Slot[] = Array.from({ length: CLIENTS }, () => newSlot());
for (let done = 0; done < STEPS; done += CLIENTS) {
  await Promise.all(slots.map((slot) => step(slot).catch(note)));
}
await Promise.all(slots.map(({ party }) => party.client.close()));
await nobodyIsLeft();
if (!server.isRunning()) faults.push("the server ended");
if (server.stderr() !== "") faults.push(`the server said: ${server.stderr().slice(0, 500)}`);
console.log(`${STEPS} steps of ${CLIENTS} clients; refused: ${JSON.stringify([...refusals])}`);
console.log(`resident ${server.residentMib().toFixed(0)} MiB`);
await admin.close();
await server.stop();
finish(faults);

function newSlot(): Slot {
  return { party: cuttableClient(server.url), ends: [] };
}

async function step(slot: Slot): Promise<unknown> {
  const { client, cut } = slot.party;
  const name = pick(NAMES);
  switch (Math.floor(random() * 16)) {
    case 0:
      return keep(
        slot,
        client.stream.subscribe(name, () => undefined, { fromOffset: 0 }),
      );
    case 1:
      return keep(
        slot,
        client.pubsub.subscribe([`${name}.#`, `*.${name}`], () => undefined),
      );
    case 2:
      return keep(
        slot,
        client.queue.subscribe(
          name,
          (message) => void client.queue.ack(name, message).catch(note),
          {
            prefetch: 10,
          },
        ),
      );
    case 3:
    case 4:
      return slot.ends.pop()?.();
    case 5:
      return client.stream.delete(name);
    case 6:
      return client.queue.delete(name);
    case 7:
      cut();
      return undefined;
    case 8:
      slot.party = newSlot().party;
      slot.ends = [];
      return client.close();
    case 9:
      return client.queue.consume(name, { timeout: 0.01 });
    case 10:
      return client.queue.purge(name);
    case 11:
    case 12:
      return client.queue.publish(name, { step: random() });
    case 13:
      return client.pubsub.publish(`${name}.${pick(NAMES)}`, "message");
    default:
      return client.stream.publish(name, "event", { step: random() });
  }
}

async function keep(
  slot: Slot,
  begun: Promise<{ unsubscribe(): Promise<unknown> }>,
): Promise<void> {
  const subscription = await begun;
  slot.ends.push(() => subscription.unsubscribe());
}

async function nobodyIsLeft(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await leftovers()).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  faults.push(...(await leftovers()));
}

async function leftovers(): Promise<string[]> {
  const left: string[] = [];
  for (const { room, subscribers } of (await admin.stream.rooms()).items) {
    if (subscribers > 0) left.push(`${subscribers} subscribers of the room ${room}`);
  }
  for (const { name, consumers, inFlight } of (await admin.queue.list()).items) {
    if (consumers + inFlight > 0) left.push(`${consumers} consumers, ${inFlight} of ${name}`);
  }
  const { subscribers, topics } = await admin.pubsub.stats();
  if (subscribers + topics > 0) left.push(`${subscribers} subscribers of pub/sub`);
  return left;
}

function note(error: { code?: string }): void {
  const code = error.code ?? String(error);
  refusals.set(code, (refusals.get(code) ?? 0) + 1);
  if (!EXPECTED.includes(code)) faults.push(`unexpected: ${String(error)}`);
}

function pick(names: readonly string[]): string {
  return names[Math.floor(random() * names.length)] as string;
}

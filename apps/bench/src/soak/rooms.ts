/**
 * Many subscribers on a room, some of them frozen: the others get every event and the server's
 * memory stays flat; the frozen ones, when they wake, get every event that is still kept, with one
 * gap only if retention has passed them.
 *
 *     pnpm soak rooms --events 50000 --subscribers 200 --frozen 20
 */
import { parseArgs } from "node:util";
import { SynapClient } from "@hivellm/synap-client";
import { startServerProcess } from "../server-process.ts";
import { type CuttableClient, cuttableClient, finish } from "./cut-sockets.ts";

const { values: options } = parseArgs({
  options: {
    events: { type: "string", default: "50000" },
    subscribers: { type: "string", default: "200" },
    frozen: { type: "string", default: "20" },
  },
});
const EVENTS = Number(options.events);
const SUBSCRIBERS = Number(options.subscribers);
const FROZEN = Number(options.frozen);
const IN_FLIGHT = 200;
const DATA = { text: "x".repeat(200) };
const WAIT_MS = 120_000;

interface Listener extends CuttableClient {
  last: number;
  count: number;
  gaps: { readonly from: number; readonly to: number }[];
}

const faults: string[] = [];
const server = await startServerProcess();
const publisher = new SynapClient({ url: server.url, transport: "websocket" });
await round("everything kept", EVENTS);
await round("retention passes the frozen ones", Math.ceil(EVENTS / 10));
if (server.stderr() !== "") faults.push(`the server said: ${server.stderr().slice(0, 500)}`);
await publisher.close();
await server.stop();
finish(faults);

async function round(name: string, maxEvents: number): Promise<void> {
  const room = `soak-${maxEvents}`;
  await publisher.stream.create(room, { maxEvents });
  const listeners = await Promise.all(Array.from({ length: SUBSCRIBERS }, () => listen(room)));
  const frozen = listeners.slice(0, FROZEN);
  const awake = listeners.slice(FROZEN);
  for (const listener of frozen) listener.freeze();
  const before = server.residentMib();
  let highest = before;
  const watch = setInterval(() => {
    highest = Math.max(highest, server.residentMib());
  }, 100);
  const started = performance.now();
  await publishAll(room);
  await until(() => awake.every(({ last }) => last === EVENTS));
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watch);
  for (const listener of awake) check(room, listener, 0);
  for (const listener of frozen) listener.thaw();
  await until(() => frozen.every(({ last }) => last === EVENTS));
  for (const listener of frozen) check(room, listener, maxEvents < EVENTS ? 1 : 0);
  const rate = Math.round((EVENTS * awake.length) / seconds);
  console.log(`${name}: ${EVENTS} events to ${awake.length} in ${seconds.toFixed(1)} s, ${rate}/s`);
  console.log(
    `  resident ${before.toFixed(0)} MiB before, ${highest.toFixed(0)} at most, ${server.residentMib().toFixed(0)} after`,
  );
  console.log(`  gaps of the frozen: ${JSON.stringify(frozen.map(({ gaps }) => gaps.length))}`);
  await Promise.all(listeners.map(({ client }) => client.close()));
  await until(async () => (await publisher.stream.stats(room)).subscribers === 0);
}

async function listen(room: string): Promise<Listener> {
  const listener: Listener = { ...cuttableClient(server.url), last: 0, count: 0, gaps: [] };
  listener.client.on("gap", ({ from, to }) => {
    listener.gaps.push({ from: from ?? 0, to: to ?? 0 });
    listener.last = to ?? 0;
  });
  await listener.client.stream.subscribe(room, ({ offset }) => {
    if (offset !== listener.last + 1) {
      faults.push(`${room}: ${offset} came after ${listener.last}`);
    }
    listener.last = offset;
    listener.count++;
  });
  return listener;
}

async function publishAll(room: string): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < EVENTS) {
      next++;
      await publisher.stream.publish(room, "tick", DATA);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

function check(room: string, { count, gaps }: Listener, mostGaps: number): void {
  const missed = gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  if (count + missed !== EVENTS) faults.push(`${room}: ${count} events and ${missed} missed`);
  if (gaps.length > mostGaps) faults.push(`${room}: ${gaps.length} gaps`);
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!(await holds())) {
    if (performance.now() > end) {
      faults.push("gave up waiting");
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

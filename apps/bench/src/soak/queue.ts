/**
 * Many messages through one queue with consumers that fail and whose connections are cut at random:
 * each is processed at least once and acknowledged exactly once, and none is left.
 *
 *     pnpm soak queue --messages 1000000 --consumers 50
 */
import { parseArgs } from "node:util";
import { type QueueMessage, SynapClient } from "@hivellm/synap-client";
import { type ServerProcess, startServerProcess } from "../server-process.ts";
import { cuttableClient, finish, seeded } from "./cut-sockets.ts";

const { values: options } = parseArgs({
  options: {
    messages: { type: "string", default: "1000000" },
    consumers: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
  },
});
const MESSAGES = Number(options.messages);
const CONSUMERS = Number(options.consumers);
const QUEUE = "soak";
const BATCH = 500;
const PREFETCH = 100;
/** Short, so that what a consumer forgets comes back soon. */
const ACK_DEADLINE_SECS = 3;
const FAILS = 0.02;
const FORGETS = 0.002;
/** How many messages a consumer handles between two cuts, on average. */
const BETWEEN_CUTS = Math.max(100, MESSAGES / CONSUMERS / 8);

const random = seeded(Number(options.seed));
const processed = new Uint16Array(MESSAGES);
const acknowledged = new Uint16Array(MESSAGES);
const faults: string[] = [];
const counts = { delivered: 0, failed: 0, forgotten: 0, cuts: 0, lateAcks: 0 };
let stopped = false;

const server = await startServerProcess();
const admin = new SynapClient({ url: server.url, transport: "websocket" });
await admin.queue.create(QUEUE, {
  maxDepth: MESSAGES + 1,
  ackDeadlineSecs: ACK_DEADLINE_SECS,
  defaultMaxRetries: 1_000_000,
});
const started = performance.now();
const consumers = Array.from({ length: CONSUMERS }, () => consume());
await publishAll();
const published = performance.now();
await untilDone();
const ended = performance.now();
stopped = true;
await Promise.all(consumers);
await untilNobodyIsLeft();
await report(server);
await admin.close();
await server.stop();
finish(faults);

async function publishAll(): Promise<void> {
  for (let first = 0; first < MESSAGES; first += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, MESSAGES - first) }, (_, i) => ({
      message: first + i,
      priority: (first + i) % 10,
    }));
    await admin.queue.publishMany(QUEUE, batch);
  }
}

/** One consumer: a client after the other, each until its connection is cut. */
async function consume(): Promise<void> {
  while (!stopped) {
    const { client, cut } = cuttableClient(server.url);
    let left = Math.ceil(random() * 2 * BETWEEN_CUTS);
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (stopped) end();
      }, 50);
      const end = (): void => {
        clearInterval(timer);
        resolve();
      };
      const handle = (message: QueueMessage): void => {
        if (left <= 0) return;
        work(client, message);
        left--;
        if (left > 0) return;
        counts.cuts++;
        cut();
        end();
      };
      client.queue.subscribe(QUEUE, handle, { prefetch: PREFETCH }).catch(end);
    });
    await client.close();
  }
}

function work(client: SynapClient, message: QueueMessage): void {
  const n = message.message as number;
  counts.delivered++;
  processed[n] = (processed[n] as number) + 1;
  const chance = random();
  if (chance < FORGETS) {
    counts.forgotten++;
    return; // its deadline brings it back
  }
  if (chance < FORGETS + FAILS) {
    counts.failed++;
    client.queue.nack(QUEUE, message).catch(tolerate);
    return;
  }
  client.queue.ack(QUEUE, message).then(() => {
    acknowledged[n] = (acknowledged[n] as number) + 1;
  }, tolerate);
}

/** What a cut leaves behind: lost answers, and acks of deliveries that have returned. */
function tolerate(error: { code?: string }): void {
  counts.lateAcks++;
  const expected = ["CONNECTION_LOST", "MESSAGE_NOT_FOUND", "TIMEOUT", "OUTCOME_UNKNOWN"];
  if (!expected.includes(error.code ?? "")) faults.push(`unexpected error: ${String(error)}`);
}

async function untilDone(): Promise<void> {
  for (;;) {
    const { depth, inFlight, delayed } = await admin.queue.stats(QUEUE);
    if (depth + inFlight + delayed === 0) return;
    if (!server.isRunning()) throw faults.push("the server ended");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A session that was cut is kept for its grace. */
async function untilNobodyIsLeft(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await admin.queue.stats(QUEUE)).consumers === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function report({ stderr, residentMib }: ServerProcess): Promise<void> {
  const stats = await admin.queue.stats(QUEUE);
  for (let n = 0; n < MESSAGES; n++) {
    if (processed[n] === 0) faults.push(`message ${n} was never processed`);
    if ((acknowledged[n] as number) > 1) faults.push(`message ${n} was acknowledged twice`);
  }
  if (stats.acked !== MESSAGES) faults.push(`${stats.acked} acks of ${MESSAGES} messages`);
  if (stats.dead !== 0) faults.push(`${stats.dead} dead letters`);
  if (stats.consumers !== 0) faults.push(`${stats.consumers} consumers are left`);
  if (stderr() !== "") faults.push(`the server said: ${stderr().slice(0, 500)}`);
  const secs = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  console.log(`${MESSAGES} messages, ${CONSUMERS} consumers, prefetch ${PREFETCH}`);
  console.log(`published in ${secs(published - started)}, done in ${secs(ended - started)}`);
  console.log(`server: ${JSON.stringify(stats)}`);
  console.log(`clients: ${JSON.stringify(counts)}, resident ${residentMib().toFixed(0)} MiB`);
}

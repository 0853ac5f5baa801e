/**
 * kv get and set through the SDK's MessagePack socket beside node-redis and Redis: one run, rounds
 * interleaved, medians and spread of the ratio of each round. `--quick` makes short rounds,
 * `--json FILE` keeps the samples.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { fill, measure, type Operation, type Spread, spreadOf } from "./measure.ts";
import { type Peer, startRedis, startSynap } from "./peers.ts";

const { values: options } = parseArgs({
  allowPositionals: true, // `pnpm bench kv`: kv is all there is
  options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
});
const ROUNDS = 5;
const DURATION_MS = options.quick ? 300 : 2_000;
const IN_FLIGHT = [1, 64, 512];
const OPERATIONS: readonly Operation[] = ["get", "set"];

interface Row {
  readonly operation: Operation;
  readonly inFlight: number;
  readonly synap: number[];
  readonly redis: number[];
}

const synap = await startSynap();
const redis = await startRedis();
const peers = redis === null ? [synap] : [synap, redis];
const rows: Row[] = OPERATIONS.flatMap((operation) =>
  IN_FLIGHT.map((inFlight) => ({ operation, inFlight, synap: [], redis: [] })),
);
for (const peer of peers) await fill(peer);
for (const row of rows) for (const peer of peers) await run(peer, row, DURATION_MS / 2); // warm-up
for (let round = 0; round < ROUNDS; round++) {
  for (const row of rows) {
    row.synap.push(await run(synap, row, DURATION_MS));
    if (redis !== null) row.redis.push(await run(redis, row, DURATION_MS));
  }
}
report();
for (const peer of peers) await peer.close();

function run(peer: Peer, row: Row, durationMs: number): Promise<number> {
  return measure(peer, row.operation, row.inFlight, durationMs);
}

function report(): void {
  console.log(`64-byte values, 10 000 keys, ${ROUNDS} interleaved rounds of ${DURATION_MS} ms.`);
  for (const peer of peers)
    console.log(`${peer.name}: an acknowledged write is in: ${peer.durability}`);
  if (redis === null) console.log("Redis: redis-server is not installed, so there is no ratio.");
  console.log("\n          in flight   Synap ops/s   Redis ops/s   ratio (min median max)");
  for (const row of rows) {
    const ratio = spreadOf(row.synap.map((ops, i) => ops / (row.redis[i] ?? Number.NaN)));
    const cells = [thousands(spreadOf(row.synap)), thousands(spreadOf(row.redis)), ratios(ratio)];
    console.log(`${row.operation.padEnd(10)}${String(row.inFlight).padStart(9)}${cells.join("")}`);
  }
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(rows, null, 2));
}

function thousands({ median }: Spread): string {
  return (Number.isNaN(median) ? "-" : `${(median / 1000).toFixed(1)} k`).padStart(14);
}

function ratios({ min, median, max }: Spread): string {
  if (Number.isNaN(median)) return "";
  return `   ${min.toFixed(2)}  ${median.toFixed(2)}  ${max.toFixed(2)}`;
}

/**
 * What queue operations cost in the engine alone: no socket, no codec, no disk. Bundled as the
 * server is, since a loader that compiles on the fly slows closures down. Run by hand:
 * `pnpm exec tsup packages/core/scripts/queue-bench.ts --format esm --no-config --out-dir DIR`, then
 * `node --expose-gc DIR/queue-bench.js [--quick] [name …]`. Rates are those of the processor's time
 * that this process took, so that what else runs on the machine disturbs them less; in brackets
 * those of the clock on the wall.
 */
import { parseArgs } from "node:util";
import {
  type ClientMessage,
  type CommandCall,
  type MessageFields,
  type ServerMessage,
  wireCommand,
} from "@hivellm/synap-protocol";
import { type Engine, openEngine, type Session, type Sink } from "../src/index.ts";
import type { Name } from "../test/calls.ts";

const { values: options, positionals: chosen } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false } },
});
const MANY = options.quick ? 100_000 : 1_000_000;
const FEW = 1_000;
const CYCLES = options.quick ? 30_000 : 200_000;
const QUEUES = 10_000;
const IN_FLIGHT = 10_000;
/** Requests in one frame, as an SDK with many calls in flight sends them. */
const FRAME = 64;
const ROUNDS = 3;
const BODY = new Uint8Array(101).fill(120);

interface Delivered {
  readonly queue?: string;
  readonly message_id: string;
}

/** A socket without a network: what it is sent, it hands to whoever listens. */
class BenchParty implements Sink {
  readonly session: Session;
  readonly writable = true;
  onMessages: (messages: readonly ServerMessage[]) => void = () => {};
  #lastId = 0;

  constructor(engine: Engine) {
    this.session = engine.open({ sink: this });
  }

  send(messages: readonly ServerMessage[]): void {
    for (const message of messages) {
      if (message.kind === "failure") throw new TypeError(JSON.stringify(message.error));
    }
    this.onMessages(messages);
  }

  end(): void {}
  pauseReading(): void {}
  resumeReading(): void {}

  /** Sends one frame and waits for all of its answers. */
  frame(calls: readonly CommandCall[]): Promise<MessageFields[]> {
    return new Promise((resolve) => {
      const answers: MessageFields[] = [];
      this.onMessages = (messages) => {
        for (const message of messages) {
          if (message.kind === "reply") answers.push(message.payload);
        }
        if (answers.length === calls.length) resolve(answers);
      };
      this.session.receive(
        calls.map((call) => ({ kind: "request", id: ++this.#lastId, options: undefined, ...call })),
      );
    });
  }
}

function call(name: Name, payload: MessageFields): CommandCall {
  return { command: wireCommand(name), payload, options: undefined };
}

async function open(): Promise<{ engine: Engine; party: BenchParty }> {
  const onFault = (error: unknown): never => {
    throw error;
  };
  const engine = await openEngine({ limits: { queueMaxDepth: 10 * MANY }, onFault });
  return { engine, party: new BenchParty(engine) };
}

/** Sends `count` calls, one frame after the other. */
async function pipe(
  party: BenchParty,
  count: number,
  make: (i: number) => CommandCall,
  heard: (answer: MessageFields, i: number) => void = () => {},
): Promise<void> {
  for (let i = 0; i < count; i += FRAME) {
    const size = Math.min(FRAME, count - i);
    const answers = await party.frame(Array.from({ length: size }, (_, k) => make(i + k)));
    for (const [k, answer] of answers.entries()) heard(answer, i + k);
  }
}

const publication = (queue: string, i: number): CommandCall =>
  call("queue.publish", { queue, message: BODY, priority: (i * 7) % 10 });
const consumption = (queue: string): CommandCall => call("queue.consume", { queue });
const acknowledgement = (queue: string, receipt: string): CommandCall =>
  call("queue.ack", { queue, message_id: receipt });
const fill = (party: BenchParty, count: number, queue = "jobs"): Promise<void> =>
  pipe(party, count, (i) => publication(queue, i));

/** Operations per second, of the processor and on the wall. */
interface Rate {
  readonly cpu: number;
  readonly wall: number;
}

async function timed(count: number, run: () => Promise<void>): Promise<Rate> {
  globalThis.gc?.();
  const start = performance.now();
  const cpu = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(cpu);
  const wall = (count / (performance.now() - start)) * 1e3;
  return { cpu: (count / (user + system)) * 1e6, wall };
}

function middle(rates: readonly Rate[]): Rate {
  return { cpu: median(rates.map(({ cpu }) => cpu)), wall: median(rates.map((r) => r.wall)) };
}

function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}

function report(what: string, { cpu, wall }: Rate): void {
  const thousands = (rate: number): string => String(Math.round(rate / 1_000));
  console.log(`${what.padEnd(56)}${thousands(cpu).padStart(5)} k/s (${thousands(wall)})`);
}

/** Measures the same work in a small and in a large setting, in turns after a warm-up. */
async function sideBySide(count: number, sides: readonly Side[]): Promise<void> {
  const rates = sides.map((): Rate[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, { run }] of sides.entries()) {
      const rate = await timed(count, run);
      if (round > 0) rates[i]?.push(rate);
    }
  }
  const ratios = Array.from(
    { length: ROUNDS },
    (_, round) => (rates[0]?.[round]?.cpu ?? 0) / (rates.at(-1)?.[round]?.cpu ?? 0),
  );
  for (const [i, { what }] of sides.entries()) report(what, middle(rates[i] ?? []));
  console.log(`  a command costs ${median(ratios).toFixed(2)} × as much`);
}

interface Side {
  readonly what: string;
  readonly run: () => Promise<void>;
}

/** Publishes, consumes and acknowledges `count` times, over queues that keep what they hold. */
async function cycles(
  party: BenchParty,
  count: number,
  queueOf: (i: number) => string,
): Promise<void> {
  const receipts: string[] = [];
  for (let i = 0; i < count; i += FRAME) {
    receipts.length = 0;
    await pipe(party, FRAME, (k) => publication(queueOf(i + k), i + k));
    await pipe(
      party,
      FRAME,
      (k) => consumption(queueOf(i + k)),
      ({ messages }) => receipts.push((messages as Delivered[])[0]?.message_id as string),
    );
    await pipe(party, FRAME, (k) => acknowledgement(queueOf(i + k), receipts[k] as string));
  }
}

async function publish(): Promise<void> {
  const rates: Rate[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { engine, party } = await open();
    rates.push(await timed(MANY, () => fill(party, MANY)));
    await engine.close();
  }
  report(`publish, to ${MANY} waiting`, middle(rates));
}

async function waiting(): Promise<void> {
  const sides: Side[] = [];
  for (const count of [FEW, MANY]) {
    const { party } = await open();
    await fill(party, count);
    const what = `publish + consume + ack, ${count} waiting`;
    sides.push({ what, run: () => cycles(party, CYCLES, () => "jobs") });
  }
  await sideBySide(CYCLES * 3, sides);
}

/** Drains a queue by pushes to ten subscribers that acknowledge one by one. */
async function push(): Promise<void> {
  const count = options.quick ? 50_000 : 400_000;
  const rates: Rate[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { engine, party } = await open();
    await fill(party, count);
    rates.push(await timed(count, () => drain(engine, count)));
    await engine.close();
  }
  report("push + ack, 10 subscribers, prefetch 100 (messages)", middle(rates));
}

async function drain(engine: Engine, count: number): Promise<void> {
  let left = count;
  await new Promise<void>((resolve) => {
    for (let i = 0; i < 10; i++) {
      const subscriber = new BenchParty(engine);
      let id = 1;
      const command = wireCommand("queue.ack");
      subscriber.onMessages = (messages) => {
        const acks: ClientMessage[] = [];
        for (const message of messages) {
          if (message.kind !== "push") continue;
          const { message_id } = message.fields as unknown as Delivered;
          const payload = { queue: "jobs", message_id };
          acks.push({ kind: "request", id: ++id, command, payload, options: undefined });
        }
        left -= acks.length;
        if (acks.length > 0) setImmediate(() => subscriber.session.receive(acks));
        if (left === 0) resolve();
      };
      const payload = { queue: "jobs", prefetch: 100 };
      const subscribe = { command: wireCommand("queue.subscribe"), payload, options: undefined };
      subscriber.session.receive([{ kind: "request", id, ...subscribe }]);
    }
  });
}

/** With many in hand, acknowledged in another order than they were taken. */
async function inFlight(): Promise<void> {
  const sides: Side[] = [];
  for (const held of [10, IN_FLIGHT]) {
    const { party } = await open();
    await fill(party, held + 1_000);
    const receipts: string[] = [];
    const take = ({ messages }: MessageFields): void => {
      receipts.push((messages as Delivered[])[0]?.message_id as string);
    };
    await pipe(party, held, () => consumption("jobs"), take);
    let seed = 1;
    const any = (): string => {
      seed = (seed * 48_271) % 2_147_483_647;
      const at = seed % receipts.length;
      const receipt = receipts[at] as string;
      receipts[at] = receipts.at(-1) as string;
      receipts.pop();
      return receipt;
    };
    const run = async (): Promise<void> => {
      for (let i = 0; i < CYCLES; i += FRAME) {
        await pipe(party, FRAME, (k) => publication("jobs", i + k));
        await pipe(party, FRAME, () => consumption("jobs"), take);
        await pipe(party, FRAME, () => acknowledgement("jobs", any()));
      }
    };
    sides.push({ what: `publish + consume + ack, ${held} in flight`, run });
  }
  await sideBySide(CYCLES * 3, sides);
}

async function queues(): Promise<void> {
  const sides: Side[] = [];
  for (const count of [10, QUEUES]) {
    const { party } = await open();
    const nameOf = (i: number): string => `queue-${(i * 7_919) % count}`;
    for (let i = 0; i < count; i++) await fill(party, 3, `queue-${i}`);
    const what = `publish + consume + ack, ${count} queues`;
    sides.push({ what, run: () => cycles(party, CYCLES, nameOf) });
  }
  await sideBySide(CYCLES * 3, sides);
}

/** What the longest turn took of the processor, in milliseconds, from here until `turns` are over. */
async function longestTurn(turns: number, begin: () => void): Promise<string> {
  globalThis.gc?.();
  let longest = 0;
  let last = process.cpuUsage();
  begin();
  for (let i = 0; i < turns; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    const { user, system } = process.cpuUsage(last);
    longest = Math.max(longest, (user + system) / 1_000);
    last = process.cpuUsage();
  }
  return `${longest.toFixed(1)} ms`;
}

async function stalls(): Promise<void> {
  const { engine, party } = await open();
  const turns = MANY / 500;
  const some = MANY / 5;
  const begin = (name: Name) => (): void => {
    party.frame([call(name, { queue: "jobs" })]).catch(() => {});
  };
  const holdSome = async (): Promise<BenchParty> => {
    const holder = new BenchParty(engine);
    await fill(party, some);
    const max_messages = 1_000;
    for (let i = 0; i < some / max_messages; i++) {
      await holder.frame([call("queue.consume", { queue: "jobs", max_messages })]);
    }
    return holder;
  };
  console.log("The longest turn, of the processor's time:");
  for (const name of ["queue.purge", "queue.delete"] as const) {
    await fill(party, MANY);
    console.log(`  ${name}, ${MANY} waiting: ${await longestTurn(turns, begin(name))}`);
  }
  await holdSome();
  const deleted = await longestTurn(turns, begin("queue.delete"));
  console.log(`  queue.delete, ${some} in flight: ${deleted}`);
  const holder = await holdSome();
  const ended = await longestTurn(turns, () => holder.session.close("bench"));
  console.log(`  a session with ${some} in hand ends: ${ended}`);
  console.log(`  queue.purge of those: ${await longestTurn(turns, begin("queue.purge"))}`);
  await engine.close();
}

async function memory(): Promise<void> {
  globalThis.gc?.();
  const before = process.memoryUsage();
  const { engine, party } = await open();
  await fill(party, MANY);
  globalThis.gc?.();
  const after = process.memoryUsage();
  const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`;
  console.log(
    `${MANY} messages of 100 bytes: RSS +${mb(after.rss - before.rss)}, heap +${mb(after.heapUsed - before.heapUsed)}, buffers +${mb(after.arrayBuffers - before.arrayBuffers)}`,
  );
  const pauses = Array.from({ length: 5 }, () => {
    const start = performance.now();
    globalThis.gc?.();
    return performance.now() - start;
  });
  console.log(`  a full collection takes ${median(pauses).toFixed(0)} ms`);
  await engine.close();
  const many = await open();
  globalThis.gc?.();
  const empty = process.memoryUsage();
  for (let i = 0; i < QUEUES; i++) await fill(many.party, 1, `queue-${i}`);
  globalThis.gc?.();
  const full = process.memoryUsage();
  const each = (full.heapUsed - empty.heapUsed) / QUEUES;
  console.log(`${QUEUES} queues with one message: heap +${each.toFixed(0)} bytes each`);
  await many.engine.close();
}

/** A dedup window that fills and then moves on: cost per publish. */
async function dedup(): Promise<void> {
  const sides: Side[] = [];
  for (const window of [0.01, 1]) {
    const { party } = await open();
    await party.frame([call("queue.create", { queue: "jobs", dedup_window_secs: window })]);
    let i = 0;
    const run = async (): Promise<void> => {
      await pipe(party, CYCLES, () =>
        call("queue.publish", { queue: "jobs", message: BODY, dedup_id: `order-${i++}` }),
      );
      await party.frame([call("queue.purge", { queue: "jobs" })]);
    };
    sides.push({ what: `publish with a dedup id, window of ${window} s`, run });
  }
  await sideBySide(CYCLES, sides);
}

const benches = { publish, waiting, push, inFlight, queues, stalls, memory, dedup };
for (const [name, bench] of Object.entries(benches)) {
  if (chosen.length === 0 || chosen.includes(name)) await bench();
}

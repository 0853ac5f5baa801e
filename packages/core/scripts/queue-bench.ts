/**
 * What queue operations cost in the engine alone: no socket, no codec, no disk. Run by hand:
 * `node --expose-gc --import tsx packages/core/scripts/queue-bench.ts [--quick] [name …]`.
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

async function timed(count: number, run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return (count / (performance.now() - start)) * 1000;
}

function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}

function report(what: string, opsPerSecond: number, note = ""): void {
  console.log(
    `${what.padEnd(52)}${Math.round(opsPerSecond / 1000)
      .toString()
      .padStart(7)} k/s ${note}`,
  );
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
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { engine, party } = await open();
    rates.push(await timed(MANY, () => fill(party, MANY)));
    await engine.close();
  }
  report(`publish, to ${MANY} waiting`, median(rates));
}

async function waiting(): Promise<void> {
  const few = await open();
  const many = await open();
  await fill(few.party, FEW);
  await fill(many.party, MANY);
  const rates = { few: [] as number[], many: [] as number[], ratio: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    const fewRate = await timed(CYCLES * 3, () => cycles(few.party, CYCLES, () => "jobs"));
    const manyRate = await timed(CYCLES * 3, () => cycles(many.party, CYCLES, () => "jobs"));
    if (round === 0) continue; // warm-up
    rates.few.push(fewRate);
    rates.many.push(manyRate);
    rates.ratio.push(fewRate / manyRate);
  }
  report(`publish + consume + ack, ${FEW} waiting (commands)`, median(rates.few));
  report(`publish + consume + ack, ${MANY} waiting (commands)`, median(rates.many));
  console.log(`  a command costs ${median(rates.ratio).toFixed(2)} × as much`);
  await few.engine.close();
  await many.engine.close();
}

/** Drains a queue by pushes to ten subscribers that acknowledge one by one. */
async function push(): Promise<void> {
  const count = options.quick ? 50_000 : 400_000;
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { engine, party } = await open();
    await fill(party, count);
    rates.push(await timed(count, () => drain(engine, count)));
    await engine.close();
  }
  report("push + ack, 10 subscribers, prefetch 100 (messages)", median(rates));
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

/** Consumes and acknowledges with many in hand, acknowledged in another order than taken. */
async function inFlight(): Promise<void> {
  const rates: number[] = [];
  for (const held of [10, IN_FLIGHT]) {
    const { engine, party } = await open();
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
    const round = async (): Promise<void> => {
      for (let i = 0; i < CYCLES; i += FRAME) {
        await pipe(party, FRAME, (k) => publication("jobs", i + k));
        await pipe(party, FRAME, () => consumption("jobs"), take);
        await pipe(party, FRAME, () => acknowledgement("jobs", any()));
      }
    };
    await round(); // warm-up
    rates.push(await timed(CYCLES * 3, round));
    report(`publish + consume + ack, ${held} in flight (commands)`, rates.at(-1) as number);
    await engine.close();
  }
  console.log(`  a command costs ${((rates[0] ?? 0) / (rates[1] ?? 0)).toFixed(2)} × as much`);
}

async function queues(): Promise<void> {
  const rates: number[] = [];
  for (const count of [10, QUEUES]) {
    const { engine, party } = await open();
    const nameOf = (i: number): string => `queue-${(i * 7_919) % count}`;
    for (let i = 0; i < count; i++) await fill(party, 3, `queue-${i}`);
    await cycles(party, CYCLES, nameOf); // warm-up
    rates.push(await timed(CYCLES * 3, () => cycles(party, CYCLES, nameOf)));
    report(`publish + consume + ack, ${count} queues (commands)`, rates.at(-1) as number);
    await engine.close();
  }
  console.log(`  a command costs ${((rates[0] ?? 0) / (rates[1] ?? 0)).toFixed(2)} × as much`);
}

/** Runs a command and returns the longest turn from there until all that it left is done. */
async function longestTurn(
  party: BenchParty,
  command: CommandCall,
  turns: number,
): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const answered = party.frame([command]);
  for (let i = 0; i < turns; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await answered;
  return longest;
}

async function stalls(): Promise<void> {
  const { engine, party } = await open();
  const turns = MANY / 250;
  for (const name of ["queue.purge", "queue.delete"] as const) {
    await fill(party, MANY);
    globalThis.gc?.();
    const ms = await longestTurn(party, call(name, { queue: "jobs" }), turns);
    console.log(`longest turn of ${name} of ${MANY} waiting: ${ms.toFixed(1)} ms`);
  }
  const max_messages = 1_000;
  await fill(party, MANY / 5);
  const rest = new BenchParty(engine);
  for (let i = 0; i < MANY / 5 / max_messages; i++) {
    await rest.frame([call("queue.consume", { queue: "jobs", max_messages })]);
  }
  globalThis.gc?.();
  const deletion = call("queue.delete", { queue: "jobs" });
  const deleted = await longestTurn(party, deletion, turns);
  console.log(`longest turn of queue.delete with ${MANY / 5} in flight: ${deleted.toFixed(1)} ms`);
  await fill(party, MANY / 5);
  for (let i = 0; i < MANY / 5 / max_messages; i++) {
    await rest.frame([call("queue.consume", { queue: "jobs", max_messages })]);
  }
  globalThis.gc?.();
  const closing = longestTurn(party, call("queue.stats", { queue: "jobs" }), turns);
  rest.session.close("bench");
  console.log(
    `longest turn when a session with ${MANY / 5} in hand ends: ${(await closing).toFixed(1)} ms`,
  );
  const purge = await longestTurn(party, call("queue.purge", { queue: "jobs" }), turns);
  console.log(`longest turn of the purge of those: ${purge.toFixed(1)} ms`);
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
}

/** A dedup window that fills and then moves on: cost per publish. */
async function dedup(): Promise<void> {
  const { engine, party } = await open();
  const rates: number[] = [];
  for (const window of [FEW, MANY / 5]) {
    const queue = `dedup-${window}`;
    const settings = { queue, dedup_window_secs: options.quick ? 0.2 : 1 };
    await party.frame([call("queue.create", settings)]);
    let i = 0;
    const publishOne = (): CommandCall =>
      call("queue.publish", { queue, message: BODY, dedup_id: `order-${i++}` });
    await pipe(party, window, publishOne);
    rates.push(await timed(MANY / 2, () => pipe(party, MANY / 2, publishOne)));
    report(`publish with a dedup id, window of ${window} and more`, rates.at(-1) as number);
    await party.frame([call("queue.purge", { queue })]);
  }
  await engine.close();
}

const benches = { publish, waiting, push, inFlight, queues, stalls, memory, dedup };
for (const [name, bench] of Object.entries(benches)) {
  if (chosen.length === 0 || chosen.includes(name)) await bench();
}

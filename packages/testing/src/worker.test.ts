import type { QueueMessage, WorkContext } from "@hivellm/synap-client";
import { afterEach, describe, expect, test } from "vitest";
import { createMockClient } from "./index.ts";

const mock = createMockClient();
afterEach(() => mock.reset());

/** A handler whose runs a test ends one by one. */
function gate() {
  const runs: {
    message: QueueMessage<string>;
    signal: AbortSignal;
    end: (failure?: Error) => void;
  }[] = [];
  let now = 0;
  let most = 0;
  const handler = async (message: QueueMessage<string>, { signal }: WorkContext): Promise<void> => {
    most = Math.max(most, ++now);
    try {
      await new Promise<void>((resolve, reject) => {
        runs.push({ message, signal, end: (failure) => (failure ? reject(failure) : resolve()) });
      });
    } finally {
      now--;
    }
  };
  return {
    runs,
    handler,
    get most() {
      return most;
    },
    get messages() {
      return runs.map(({ message }) => message.message);
    },
  };
}

async function publish(...messages: string[]): Promise<void> {
  await mock.queue.publishMany(
    "jobs",
    messages.map((message) => ({ message })),
  );
}

const settle = (): Promise<void> => mock.clock.advance(0);
const stats = () => mock.queue.stats("jobs");

describe("a worker", () => {
  test("acknowledges what its handler returns from", async () => {
    const done: string[] = [];
    await publish("a", "b", "c");
    const worker = await mock.queue.process<string>("jobs", ({ message }) => done.push(message));
    await settle();
    expect(done).toEqual(["a", "b", "c"]);
    expect(await stats()).toMatchObject({ acked: 3, depth: 0, inFlight: 0, consumers: 1 });
    await worker.close();
    expect((await stats()).consumers).toBe(0);
  });

  test("refuses what its handler throws on, with the error's text, and is told again", async () => {
    const errors: Error[] = [];
    mock.on("error", (error) => errors.push(error));
    let tries = 0;
    await mock.queue.create("jobs", { defaultMaxRetries: 1 });
    await publish("bad");
    await mock.queue.process("jobs", () => {
      throw new RangeError(`try ${++tries}`);
    });
    await settle();
    expect(tries).toBe(2);
    const { items } = await mock.queue.dead.list("jobs");
    expect(items).toMatchObject([{ message: "bad", error: "try 2", reason: "max_retries" }]);
    expect(errors.map(({ message }) => message)).toEqual(["try 1", "try 2"]);
  });

  test("works on without its handler's word: a message that the handler settles itself", async () => {
    const errors: Error[] = [];
    mock.on("error", (error) => errors.push(error));
    await publish("poison", "good");
    await mock.queue.process<string>("jobs", async (job) => {
      if (job.message === "poison") await mock.queue.nack("jobs", job, false);
    });
    await settle();
    expect(await stats()).toMatchObject({ acked: 1, deadLettered: 1, inFlight: 0 });
    expect(errors).toEqual([]);
  });

  test("retries after an ack deadline: the worker before it died", async () => {
    await publish("a");
    const dead = mock.connect();
    await dead.queue.consume("jobs", { ackDeadline: 10 });
    const seen: number[] = [];
    await mock.queue.process("jobs", ({ retryCount }) => seen.push(retryCount));
    await mock.clock.advance(9_999);
    expect(seen).toEqual([]);
    await mock.clock.advance(1);
    expect(seen).toEqual([1]);
  });
});

describe("K1 concurrency", () => {
  test("is one by default, and never exceeded", async () => {
    const gated = gate();
    await publish("a", "b");
    await mock.queue.process("jobs", gated.handler);
    await settle();
    expect(gated.messages).toEqual(["a"]);
    gated.runs[0]?.end();
    await settle();
    expect(gated.messages).toEqual(["a", "b"]);
    expect(gated.most).toBe(1);
  });

  test("of three: three run, the next begins when one ends", async () => {
    const gated = gate();
    await publish(..."abcdefgh");
    const worker = await mock.queue.process("jobs", gated.handler, { concurrency: 3 });
    await settle();
    expect(gated.messages).toEqual(["a", "b", "c"]);
    expect(worker.running).toBe(3);
    gated.runs[1]?.end();
    await settle();
    expect(gated.messages).toEqual(["a", "b", "c", "d"]);
    for (const run of gated.runs) run.end();
    await settle();
    expect(gated.most).toBe(3);
  });

  test("two workers of one client share the queue, each within its bound", async () => {
    const one = gate();
    const two = gate();
    await publish(..."abcdefgh");
    await mock.queue.process("jobs", one.handler, { concurrency: 1 });
    await mock.queue.process("jobs", two.handler, { concurrency: 2 });
    await settle();
    expect([one.runs.length, two.runs.length]).toEqual([1, 2]);
    two.runs[0]?.end();
    await settle();
    expect([one.runs.length, two.runs.length]).toEqual([1, 3]);
    expect(await stats()).toMatchObject({ inFlight: 3, consumers: 1 });
  });

  test("not exceeded when a lost message is delivered anew while its handler still runs", async () => {
    const gated = gate();
    await publish("a");
    await mock.queue.process("jobs", gated.handler, { ackDeadline: 30 });
    await settle();
    await mock.connect().queue.delete("jobs");
    await publish("b");
    await mock.clock.advance(10_000);
    expect(gated.runs[0]?.signal.aborted).toBe(true);
    expect(gated.messages).toEqual(["a"]);
    gated.runs[0]?.end();
    await settle();
    expect(gated.messages).toEqual(["a", "b"]);
    expect(gated.most).toBe(1);
  });
});

describe("K2 the deadline", () => {
  test.each([
    ["of the queue", {}],
    ["of its own", { ackDeadline: 4 }],
  ])("%s is extended while the handler runs", async (_, options) => {
    const gated = gate();
    await mock.queue.create("jobs", { ackDeadlineSecs: 6 });
    await publish("a");
    await mock.queue.process("jobs", gated.handler, options);
    await mock.clock.advance(600_000);
    expect(gated.runs).toHaveLength(1);
    expect(gated.runs[0]?.signal.aborted).toBe(false);
    gated.runs[0]?.end();
    await settle();
    expect(await stats()).toMatchObject({ timedOut: 0, acked: 1 });
  });

  test("nothing ticks when nothing is in hand", async () => {
    await publish("a");
    await mock.queue.process("jobs", () => undefined, { ackDeadline: 3 });
    await mock.clock.advance(60_000);
    expect(await stats()).toMatchObject({ acked: 1, timedOut: 0 });
  });
});

describe("K3 a message that is lost", () => {
  test("aborts the signal with the reason, and is not acknowledged", async () => {
    const errors: Error[] = [];
    mock.on("error", (error) => errors.push(error));
    const gated = gate();
    await publish("a");
    await mock.queue.process("jobs", gated.handler, { ackDeadline: 30 });
    await settle();
    await mock.queue.delete("jobs");
    await mock.clock.advance(10_000);
    expect(gated.runs[0]?.signal.reason).toMatchObject({ code: "QUEUE_NOT_FOUND" });
    gated.runs[0]?.end(new TypeError("aborted"));
    await settle();
    expect(errors).toEqual([]);
  });
});

describe("K4 close", () => {
  test("waits for handlers that run, and gives back what has not begun", async () => {
    const gated = gate();
    await publish("a", "b", "c");
    const worker = await mock.queue.process("jobs", gated.handler, { concurrency: 2 });
    await settle();
    let closed = false;
    const closing = worker.close().then(() => {
      closed = true;
    });
    await settle();
    gated.runs[0]?.end();
    await settle();
    expect(closed).toBe(false);
    expect(gated.messages).toEqual(["a", "b"]);
    gated.runs[1]?.end();
    await closing;
    expect(await stats()).toMatchObject({ acked: 2, depth: 1, inFlight: 0, consumers: 0 });
  });

  test("goes on extending while it waits", async () => {
    const gated = gate();
    await publish("a");
    const worker = await mock.queue.process("jobs", gated.handler, { ackDeadline: 3 });
    await settle();
    const closing = worker.close();
    await mock.clock.advance(60_000);
    gated.runs[0]?.end();
    await closing;
    expect(await stats()).toMatchObject({ acked: 1, timedOut: 0 });
  });

  test("with a limit: aborts what still runs, and gives it back, no retry burned", async () => {
    const gated = gate();
    await publish("a");
    const worker = await mock.queue.process("jobs", gated.handler);
    await settle();
    const closing = worker.close({ timeoutMs: 5_000 });
    await mock.clock.advance(4_999);
    expect(gated.runs[0]?.signal.aborted).toBe(false);
    await mock.clock.advance(1);
    await closing;
    expect(gated.runs[0]?.signal.reason).toMatchObject({ code: "CANCELLED" });
    expect(await mock.queue.peek("jobs")).toMatchObject([{ message: "a", retryCount: 0 }]);
    gated.runs[0]?.end();
    await settle();
    expect(await stats()).toMatchObject({ acked: 0, depth: 1 });
  });

  test("await using", async () => {
    const done: string[] = [];
    {
      await using worker = await mock.queue.process<string>("jobs", ({ message }) =>
        done.push(message),
      );
      await publish("a");
      await settle();
      expect(worker.queue).toBe("jobs");
    }
    await publish("b");
    await settle();
    expect(done).toEqual(["a"]);
  });

  test("of the client: signals are aborted, the messages are back", async () => {
    const gated = gate();
    const client = mock.connect();
    await publish("a");
    await client.queue.process("jobs", gated.handler);
    await settle();
    await client.close();
    expect(gated.runs[0]?.signal.reason).toMatchObject({ code: "CONNECTION_LOST" });
    await settle();
    expect(await mock.queue.consume("jobs")).toMatchObject({ message: "a", retryCount: 0 });
    gated.runs[0]?.end();
  });
});

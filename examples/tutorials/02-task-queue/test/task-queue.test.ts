import { SynapClient } from "@hivellm/synap-client";
import { createMockClient } from "@hivellm/synap-client/testing";
import {
  type RunningProcess,
  runProgram,
  type ServerProcess,
  startProgram,
  startServerProcess,
  until,
} from "@hivellm/synap-example-support";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { JobProducer } from "../src/job-producer.ts";
import { type JobHandlers, startJobWorker } from "../src/job-worker.ts";
import { createQueue, QUEUE } from "../src/jobs.ts";

const PRODUCER = new URL("../src/producer.ts", import.meta.url);
const WORKER = new URL("../src/worker.ts", import.meta.url);
const DEAD_LETTERS = new URL("../src/dead-letters.ts", import.meta.url);

const EMAIL = { to: "ann@example.com", subject: "Hi", body: "…" };

describe("against a server, each program in a process of its own", () => {
  let server: ServerProcess;
  let client: SynapClient;
  const running: RunningProcess[] = [];
  beforeAll(async () => {
    server = await startServerProcess();
    client = new SynapClient(server.url);
    await createQueue(client);
  });
  afterEach(async () => {
    for (const worker of running.splice(0)) await worker.stop();
    await client.queue.purge(QUEUE);
    await client.queue.dead.purge(QUEUE);
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  async function startWorker(): Promise<RunningProcess> {
    const worker = startProgram(WORKER, [], { SYNAP_URL: server.url });
    running.push(worker);
    await worker.printed(/Waiting for jobs/);
    return worker;
  }

  /** Resolves when no job is left, neither waiting nor in somebody's hands. */
  function allDone(): Promise<true> {
    const counts = async () => {
      const { depth, inFlight, delayed } = await client.queue.stats(QUEUE);
      return depth + inFlight + delayed === 0;
    };
    return until(counts, () => "There are still jobs");
  }

  test("two workers share the jobs; each is done once", async () => {
    const workers = [await startWorker(), await startWorker()];
    const output = await runProgram(PRODUCER, ["5"], { SYNAP_URL: server.url });
    const submitted = idsAfter("submitted", output);
    expect(submitted).toHaveLength(10);

    await allDone();
    for (const worker of workers) expect(await worker.stop()).toBe(0);
    const [first = [], second = []] = workers.map(({ output }) => processed(output));
    expect([...first, ...second].sort()).toEqual(submitted.sort());
    expect(first).not.toEqual([]);
    expect(second).not.toEqual([]);
  });

  test("a higher priority first, and in order within one", async () => {
    const producer = new JobProducer(client);
    const low = await producer.submitJob("send_email", EMAIL, 1);
    const first = await producer.submitJob("send_email", EMAIL);
    const second = await producer.submitJob("send_email", EMAIL);
    const high = await producer.submitJob("send_email", EMAIL, 9);

    const worker = await startWorker();
    await allDone();
    await worker.stop();
    expect(processed(worker.output)).toEqual([high, first, second, low]);
  });

  test("a job whose worker dies is done by another, at once and with no retry burned", async () => {
    const image = { imageId: "img_1", sizes: [1, 2, 3, 4, 5] };
    const job = await new JobProducer(client).submitJob("resize_image", image);
    const unlucky = await startWorker();
    await unlucky.printed(/Resizing image img_1 to 2/);
    await unlucky.crash();

    const worker = await startWorker();
    await worker.printed(/Resizing image img_1 to 5/);
    await allDone();
    await worker.stop();
    expect(processed(worker.output)).toEqual([job]);
    expect(await client.queue.stats(QUEUE)).toMatchObject({ nacked: 0, timedOut: 0, dead: 0 });
  });

  test("a worker that is told to end finishes its job and takes no other", async () => {
    const producer = new JobProducer(client);
    const begun = await producer.submitJob("resize_image", { imageId: "img_1", sizes: [1, 2, 3] });
    await producer.submitJob("send_email", EMAIL, 1);
    const worker = await startWorker();
    await worker.printed(/Resizing image img_1 to 1/);

    expect(await worker.stop()).toBe(0);
    expect(processed(worker.output)).toEqual([begun]);
    expect(await client.queue.stats(QUEUE)).toMatchObject({ depth: 1, inFlight: 0, consumers: 0 });
  });

  test("a job that fails comes again", async () => {
    const worker = await startWorker();
    const job = await new JobProducer(client).submitJob("send_email", { ...EMAIL, to: "nobody" });
    await worker.printed(/(Sending email to nobody[\s\S]*){2}/);
    expect(worker.output).toContain(`✗ Error processing ${job}: Error: nobody is no address`);
  });

  test("a job that nobody knows is a dead letter, and can be put back", async () => {
    await startWorker();
    await client.queue.publish(QUEUE, { type: "make_coffee", data: {} });
    await allDone();
    const list = (args: string[]) => runProgram(DEAD_LETTERS, args, { SYNAP_URL: server.url });
    expect(await list([])).toMatch(/make_coffee, rejected, Unknown job type: make_coffee\n$/);
    expect(await list(["redrive"])).toMatch(/\n1 put back\n$/);
  });
});

describe("without a server, in driven time", () => {
  let client: ReturnType<typeof createMockClient>;
  beforeEach(async () => {
    client = createMockClient();
    await createQueue(client);
  });
  afterEach(() => client.close());

  test("a job is retried after 1, 2 and 4 seconds, then given up", async () => {
    const attempts: number[] = [];
    const handlers = withEmail(async () => {
      attempts.push(client.clock.now() - start);
      throw new Error("the mailer is down");
    });
    const start = client.clock.now();
    await using _worker = await startJobWorker(client, handlers);
    await new JobProducer(client).submitJob("send_email", EMAIL);
    await client.clock.advance(60_000);

    expect(attempts).toEqual([0, 1_000, 3_000, 7_000]);
    const { items } = await client.queue.dead.list(QUEUE);
    expect(items).toMatchObject([{ reason: "max_retries", error: "the mailer is down" }]);
  });

  test("a job that takes longer than the deadline stays with its worker", async () => {
    let finish: () => void = () => {};
    const signals: AbortSignal[] = [];
    const handlers = withEmail((_, signal) => {
      signals.push(signal);
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    await using _worker = await startJobWorker(client, handlers);
    await new JobProducer(client).submitJob("send_email", EMAIL);
    await client.clock.advance(600_000);

    finish();
    await client.clock.advance(0);
    expect(signals).toMatchObject([{ aborted: false }]);
    expect(await client.queue.stats(QUEUE)).toMatchObject({ acked: 1, timedOut: 0 });
  });
});

function withEmail(send_email: JobHandlers["send_email"]): JobHandlers {
  return { send_email, resize_image: async () => {} };
}

function idsAfter(word: string, output: string): string[] {
  return Array.from(output.matchAll(new RegExp(`^${word} (\\S+)$`, "gm")), ([, id = ""]) => id);
}

function processed(output: string): string[] {
  return idsAfter("✓ Processed job", output);
}

import { SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { delivery, fakeAnswers } from "../../test/fake-answers.ts";
import { failureOf, turns } from "../../test/fake-platform.ts";
import type { Worker, WorkerOptions, WorkHandler } from "./types.ts";

/** What a worker does to a queue is tested against the engine, with the mock; this is about its client. */
function setup() {
  const fake = fakeAnswers({ retryMaxDelay: 100 });
  const { core, server, clock } = fake;
  const errors: unknown[] = [];
  core.emitter.on("error", (error) => errors.push(error));
  const signals: AbortSignal[] = [];
  const ends: ((thrown?: unknown) => void)[] = [];
  const hold: WorkHandler = (_message, { signal }) =>
    new Promise<void>((resolve, reject) => {
      signals.push(signal);
      ends.push((thrown) => (thrown === undefined ? resolve() : reject(thrown)));
    });
  const work = (options?: WorkerOptions, handler = hold): Promise<Worker> =>
    core.queue.process("q", handler, options);
  const push = (id: string, leftMs = 30_000) => {
    const about = { id: id.split("~")[0], message_id: id, deadline: clock.wallMs() + leftMs };
    server.socket.push("delivery", delivery(id, about));
  };
  return { ...fake, errors, signals, ends, work, push };
}

describe("K2 how often a deadline is extended", () => {
  test.each<[string, number, WorkerOptions, number, object]>([
    ["a third of what is left, where the clocks agree", 6_000, {}, 2_000, {}],
    ["every ten seconds at least, where it seems long", 36_000_000, {}, 10_000, {}],
    ["often, where the clocks do not agree", -60_000, {}, 1_000 / 3, {}],
    ["never without a pause", 1, {}, 10, {}],
    ["a third of its own", 6_000, { ackDeadline: 300 }, 100_000, { ack_deadline: 300 }],
  ])("%s", async (_, leftMs, options, periodMs, payload) => {
    const { work, push, clock, asked } = setup();
    await work(options);
    push("1", leftMs);
    await clock.advance(periodMs - 0.1);
    expect(asked("queue.extend")).toEqual([]);
    await clock.advance(0.2);
    expect(asked("queue.extend")).toEqual([{ queue: "q", message_id: "1", ...payload }]);
    await clock.advance(periodMs);
    expect(asked("queue.extend")).toHaveLength(2);
  });

  test("one that was just delivered has time until the next look", async () => {
    const { work, push, clock, asked } = setup();
    await work({ concurrency: 2 });
    push("1");
    await clock.advance(6_000);
    push("2");
    await clock.advance(4_000);
    expect(asked("queue.extend").map(({ message_id }) => message_id)).toEqual(["1"]);
    await clock.advance(10_000);
    expect(asked("queue.extend").map(({ message_id }) => message_id)).toEqual(["1", "1", "2"]);
  });

  test("an extension that fails for the time being is tried again, and nothing is lost", async () => {
    const { work, push, clock, answers, signals, asked } = setup();
    await work();
    push("1");
    answers["queue.extend"] = () => new SynapError("INTERNAL", "hm");
    await clock.advance(20_000);
    expect(asked("queue.extend")).toHaveLength(2);
    expect(signals[0]?.aborted).toBe(false);
  });
});

describe("K3 a message that is lost", () => {
  test("aborts the signal; its end is the consumer's word, by which credit returns", async () => {
    const { work, push, clock, answers, signals, ends, asked, errors } = setup();
    await work();
    push("1~9");
    answers["queue.extend"] = () => new SynapError("MESSAGE_NOT_FOUND", "gone");
    await clock.advance(10_000);
    expect(signals[0]?.reason).toMatchObject({ code: "MESSAGE_NOT_FOUND" });
    ends[0]?.(new TypeError("aborted"));
    await turns();
    expect(asked("queue.release")).toEqual([{ queue: "q", message_id: "1~9" }]);
    expect(asked("queue.nack")).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("a signal that is asked for afterwards is aborted, too", async () => {
    const { work, push, clock, answers } = setup();
    const late: boolean[] = [];
    let end = (): void => {};
    await work({}, async (_message, context) => {
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      late.push(context.signal.aborted);
    });
    push("1");
    answers["queue.extend"] = () => new SynapError("MESSAGE_NOT_FOUND", "gone");
    await clock.advance(10_000);
    end();
    await turns();
    expect(late).toEqual([true]);
  });

  test("with the connection: when the server's grace is over, not before", async () => {
    const { work, push, clock, server, signals, ends, asked } = setup();
    await work({ concurrency: 2 });
    push("1");
    push("2");
    server.socket.drop();
    await clock.advance(100);
    ends[0]?.();
    await turns();
    expect(asked("queue.ack")).toEqual([{ queue: "q", message_id: "1" }]);
    await clock.advance(400);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
    expect(signals[1]?.reason).toMatchObject({ name: "ConnectionError" });
    ends[1]?.();
    await turns();
    expect(asked("queue.ack")).toHaveLength(1);
  });

  test("delivered anew: it waits until its earlier handler has ended", async () => {
    const { work, push, signals, ends, asked } = setup();
    await work();
    push("1");
    push("1~9");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    ends[0]?.();
    await turns();
    expect(signals).toHaveLength(2);
    ends[1]?.();
    await turns();
    expect(asked("queue.ack")).toEqual([{ queue: "q", message_id: "1~9" }]);
  });

  test("before it has begun: it never begins", async () => {
    const { core, work, push, signals, ends, clock, server } = setup();
    await work();
    push("1");
    push("2");
    server.socket.drop();
    await clock.advance(500);
    ends[0]?.();
    await turns();
    expect(signals).toHaveLength(1);
    await core.close();
  });
});

describe("what is settled", () => {
  test.each<[string, unknown, string]>([
    ["an error's text", new RangeError("out of mail"), "out of mail"],
    ["its name, if it has no text", new RangeError(), "RangeError"],
    ["whatever was thrown", "no", "no"],
    ["what can be kept", new Error(`${"x".repeat(8_191)}\u{1f49a}`), `${"x".repeat(8_191)}\ufffd`],
  ])("a refusal says %s", async (_, thrown, error) => {
    const { work, push, ends, asked } = setup();
    await work();
    push("1");
    ends[0]?.(thrown);
    await turns();
    expect(asked("queue.nack")).toEqual([{ queue: "q", message_id: "1", error }]);
  });

  test("an acknowledgement whose answer was cut off is sent again, and may have been heard", async () => {
    const { work, push, ends, answers, server, clock, asked, errors } = setup();
    await work({ concurrency: 2 });
    push("1");
    push("2");
    answers["queue.ack"] = () => null;
    ends[0]?.();
    ends[1]?.();
    await turns();
    answers["queue.ack"] = ({ payload }) =>
      payload.message_id === "1" ? { success: true } : new SynapError("MESSAGE_NOT_FOUND", "gone");
    server.socket.drop();
    await clock.advance(100);
    expect(asked("queue.ack").map(({ message_id }) => message_id)).toEqual(["1", "2", "1", "2"]);
    expect(errors).toEqual([]);
  });

  test("not for longer than the server keeps what is in hand", async () => {
    const { work, push, ends, server, clock, errors } = setup();
    const worker = await work();
    push("1");
    server.accepts = "refuse";
    server.socket.drop();
    ends[0]?.();
    await clock.advance(10_000);
    expect(errors.at(-1)).toMatchObject({ code: "CONNECTION_LOST" });
    await worker.close();
  });

  test("an acknowledgement that fails is reported", async () => {
    const { work, push, ends, answers, errors } = setup();
    await work();
    push("1");
    answers["queue.ack"] = () => new SynapError("MESSAGE_NOT_FOUND", "gone");
    ends[0]?.();
    await turns();
    expect(errors).toMatchObject([{ code: "MESSAGE_NOT_FOUND" }]);
  });
});

describe("the end", () => {
  test("a refusal after a loss ends it, and is reported; handlers end as they do", async () => {
    const { work, push, server, clock, answers, ends, errors } = setup();
    const worker = await work();
    push("1");
    push("2");
    answers["queue.subscribe"] = () => new SynapError("FORBIDDEN", "no");
    server.socket.drop();
    await clock.advance(100);
    expect(errors).toMatchObject([{ name: "AuthError" }]);
    expect(worker.running).toBe(1);
    const closing = worker.close();
    ends[0]?.();
    await closing;
    expect(worker.running).toBe(0);
  });

  test("one that is closed twice is closed once, with the shorter patience", async () => {
    const { work, push, clock, asked, signals } = setup();
    const worker = await work();
    push("1");
    const closing = Promise.all([worker.close(), worker.close({ timeoutMs: 50 })]);
    await clock.advance(50);
    await closing;
    expect(asked("queue.unsubscribe")).toHaveLength(1);
    expect(asked("queue.release")).toEqual([{ queue: "q", message_id: "1" }]);
    expect(signals[0]?.aborted).toBe(true);
  });

  test("leaves no timer", async () => {
    const { core, work, push, ends, clock } = setup();
    const worker = await work();
    push("1");
    ends[0]?.();
    await worker.close({ timeoutMs: 1_000 });
    await core.close();
    expect(clock.timers).toBe(0);
  });

  test("one whose request is refused is none", async () => {
    const { work, answers } = setup();
    answers["queue.subscribe"] = () => new SynapError("SUBSCRIBER_LIMIT", "no");
    expect(await failureOf(work())).toMatchObject({ code: "SUBSCRIBER_LIMIT" });
  });
});

import { SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { delivery, fakeAnswers } from "../../test/fake-answers.ts";
import { failureOf, turns } from "../../test/fake-platform.ts";
import type { ClientConfig } from "../options.ts";
import type { ConsumerOptions, QueueMessage } from "./types.ts";

function setup(config: ClientConfig = {}) {
  const fake = fakeAnswers({ retryMaxDelay: 100, ...config });
  const { core, server } = fake;
  const errors: unknown[] = [];
  core.emitter.on("error", (error) => errors.push(error));
  const consume = async (options?: ConsumerOptions) => {
    const got: QueueMessage[] = [];
    const subscription = await core.queue.subscribe("q", (message) => got.push(message), options);
    return {
      got,
      subscription,
      get ids() {
        return got.map(({ messageId }) => messageId);
      },
    };
  };
  const push = (...ids: string[]) => {
    for (const id of ids) {
      const fields = { id: id.split("~")[0], message_id: id };
      server.socket.push("delivery", delivery(id, fields));
    }
  };
  const reconnect = async () => {
    server.socket.drop();
    await fake.clock.advance(100);
  };
  return { ...fake, errors, consume, push, reconnect };
}

describe("the request", () => {
  test("says what was asked for, and the sum of what all take", async () => {
    const { consume, asked } = setup();
    const options = { ackDeadline: 60, consumerId: "w", exclusive: true };
    const one = await consume({ prefetch: 2, ...options });
    await consume({ prefetch: 3, ...options });
    await one.subscription.unsubscribe();
    const about = { queue: "q", ack_deadline: 60, consumer_id: "w", exclusive: true };
    expect(asked("queue.subscribe")).toEqual([
      { ...about, prefetch: 2 },
      { ...about, prefetch: 5 },
      { ...about, prefetch: 3 },
    ]);
    expect(asked("queue.unsubscribe")).toEqual([]);
  });

  test("one that leaves with messages in hand does not take the others' room", async () => {
    const { core, consume, push, asked } = setup();
    const one = await consume({ prefetch: 3 });
    await consume({ prefetch: 1 });
    push("1", "2");
    await one.subscription.unsubscribe();
    await core.queue.ack("q", "1");
    await core.queue.ack("q", "2");
    await turns();
    expect(asked("queue.subscribe").map(({ prefetch }) => prefetch)).toEqual([3, 4, 3, 2, 1]);
    expect(asked("queue.unsubscribe")).toEqual([]);
  });

  test("the last one ends it", async () => {
    const { consume, asked } = setup();
    const { subscription } = await consume();
    expect(subscription.queue).toBe("q");
    await subscription.unsubscribe();
    await subscription.unsubscribe();
    expect(asked("queue.unsubscribe")).toEqual([{ queue: "q" }]);
  });

  test("two that do not agree: the second is refused", async () => {
    const { consume } = setup();
    await consume({ ackDeadline: 60 });
    expect(await failureOf(consume())).toMatchObject({ name: "ValidationError" });
    expect(await failureOf(consume({ ackDeadline: 30 }))).toMatchObject({
      name: "ValidationError",
    });
    await consume({ consumerId: undefined, ackDeadline: 60 });
  });

  test.each<[string, object]>([
    ["prefetch", { prefetch: 0 }],
    ["prefetch", { prefetch: 1.5 }],
    ["ackDeadlin", { ackDeadlin: 5 }],
  ])("an option that breaks a rule: %s", async (path, options) => {
    const { consume, server } = setup();
    expect(await failureOf(consume(options))).toMatchObject({
      name: "ValidationError",
      details: { path },
    });
    expect(server.requests).toEqual([]);
  });

  test("that is refused leaves nothing behind", async () => {
    const { core, answers, consume, asked } = setup();
    answers["queue.subscribe"] = () => new SynapError("SUBSCRIBER_LIMIT", "no");
    expect(await failureOf(consume())).toMatchObject({ code: "SUBSCRIBER_LIMIT" });
    await core.kv.exists("k");
    expect(asked("queue.unsubscribe")).toEqual([{ queue: "q" }]);
  });
});

describe("Q1 a delivery is in one taker's hand", () => {
  test("of the one with the most room", async () => {
    const { core, consume, push } = setup();
    const one = await consume({ prefetch: 1 });
    const two = await consume({ prefetch: 3 });
    push("1", "2", "3", "4");
    expect([one.ids, two.ids]).toEqual([["3"], ["1", "2", "4"]]);
    await core.queue.ack("q", "3");
    push("5");
    expect(one.ids).toEqual(["3", "5"]);
  });

  test("what nobody ever settles is forgotten, the oldest first", async () => {
    const { core, consume, push, asked } = setup();
    const { got } = await consume();
    push(...Array.from({ length: 1_002 }, (_, i) => `${i + 1}~9`));
    await core.queue.ack("q", "1");
    await core.queue.ack("q", "2");
    expect(asked("queue.ack").map(({ message_id }) => message_id)).toEqual(["1", "2~9"]);
    expect(got).toHaveLength(1_002);
  });

  test("where nobody takes any more, it is released at once", async () => {
    const { consume, push, asked } = setup();
    const { subscription, ids } = await consume();
    await subscription.unsubscribe();
    push("1~7");
    await turns();
    expect(asked("queue.release")).toEqual([{ queue: "q", message_id: "1~7" }]);
    expect(ids).toEqual([]);
  });

  test("one that asked and has no answer yet takes nothing", async () => {
    const { answers, consume, push, server } = setup();
    const first = await consume();
    answers["queue.subscribe"] = () => null;
    const late = consume();
    await turns();
    push("1", "2");
    expect(first.ids).toEqual(["1", "2"]);
    const request = server.requests.at(-1);
    if (request?.name === "queue.subscribe") server.socket.reply(request, { queue: "q" });
    const second = await late;
    push("3");
    expect(second.ids).toEqual(["3"]);
  });
});

describe("Q2 a delivery leaves the hand", () => {
  test("when it is delivered anew: its id stands for the new one from then on", async () => {
    const { core, consume, push, asked } = setup();
    const { got } = await consume({ prefetch: 5 });
    push("1", "1~9");
    await core.queue.ack("q", "1");
    await core.queue.ack("q", "1");
    await core.queue.ack("q", got[1] as QueueMessage);
    expect(asked("queue.ack").map(({ message_id }) => message_id)).toEqual(["1~9", "1", "1~9"]);
  });

  test("when the server says that it is gone", async () => {
    const { core, answers, consume, push, asked } = setup();
    const one = await consume();
    const two = await consume();
    push("1~9", "2");
    answers["queue.nack"] = () => new SynapError("MESSAGE_NOT_FOUND", "gone");
    expect(await failureOf(core.queue.nack("q", "1"))).toMatchObject({ code: "MESSAGE_NOT_FOUND" });
    await failureOf(core.queue.nack("q", "1"));
    expect(asked("queue.nack").map(({ message_id }) => message_id)).toEqual(["1~9", "1"]);
    push("3");
    expect([one.ids, two.ids]).toEqual([["1", "3"], ["2"]]);
  });

  test("not by an answer that did not come", async () => {
    const { core, answers, consume, push, asked } = setup();
    await consume();
    push("1~9");
    answers["queue.ack"] = () => new SynapError("INTERNAL", "hm");
    await failureOf(core.queue.ack("q", "1"));
    await failureOf(core.queue.ack("q", "1"));
    expect(asked("queue.ack").map(({ message_id }) => message_id)).toEqual(["1~9", "1~9"]);
  });

  test("after a loss, when the server's grace is over", async () => {
    const { core, consume, push, reconnect, clock, asked } = setup();
    await consume();
    push("1~9");
    await reconnect();
    await clock.advance(399);
    await core.queue.extend("q", "1", 5);
    await clock.advance(1);
    await core.queue.extend("q", "1");
    expect(asked("queue.extend")).toEqual([
      { queue: "q", message_id: "1~9", ack_deadline: 5 },
      { queue: "q", message_id: "1" },
    ]);
  });
});

describe("Q3 what came by the socket is settled over the socket", () => {
  test("also where commands go over HTTP", async () => {
    const http: string[] = [];
    const { core, consume, push, asked } = setup({
      transport: "http",
      fetch: async (_url, { body }) => {
        http.push(JSON.parse(String(body)).command);
        return new Response(
          '{"status":"success","payload":{"success":true,"acked":1,"missing":[]}}',
        );
      },
      format: "json",
    });
    const { got } = await consume({ prefetch: 9 });
    push("1", "2", "3", "4");
    await core.queue.ack("q", "1");
    await core.queue.release("q", got[1] as QueueMessage);
    await core.queue.nack("q", "3", { delay: 5, error: "no" });
    await core.queue.ack("q", "other");
    expect(asked("queue.ack")).toEqual([{ queue: "q", message_id: "1" }]);
    expect(asked("queue.release")).toEqual([{ queue: "q", message_id: "2" }]);
    expect(asked("queue.nack")).toEqual([{ queue: "q", message_id: "3", delay: 5, error: "no" }]);
    expect(http).toEqual(["queue.ack"]);
  });
});

describe("after a loss", () => {
  test("it is delivered to again", async () => {
    const { consume, push, reconnect, asked } = setup();
    const one = await consume({ prefetch: 2 });
    const two = await consume({ prefetch: 1 });
    await reconnect();
    expect(asked("queue.subscribe").at(-1)).toEqual({ queue: "q", prefetch: 3 });
    push("1", "2", "3");
    expect([...one.ids, ...two.ids].sort()).toEqual(["1", "2", "3"]);
  });

  test("a refusal ends it, and is reported", async () => {
    const { answers, consume, push, reconnect, errors, asked } = setup();
    const { ids } = await consume();
    answers["queue.subscribe"] = () => new SynapError("FORBIDDEN", "no");
    await reconnect();
    push("1");
    await turns();
    expect(ids).toEqual([]);
    expect(asked("queue.release")).toHaveLength(1);
    expect(errors).toMatchObject([{ name: "AuthError" }]);
  });

  test("unsubscribe with the connection gone is done", async () => {
    const { server, consume, clock } = setup();
    const { subscription } = await consume();
    server.accepts = "refuse";
    server.socket.drop();
    await subscription.unsubscribe();
    await clock.advance(100_000);
    expect(server.sockets.length).toBeLessThanOrEqual(2);
  });
});

describe("iteration", () => {
  test("message by message; what the loop did not get is given back", async () => {
    const { core, push, asked } = setup();
    const messages = core.queue.messages("q", { prefetch: 3 });
    const first = messages.next();
    await turns();
    push("1", "2", "3");
    expect((await first).value).toMatchObject({ messageId: "1" });
    await messages.return();
    expect(asked("queue.release").map(({ message_id }) => message_id)).toEqual(["2", "3"]);
    expect(asked("queue.unsubscribe")).toEqual([{ queue: "q" }]);
  });

  test("what is lost while it waits is not given to the loop", async () => {
    const { core, push, asked } = setup();
    const messages = core.queue.messages("q", { prefetch: 3 });
    const first = messages.next();
    await turns();
    push("1", "2", "2~9");
    await first;
    expect((await messages.next()).value).toMatchObject({ messageId: "2" });
    await core.queue.ack("q", "2");
    expect(asked("queue.ack")).toEqual([{ queue: "q", message_id: "2~9" }]);
    await messages.return();
    expect(asked("queue.release")).toEqual([]);
  });

  test("a refusal after a loss is told to the loop", async () => {
    const { core, answers, reconnect } = setup();
    const next = failureOf(core.queue.messages("q").next());
    await turns();
    answers["queue.subscribe"] = () => new SynapError("FORBIDDEN", "no");
    await reconnect();
    expect(await next).toMatchObject({ name: "AuthError" });
  });
});

test("close ends every subscription and leaves no timer", async () => {
  const { core, consume, push, clock, server } = setup();
  const { ids } = await consume();
  push("1");
  await core.close();
  push("2");
  expect(ids).toEqual([]);
  await clock.advance(100_000);
  expect(server.sockets).toHaveLength(1);
  expect(clock.timers).toBe(0);
});

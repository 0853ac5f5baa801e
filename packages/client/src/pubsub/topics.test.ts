import { SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { fakeAnswers, message } from "../../test/fake-answers.ts";
import { failureOf, turns } from "../../test/fake-platform.ts";
import type { ListenOptions } from "./types.ts";

function setup() {
  const fake = fakeAnswers({ retryMaxDelay: 100 });
  const { core, server } = fake;
  const gaps: object[] = [];
  const errors: unknown[] = [];
  core.emitter.on("gap", (gap) => gaps.push(gap));
  core.emitter.on("error", (error) => errors.push(error));
  const listen = async (topics: string | string[], options?: ListenOptions) => {
    const heard: string[] = [];
    const onMessage = (topic: string) => heard.push(topic);
    const subscription = await core.pubsub.subscribe(topics, onMessage, options);
    return { heard, subscription };
  };
  const push = (topic: string, fields: object = {}) =>
    server.socket.push("message", message(topic, { ...fields }));
  const reconnect = async () => {
    server.socket.drop();
    await fake.clock.advance(100);
  };
  return { ...fake, gaps, errors, listen, push, reconnect };
}

const DISCONNECTED = {
  kind: "pubsub",
  prefix: null,
  room: null,
  reason: "disconnected",
  from: null,
  to: null,
  lost: null,
};

describe("P1 a pattern is subscribed from its first listener to its last", () => {
  test("on the server", async () => {
    const { listen, asked } = setup();
    const one = await listen(["a", "b.*"]);
    const two = await listen("b.*");
    await one.subscription.unsubscribe();
    await two.subscription.unsubscribe();
    await two.subscription.unsubscribe();
    expect(asked("pubsub.subscribe")).toEqual([{ topics: ["a", "b.*"] }, { topics: ["b.*"] }]);
    expect(asked("pubsub.unsubscribe")).toEqual([{ topics: ["a"] }, { topics: ["b.*"] }]);
  });

  test("each group for itself", async () => {
    const { listen, asked } = setup();
    const one = await listen("a", { group: "g" });
    await listen("a");
    await one.subscription.unsubscribe();
    expect(asked("pubsub.unsubscribe")).toEqual([{ topics: ["a"], group: "g" }]);
  });

  test("a request that is refused leaves nothing behind", async () => {
    const { core, answers, listen, push, asked } = setup();
    const { heard } = await listen("a");
    answers["pubsub.subscribe"] = () => new SynapError("SUBSCRIBER_LIMIT", "no");
    expect(await failureOf(listen(["a", "b"]))).toMatchObject({ code: "SUBSCRIBER_LIMIT" });
    await core.kv.exists("k");
    expect(asked("pubsub.unsubscribe")).toEqual([{ topics: ["b"] }]);
    push("a");
    expect(heard).toEqual(["a"]);
  });

  test("a request that is given up rejects at once, and the server is told", async () => {
    const { answers, listen, asked } = setup();
    answers["pubsub.subscribe"] = () => null;
    answers["pubsub.unsubscribe"] = () => null;
    const abort = new AbortController();
    const failure = failureOf(listen("a", { signal: abort.signal }));
    await turns();
    abort.abort();
    expect(await failure).toMatchObject({ code: "CANCELLED" });
    await turns();
    expect(asked("pubsub.unsubscribe")).toEqual([{ topics: ["a"] }]);
  });

  test.each<[string, unknown, unknown]>([
    ["topics", [], () => undefined],
    ["topics", 7, () => undefined],
    ["topics", ["a", 7], () => undefined],
    ["onMessage", "a", null],
  ])("%s must be what it should be: %j", async (path, topics, handler) => {
    const { core, server } = setup();
    const failure = await failureOf(core.pubsub.subscribe(topics as never, handler as never));
    expect(failure).toMatchObject({ name: "ValidationError", details: { path } });
    expect(server.sockets).toEqual([]);
  });
});

describe("P2 a listener gets each message once", () => {
  test("in the order they come, from its answer on", async () => {
    const { listen, push } = setup();
    const one = await listen(["a.*", "a.#", "b"]);
    push("a.x");
    const two = await listen("a.x");
    push("a.x");
    push("b");
    push("c");
    expect(one.heard).toEqual(["a.x", "a.x", "b"]);
    expect(two.heard).toEqual(["a.x"]);
  });

  test("however many topics there are", async () => {
    const { listen, push } = setup();
    const { heard } = await listen("t.*");
    for (let i = 0; i < 2_500; i++) push(`t.${i % 1_500}`);
    expect(heard).toHaveLength(2_500);
  });
});

describe("P3 of a group it is one listener's turn", () => {
  test("of those that match", async () => {
    const { listen, push } = setup();
    const one = await listen("a.#", { group: "g" });
    const two = await listen("a.b", { group: "g" });
    const other = await listen("a.#", { group: "h" });
    for (let i = 0; i < 4; i++) push("a.b", { group: "g" });
    push("a.c", { group: "g" });
    expect(one.heard).toEqual(["a.b", "a.b", "a.c"]);
    expect(two.heard).toEqual(["a.b", "a.b"]);
    expect(other.heard).toEqual([]);
  });
});

describe("P4 after a loss", () => {
  test("everything is subscribed anew, then a gap is told, then messages come", async () => {
    const { listen, push, reconnect, gaps, asked, server, core } = setup();
    const order: string[] = [];
    core.emitter.on("gap", () => order.push("gap"));
    await core.pubsub.subscribe(["a", "b"], (topic) => order.push(topic));
    await listen("b");
    await listen("c", { group: "g" });
    push("a");
    const before = asked("pubsub.subscribe").length;
    await reconnect();
    push("b");
    expect(asked("pubsub.subscribe").slice(before)).toEqual([
      { topics: ["a", "b"] },
      { topics: ["c"], group: "g" },
    ]);
    expect(gaps).toEqual([DISCONNECTED]);
    expect(order).toEqual(["a", "gap", "b"]);
    expect(server.sockets).toHaveLength(2);
  });

  test("in as many requests as it takes", async () => {
    const { listen, reconnect, gaps, asked } = setup();
    for (const part of [0, 1, 2]) {
      await listen(Array.from({ length: 600 }, (_, i) => `t.${part}.${i}`));
    }
    const before = asked("pubsub.subscribe").length;
    await reconnect();
    const sizes = asked("pubsub.subscribe").map(({ topics }) => (topics as string[]).length);
    expect(sizes.slice(before)).toEqual([1_000, 800]);
    expect(gaps).toHaveLength(1);
  });

  test("with nothing to listen to no gap is told", async () => {
    const { core, listen, reconnect, gaps } = setup();
    const { subscription } = await listen("a");
    await core.pubsub.subscribe("b", () => undefined).then((b) => b.unsubscribe());
    await subscription.unsubscribe();
    await reconnect();
    await core.kv.exists("k");
    expect(gaps).toEqual([]);
  });

  test("cut again before the answer, it asks again and tells one gap", async () => {
    const { answers, listen, reconnect, gaps, push } = setup();
    const { heard } = await listen("a");
    const grant = answers["pubsub.subscribe"];
    answers["pubsub.subscribe"] = () => null;
    await reconnect();
    answers["pubsub.subscribe"] = grant ?? (() => null);
    await reconnect();
    push("a");
    expect(gaps).toEqual([DISCONNECTED]);
    expect(heard).toEqual(["a"]);
  });

  test("a refusal ends those whom it concerns, and is reported", async () => {
    const { answers, listen, reconnect, push, errors } = setup();
    const one = await listen("a");
    const two = await listen("b", { group: "g" });
    answers["pubsub.subscribe"] = ({ payload }) =>
      payload.group === undefined ? new SynapError("FORBIDDEN", "no") : { topics: payload.topics };
    await reconnect();
    await turns();
    push("a");
    push("b", { group: "g" });
    expect(one.heard).toEqual([]);
    expect(two.heard).toEqual(["b"]);
    expect(errors).toMatchObject([{ name: "AuthError" }]);
  });
});

test("the server's own gap is told", async () => {
  const { listen, server, gaps } = setup();
  await listen("a");
  server.socket.push("gap", { kind: "pubsub", reason: "slow", lost: 12 });
  expect(gaps).toEqual([{ ...DISCONNECTED, reason: "slow", lost: 12 }]);
});

test("close ends every subscription", async () => {
  const { core, listen, push, clock, server } = setup();
  const { heard } = await listen("a");
  await core.close();
  push("a");
  expect(heard).toEqual([]);
  await clock.advance(100_000);
  expect(server.sockets).toHaveLength(1);
  expect(clock.timers).toBe(0);
});

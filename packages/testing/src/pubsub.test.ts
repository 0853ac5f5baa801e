import type { Gap, MessageInfo } from "@hivellm/synap-client";
import { afterEach, describe, expect, test } from "vitest";
import { createMockClient } from "./index.ts";

const START_MS = 1_700_000_000_000;
const mock = createMockClient({ startMs: START_MS });
afterEach(() => mock.reset());

const settle = (): Promise<void> => mock.clock.advance(0);

describe("publish and subscribe", () => {
  test("a message reaches who listens, with all that is known of it", async () => {
    const heard: [string, unknown, MessageInfo][] = [];
    const subscription = await mock.pubsub.subscribe("orders.*", (topic, message, info) =>
      heard.push([topic, message, info]),
    );
    expect(subscription.topics).toEqual(["orders.*"]);
    const published = await mock.pubsub.publish(
      "orders.eu",
      { id: 7 },
      { metadata: { trace: "t1" } },
    );
    expect(published).toEqual({
      messageId: expect.any(String),
      topic: "orders.eu",
      subscribersMatched: 1,
    });
    await settle();
    const info = { messageId: published.messageId, timestamp: START_MS, metadata: { trace: "t1" } };
    expect(heard).toEqual([["orders.eu", { id: 7 }, info]]);
  });

  test("each callback gets each message once, however many patterns match", async () => {
    const one: string[] = [];
    const two: string[] = [];
    await mock.pubsub.subscribe(["a.#", "a.*", "#"], (topic) => one.push(topic));
    await mock.pubsub.subscribe(["a.b", "x"], (topic) => two.push(topic));
    for (const topic of ["a", "a.b", "x", "y.z"]) await mock.pubsub.publish(topic, 1);
    await settle();
    expect(one).toEqual(["a", "a.b", "x", "y.z"]);
    expect(two).toEqual(["a.b", "x"]);
  });

  test("patterns end on the server with their last listener", async () => {
    const heard: string[] = [];
    const one = await mock.pubsub.subscribe(["a", "b"], (topic) => heard.push(`one ${topic}`));
    const two = await mock.pubsub.subscribe(["b", "c"], (topic) => heard.push(`two ${topic}`));
    const topics = async () => (await mock.pubsub.topics()).items.map(({ topic }) => topic);
    expect(await topics()).toEqual(["a", "b", "c"]);
    await one.unsubscribe();
    await one.unsubscribe();
    expect(await topics()).toEqual(["b", "c"]);
    await mock.pubsub.publish("b", 1);
    await settle();
    expect(heard).toEqual(["two b"]);
    await two.unsubscribe();
    expect(await topics()).toEqual([]);
    expect(await mock.pubsub.stats()).toMatchObject({ topics: 0, subscribers: 0, published: 1 });
  });

  test("a handler that ends another is obeyed", async () => {
    const heard: string[] = [];
    const ends: { unsubscribe?: () => Promise<void> } = {};
    await mock.pubsub.subscribe("a", async () => {
      heard.push("first");
      await ends.unsubscribe?.();
    });
    ends.unsubscribe = (await mock.pubsub.subscribe("a", () => heard.push("second"))).unsubscribe;
    await mock.pubsub.publish("a", 1);
    await settle();
    expect(heard).toEqual(["first"]);
  });

  test("a handler that fails is reported, and hears what comes next", async () => {
    const errors: Error[] = [];
    mock.on("error", (error) => errors.push(error));
    const boom = new TypeError("boom");
    let calls = 0;
    await mock.pubsub.subscribe("a", () => {
      calls++;
      if (calls === 1) throw boom;
      return Promise.reject(boom);
    });
    await mock.pubsub.publish("a", 1);
    await mock.pubsub.publish("a", 2);
    await settle();
    expect(errors).toEqual([boom, boom]);
  });
});

describe("groups", () => {
  test("each message goes to one member, here and elsewhere", async () => {
    const heard: [string, unknown][] = [];
    const other = mock.connect();
    const member = (name: string) => (_topic: string, message: unknown) =>
      heard.push([name, message]);
    await mock.pubsub.subscribe("a", member("one"), { group: "g" });
    await mock.pubsub.subscribe("a", member("two"), { group: "g" });
    await other.pubsub.subscribe("a", member("three"), { group: "g" });
    await mock.pubsub.subscribe("a", member("all"));
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) await mock.pubsub.publish("a", n);
    await settle();
    const of = (name: string) => heard.filter(([who]) => who === name).map(([, n]) => n);
    expect(of("all")).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...of("one"), ...of("two"), ...of("three")].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const name of ["one", "two", "three"]) expect(of(name).length).toBeGreaterThanOrEqual(2);
  });

  test("the message says by which group it came", async () => {
    const infos: MessageInfo[] = [];
    await mock.pubsub.subscribe("a", (_topic, _message, info) => infos.push(info), { group: "g" });
    await mock.pubsub.publish("a", 1);
    await settle();
    expect(infos).toMatchObject([{ group: "g" }]);
  });
});

describe("iteration", () => {
  test("message by message", async () => {
    const messages = mock.pubsub.messages<number>(["a.*", "b"]);
    const first = messages.next();
    await mock.pubsub.publish("a.x", 1);
    await mock.pubsub.publish("b", 2);
    expect((await first).value).toMatchObject({ topic: "a.x", message: 1 });
    expect((await messages.next()).value).toMatchObject({ topic: "b", message: 2 });
    await messages.return();
    expect((await mock.pubsub.stats()).topics).toBe(0);
  });

  test("of a loop that is slow the newest wait, and what was dropped is told once", async () => {
    const gaps: Gap[] = [];
    mock.on("gap", (gap) => gaps.push(gap));
    const messages = mock.pubsub.messages<number>("a", { maxWaiting: 3 });
    const first = messages.next();
    await mock.pubsub.publish("a", 0);
    await first;
    for (const n of [1, 2, 3, 4, 5]) await mock.pubsub.publish("a", n);
    await settle();
    expect(gaps).toEqual([]);
    const seen = [await messages.next(), await messages.next(), await messages.next()];
    expect(seen.map(({ value }) => value?.message)).toEqual([3, 4, 5]);
    expect(gaps).toEqual([
      { kind: "pubsub", prefix: null, room: null, reason: "slow", from: null, to: null, lost: 2 },
    ]);
    await messages.return();
  });

  test("a signal ends it, also one that was aborted before", async () => {
    const signal = AbortSignal.abort();
    for await (const _ of mock.pubsub.messages("a", { signal })) expect.unreachable();
    const abort = new AbortController();
    const next = mock.pubsub.messages("a", { signal: abort.signal }).next();
    await settle();
    abort.abort();
    expect(await next).toEqual({ value: undefined, done: true });
  });
});

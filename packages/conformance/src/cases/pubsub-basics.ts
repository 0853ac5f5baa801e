import assert from "node:assert/strict";
import { has, refusal, until } from "../expectations.ts";
import { aFrozenSocket, aSession, noSession, pushes, theWire } from "../needs.ts";
import { allPages, eventually, hears, quiet, told } from "../steps.ts";
import type { ConformanceCase, Fields, Party, World } from "../types.ts";
import { awkward, plain } from "../values.ts";

const MIB = 1024 * 1024;

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

async function hearsAll(world: World, party: Party, messages: readonly unknown[]): Promise<void> {
  await hears(world, party, "message", "message", messages);
}

export const pubsubBasics: readonly ConformanceCase[] = [
  {
    name: "pubsub.publish: reaches who listens now, and nobody else; nothing is stored",
    needs: pushes,
    async run({ call, party, world }) {
      const other = await world.join();
      has(await call("pubsub.publish", { topic: "t", message: "before" }), {
        topic: "t",
        subscribers_matched: 0,
      });
      await call("pubsub.subscribe", { topics: ["t", "u"] });
      await other.call("pubsub.subscribe", { topics: ["v"] });
      has(await call("pubsub.publish", { topic: "t", message: 1 }), { subscribers_matched: 1 });
      has(await call("pubsub.publish", { topic: "u", message: 2 }), { subscribers_matched: 1 });
      await call("pubsub.publish", { topic: "w", message: 3 });
      await hearsAll(world, party, [1, 2]);
      await hearsAll(world, other, []);
      await other.call("pubsub.subscribe", { topics: ["t"] });
      await hearsAll(world, other, []);
    },
  },
  {
    name: "a message has its topic, id, time and metadata",
    needs: pushes,
    async run({ call, party, world }) {
      await call("pubsub.subscribe", { topics: ["t.*"] });
      const metadata = { trace: "1", ключ: "значение" };
      const { message_id } = await call("pubsub.publish", { topic: "t.a", message: 1, metadata });
      await world.advance(1_500);
      const second = await call("pubsub.publish", { topic: "t.b", message: null });
      await hearsAll(world, party, [1, null]);
      const [first, next] = party.pushes.map(({ fields }) => fields);
      assert(first !== undefined && next !== undefined);
      has(first, { topic: "t.a", message_id });
      assert.deepEqual({ ...(first.metadata as Fields) }, metadata);
      has(next, { topic: "t.b", message_id: second.message_id });
      assert(next.metadata === undefined && next.group === undefined);
      assert.equal((next.timestamp as number) - (first.timestamp as number), 1_500);
      assert.notEqual(message_id, second.message_id);
    },
  },
  {
    name: "pubsub: messages arrive as what they were, in order",
    needs: pushes,
    async run({ call, party, world }) {
      const sent = [...awkward, Uint8Array.of(0, 255), { file: Uint8Array.of(1) }];
      await call("pubsub.subscribe", { topics: ["t"] });
      for (const message of sent) await call("pubsub.publish", { topic: "t", message });
      await until(() => party.pushes.length >= sent.length, "all messages");
      await quiet(world, party);
      assert.deepEqual(told(party, "message", "message").map(plain), sent.map(plain));
    },
  },
  {
    name: "pubsub.publish: message, payload and data are one; exactly one of them is needed",
    needs: theWire,
    async run({ call }) {
      await call("queue.bind", { queue: "all", pattern: "#" });
      await call("pubsub.publish", { topic: "t", message: 1 });
      await call("pubsub.publish", { topic: "t", payload: 2 });
      await call("pubsub.publish", { topic: "t", data: { n: 3 } });
      await refusal(call("pubsub.publish", { topic: "t" }), "INVALID_REQUEST", { path: "message" });
      const both = { topic: "t", message: 1, data: 2 };
      await refusal(call("pubsub.publish", both), "INVALID_REQUEST");
      await refusal(call("pubsub.publish", { topic: "t", payload: 1, data: 2 }), "INVALID_REQUEST");
      const { messages } = await call("queue.consume", { queue: "all", max_messages: 10 });
      assert.deepEqual(
        (messages as Fields[]).map(({ message }) => message),
        [1, 2, { n: 3 }],
      );
    },
  },
  {
    name: "pubsub: 1 MiB is taken, more is PAYLOAD_TOO_LARGE",
    async run({ call }) {
      const message = "x".repeat(MIB);
      await call("pubsub.publish", { topic: "t", message });
      const larger = { topic: "t", message: `${message}y` };
      await refusal(call("pubsub.publish", larger), "PAYLOAD_TOO_LARGE", {
        path: "message",
        limit: MIB,
      });
    },
  },
  {
    name: "pubsub: one copy, however many patterns of a subscriber match",
    needs: pushes,
    async run({ call, party, world }) {
      await call("pubsub.subscribe", { topics: ["a.b", "a.*", "a.#", "#", "*.b", "a.b"] });
      has(await call("pubsub.publish", { topic: "a.b", message: 1 }), { subscribers_matched: 1 });
      await hearsAll(world, party, [1]);
    },
  },
  {
    name: "pubsub: one copy, also when the patterns came by several requests",
    needs: [pushes, theWire],
    async run({ call, party, world }) {
      for (const topic of ["a.b", "a.*", "#"]) await call("pubsub.subscribe", { topics: [topic] });
      await call("pubsub.subscribe", { topics: ["a.b"] });
      await call("pubsub.publish", { topic: "a.b", message: 1 });
      await hearsAll(world, party, [1]);
      has(await call("pubsub.unsubscribe", { topics: ["a.b", "#", "x"] }), { removed: 2 });
      await call("pubsub.publish", { topic: "a.b", message: 2 });
      await hearsAll(world, party, [1, 2]);
    },
  },
  {
    name: "pubsub.unsubscribe: the topics named; all if none is named",
    needs: pushes,
    async run({ call, party, world }) {
      const other = await world.join();
      await other.call("pubsub.subscribe", { topics: ["#"] });
      await call("pubsub.subscribe", { topics: ["a"] });
      await call("pubsub.subscribe", { topics: ["b"] });
      await call("pubsub.subscribe", { topics: ["c"] });
      has(await call("pubsub.unsubscribe", { topics: ["a"] }), { removed: 1 });
      await call("pubsub.publish", { topic: "a", message: "a1" });
      await call("pubsub.publish", { topic: "b", message: "b1" });
      await hearsAll(world, party, ["b1"]);
      has(await call("pubsub.unsubscribe"), { removed: 2 });
      has(await call("pubsub.publish", { topic: "b", message: "b2" }), { subscribers_matched: 1 });
      await hearsAll(world, other, ["a1", "b1", "b2"]);
      await hearsAll(world, party, ["b1"]);
      has(await call("pubsub.unsubscribe"), { removed: 0 });
    },
  },
  {
    name: "a party that has gone listens to nothing any more",
    needs: pushes,
    async run({ call, world }) {
      const other = await world.join();
      await other.call("pubsub.subscribe", { topics: ["a.*", "b"] });
      await other.call("pubsub.subscribe", { topics: ["c"], group: "g" });
      has(await call("pubsub.stats"), { topics: 3, subscribers: 1 });
      await other.close();
      await eventually(
        async () => (await call("pubsub.stats")).subscribers === 0,
        "no subscribers",
      );
      has(await call("pubsub.stats"), { topics: 0, subscribers: 0, bindings: 0 });
      has(await call("pubsub.topics"), { items: [] });
      has(await call("pubsub.publish", { topic: "b", message: 1 }), { subscribers_matched: 0 });
    },
  },
  {
    name: "pubsub.topics: what is listened to, in order of bytes, page by page, with how many",
    needs: pushes,
    async run({ call, world }) {
      const topics = ["#", "*.b", "Z", "a", "a.*", "a.b", "é"];
      const other = await world.join();
      await call("pubsub.subscribe", { topics: [...topics].reverse() });
      await other.call("pubsub.subscribe", { topics: ["a", "b"] });
      await other.call("pubsub.subscribe", { topics: ["a"], group: "g" });
      const pages = await allPages(call, "pubsub.topics", { limit: 3 });
      assert.deepEqual(
        pages.map(({ topic }) => topic),
        ["#", "*.b", "Z", "a", "a.*", "a.b", "b", "é"],
      );
      has(pages[3] ?? {}, { subscribers: 3 });
      const some = await allPages(call, "pubsub.topics", { prefix: "a.", limit: 1 });
      assert.deepEqual(
        some.map((item) => ({ ...item })),
        [
          { topic: "a.*", subscribers: 1 },
          { topic: "a.b", subscribers: 1 },
        ],
      );
    },
  },
  {
    name: "pubsub.stats: counts what was published, delivered and dropped",
    needs: pushes,
    async run({ call, party, world }) {
      const other = await world.join();
      await call("pubsub.subscribe", { topics: ["t"] });
      await other.call("pubsub.subscribe", { topics: ["t"] });
      await call("pubsub.publish", { topic: "t", message: 1 });
      await call("pubsub.publish", { topic: "u", message: 2 });
      for (const one of [party, other]) await hearsAll(world, one, [1]);
      has(await call("pubsub.stats"), {
        topics: 1,
        subscribers: 2,
        bindings: 0,
        published: 2,
        delivered: 2,
        dropped: 0,
      });
    },
  },
  {
    name: "pubsub.subscribe: a session listens to as much as it may, then SUBSCRIBER_LIMIT",
    needs: aSession,
    limits: { maxPatternsPerSession: 3 },
    async run({ call }) {
      await call("pubsub.subscribe", { topics: ["a", "b"] });
      await refusal(call("pubsub.subscribe", { topics: ["c", "d"] }), "SUBSCRIBER_LIMIT", {
        limit: 3,
      });
      await call("pubsub.subscribe", { topics: ["a", "b", "c"] });
      has(await call("pubsub.stats"), { topics: 3 });
    },
  },
  {
    name: "pubsub.subscribe is refused where there is no session, with the reason",
    needs: noSession,
    async run({ call }) {
      await refusal(call("pubsub.subscribe", { topics: ["a"] }), "INVALID_REQUEST");
      await refusal(call("pubsub.unsubscribe", {}), "INVALID_REQUEST");
      has(await call("pubsub.stats"), { topics: 0, subscribers: 0 });
    },
  },
  {
    name: "a frozen subscriber: the oldest are dropped, one gap counts them, the rest is in order",
    needs: aFrozenSocket,
    limits: { pubsubBufferMessages: 10 },
    async run({ call, party, world }) {
      const other = await world.join();
      await call("pubsub.subscribe", { topics: ["t"] });
      await other.call("pubsub.subscribe", { topics: ["t"] });
      await other.call("pubsub.publish", { topic: "t", message: 0 });
      await hearsAll(world, party, [0]);
      party.freeze?.();
      for (const message of range(1, 25))
        await other.call("pubsub.publish", { topic: "t", message });
      await hearsAll(world, other, range(0, 25));
      assert.equal(party.pushes.length, 1);
      has(await other.call("pubsub.stats"), { dropped: 15 });
      party.thaw?.();
      await hearsAll(world, party, [0, ...range(16, 25)]);
      const gaps = party.pushes.filter(({ type }) => type === "gap");
      assert.equal(gaps.length, 1);
      assert.equal(party.pushes[1]?.type, "gap");
      has(gaps[0]?.fields ?? {}, { kind: "pubsub", reason: "slow", lost: 15 });
      await call("pubsub.publish", { topic: "t", message: 26 });
      await hearsAll(world, party, [0, ...range(16, 26)]);
    },
  },
  {
    name: "a frozen subscriber: its buffer is bounded in bytes as well",
    needs: aFrozenSocket,
    limits: { pubsubBufferBytes: 20_000 },
    async run({ call, party, world }) {
      const other = await world.join();
      await call("pubsub.subscribe", { topics: ["t"] });
      party.freeze?.();
      const filler = "x".repeat(1_000);
      for (const n of range(1, 50)) {
        await other.call("pubsub.publish", { topic: "t", message: { n, filler } });
      }
      party.thaw?.();
      await until(() => party.pushes.length > 1, "what was kept");
      await quiet(world, party);
      const [gap, ...rest] = party.pushes;
      const lost = (gap?.fields.lost ?? 0) as number;
      assert(lost >= 30 && lost < 50, `${lost} of 50 are lost`);
      const kept = rest.map(({ fields }) => (fields.message as Fields).n);
      assert.deepEqual(kept, range(lost + 1, 50));
    },
  },
  {
    name: "a frozen subscriber whose buffer holds everything misses nothing",
    needs: aFrozenSocket,
    async run({ call, party, world }) {
      const other = await world.join();
      await call("pubsub.subscribe", { topics: ["t"] });
      party.freeze?.();
      for (const message of range(1, 50))
        await other.call("pubsub.publish", { topic: "t", message });
      party.thaw?.();
      await hearsAll(world, party, range(1, 50));
      assert.deepEqual(told(party, "gap", "reason"), []);
    },
  },
];

import assert from "node:assert/strict";
import { has, refusal, until } from "../expectations.ts";
import { pushes } from "../needs.ts";
import { eventually, hears, quiet, told } from "../steps.ts";
import type { ConformanceCase } from "../types.ts";

/** A pattern, the topics that it matches, and some that it does not. */
const patterns: readonly (readonly [
  pattern: string,
  matches: readonly string[],
  others: readonly string[],
])[] = [
  ["a", ["a"], ["b", "a.b", "A", "aa"]],
  ["a.b", ["a.b"], ["a", "b", "a.b.c", "a.c", "a.bb"]],
  ["*", ["a", "é", "a b"], ["a.b", "a.b.c"]],
  ["a.*", ["a.b", "a.c"], ["a", "a.b.c", "b.a"]],
  ["*.b", ["a.b", "b.b"], ["b", "a.b.c", "a.a.b"]],
  ["a.*.c", ["a.b.c", "a.a.c"], ["a.c", "a.b.b.c", "a.b.d"]],
  ["*.*", ["a.b"], ["a", "a.b.c"]],
  ["#", ["a", "a.b", "a.b.c.d.e.f"], []],
  ["a.#", ["a", "a.b", "a.b.c"], ["b", "b.a", "aa.b"]],
  ["#.z", ["z", "a.z", "a.b.z"], ["z.a", "a", "az"]],
  ["a.#.z", ["a.z", "a.b.z", "a.b.c.z", "a.z.z"], ["a", "z", "a.z.b"]],
  ["#.m.#", ["m", "a.m", "m.a", "a.m.b.c", "m.m"], ["a", "a.b", "am"]],
  ["*.#", ["a", "a.b", "a.b.c"], []],
  ["#.*", ["a", "a.b", "a.b.c"], []],
  ["a.*.#", ["a.b", "a.b.c"], ["a", "b.a"]],
  ["#.a.#.b", ["a.b", "x.a.b", "a.x.y.b", "a.b.b"], ["b.a", "a", "a.b.x"]],
  ["*.#.*", ["a.b", "a.b.c"], ["a"]],
  ["constructor.#", ["constructor", "constructor.__proto__"], ["toString"]],
];

const segments = (count: number, of: string): string => new Array(count).fill(of).join(".");

/** What is no topic to publish to. */
const noTopics = ["", ".", "a.", ".a", "a..b", "*", "#", "a.*", "a.#.b", "a*", "a.b#c", "a\nb"];

/** What is no pattern to listen to. */
const noPatterns = [
  "",
  ".",
  "a.",
  ".a",
  "a..b",
  "a*",
  "*a.b",
  "a.b#",
  "##",
  "a\u0000b",
  "#.#.#.#",
  segments(17, "*"),
  `*.${"x".repeat(511)}`,
];

export const pubsubPatterns: readonly ConformanceCase[] = [
  ...patterns.map(
    ([pattern, matches, others]): ConformanceCase => ({
      name: `pattern ${pattern}: matches ${matches.join(" ")}${others.length > 0 ? ", not " : ""}${others.join(" ")}`,
      needs: pushes,
      async run({ call, party, world }) {
        await call("pubsub.subscribe", { topics: [pattern] });
        for (const topic of [...matches, ...others]) {
          const { subscribers_matched } = await call("pubsub.publish", { topic, message: topic });
          assert.equal(subscribers_matched, matches.includes(topic) ? 1 : 0, topic);
        }
        await hears(world, party, "message", "topic", matches);
      },
    }),
  ),
  {
    name: "bound patterns match as those of subscribers do",
    async run({ call }) {
      for (const [pattern, matches, others] of patterns) {
        await call("queue.bind", { queue: "q", pattern });
        for (const topic of [...matches, ...others]) {
          const { subscribers_matched } = await call("pubsub.publish", { topic, message: topic });
          assert.equal(subscribers_matched, matches.includes(topic) ? 1 : 0, `${pattern} ${topic}`);
        }
        await call("queue.unbind", { queue: "q", pattern });
      }
    },
  },
  {
    name: "pubsub.publish: to a pattern, or to an empty segment, is refused by name",
    async run({ call }) {
      for (const topic of noTopics) {
        const error = await refusal(
          call("pubsub.publish", { topic, message: 1 }),
          "INVALID_REQUEST",
          { path: "topic" },
        );
        assert(typeof error.details.expected === "string", topic);
      }
      has(await call("pubsub.stats"), { published: 0 });
    },
  },
  {
    name: "pubsub.subscribe: what is no pattern is refused by its place, and nothing is listened to",
    needs: pushes,
    async run({ call }) {
      for (const pattern of noPatterns) {
        const topics = ["ok", pattern];
        await refusal(call("pubsub.subscribe", { topics }), "INVALID_REQUEST", {
          path: "topics[1]",
        });
      }
      has(await call("pubsub.stats"), { topics: 0, subscribers: 0 });
    },
  },
  {
    name: "queue.bind: what is no pattern is refused, and no queue is created",
    async run({ call }) {
      for (const pattern of noPatterns) {
        await refusal(call("queue.bind", { queue: "q", pattern }), "INVALID_REQUEST", {
          path: "pattern",
        });
      }
      has(await call("queue.list"), { items: [] });
    },
  },
  {
    name: "patterns: 16 segments and three # are allowed, topics may have more segments",
    needs: pushes,
    async run({ call, party, world }) {
      const long = segments(200, "a");
      await call("pubsub.subscribe", { topics: [segments(16, "*"), "#.a.#.b.#", long] });
      await call("pubsub.publish", { topic: segments(16, "x"), message: 16 });
      await call("pubsub.publish", { topic: segments(17, "x"), message: 17 });
      await call("pubsub.publish", { topic: "x.a.x.b", message: "hashes" });
      await call("pubsub.publish", { topic: long, message: 200 });
      await hears(world, party, "message", "message", [16, "hashes", 200]);
    },
  },
  {
    name: "groups: each message goes to one member, in turn, and once to everyone else",
    needs: pushes,
    async run({ call, party, world }) {
      const [one, two, three] = await Promise.all([world.join(), world.join(), world.join()]);
      assert(one !== undefined && two !== undefined && three !== undefined);
      const members = [one, two, three];
      for (const member of members) {
        await member.call("pubsub.subscribe", { topics: ["jobs.*"], group: "workers" });
      }
      await call("pubsub.subscribe", { topics: ["jobs.*"] });
      for (let n = 0; n < 9; n++) {
        const answer = await call("pubsub.publish", { topic: "jobs.a", message: n });
        has(answer, { subscribers_matched: 2 });
      }
      const all = (): unknown[] => members.flatMap((member) => told(member, "message", "message"));
      await until(() => all().length >= 9, "all messages");
      await quiet(world, ...members);
      const sorted = (all() as number[]).sort((a, b) => a - b);
      assert.deepEqual(sorted, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
      for (const member of members) {
        assert.equal(member.pushes.length, 3, "in turn");
        assert.deepEqual(new Set(told(member, "message", "group")), new Set(["workers"]));
      }
      await hears(world, party, "message", "message", [0, 1, 2, 3, 4, 5, 6, 7, 8]);
      assert.deepEqual(new Set(told(party, "message", "group")), new Set([undefined]));
    },
  },
  {
    name: "groups: two groups get a message each; a member that leaves leaves its share",
    needs: pushes,
    async run({ call, party, world }) {
      const other = await world.join();
      await call("pubsub.subscribe", { topics: ["t"], group: "a" });
      await other.call("pubsub.subscribe", { topics: ["t.#"], group: "a" });
      await other.call("pubsub.subscribe", { topics: ["#"], group: "b" });
      has(await call("pubsub.publish", { topic: "t", message: 1 }), { subscribers_matched: 2 });
      await until(() => party.pushes.length + other.pushes.length >= 2, "a copy for each group");
      await other.close();
      await eventually(async () => (await call("pubsub.stats")).topics === 1, "the other's end");
      const before = party.pushes.length;
      for (const message of [2, 3]) {
        const answer = await call("pubsub.publish", { topic: "t", message });
        has(answer, { subscribers_matched: 1 });
      }
      await until(() => party.pushes.length >= before + 2, "all of the group's messages");
      assert.deepEqual(told(party, "message", "message").slice(before), [2, 3]);
    },
  },
  {
    name: "pubsub.unsubscribe group: only what was listened to as a member of it",
    needs: pushes,
    async run({ call, party, world }) {
      await call("pubsub.subscribe", { topics: ["t"] });
      await call("pubsub.subscribe", { topics: ["t", "u"], group: "g" });
      has(await call("pubsub.publish", { topic: "t", message: 1 }), { subscribers_matched: 2 });
      await hears(world, party, "message", "message", [1, 1]);
      has(await call("pubsub.unsubscribe", { topics: ["t"], group: "g" }), { removed: 1 });
      await call("pubsub.publish", { topic: "t", message: 2 });
      await call("pubsub.publish", { topic: "u", message: 3 });
      await hears(world, party, "message", "message", [1, 1, 2, 3]);
      has(await call("pubsub.unsubscribe", { group: "g" }), { removed: 1 });
      await call("pubsub.publish", { topic: "u", message: 4 });
      await call("pubsub.publish", { topic: "t", message: 5 });
      await hears(world, party, "message", "message", [1, 1, 2, 3, 5]);
    },
  },
];

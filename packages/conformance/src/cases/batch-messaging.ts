import assert from "node:assert/strict";
import { has } from "../expectations.ts";
import { noSession, pushes } from "../needs.ts";
import { hears } from "../steps.ts";
import type { ConformanceCase, Fields, Party } from "../types.ts";
import { plain } from "../values.ts";

type Command = readonly [command: string, payload: Fields];

/** Runs these as one batch; answers in order, errors as their codes. */
async function batch(call: Party["call"], commands: readonly Command[]): Promise<unknown[]> {
  const { results } = await call("batch", {
    commands: commands.map(([command, payload]) => ({ command, payload })),
  });
  return (results as { payload?: Fields; error?: Fields }[]).map(
    ({ payload, error }) => error?.code ?? payload,
  );
}

const bytes = Uint8Array.of(0, 255);

export const batchMessaging: readonly ConformanceCase[] = [
  {
    name: "batch: queues, rooms and pub/sub in one, in order, values and all",
    async run({ call }) {
      const results = await batch(call, [
        ["queue.bind", { queue: "q", pattern: "t.*" }],
        ["queue.publish", { queue: "q", message: { a: [1] } }],
        ["pubsub.publish", { topic: "t.a", message: bytes }],
        ["queue.consume", { queue: "q", max_messages: 5 }],
        ["stream.publish", { room: "r", event: "e", data: { file: bytes } }],
        ["stream.publish", { room: "r", event: "e", data: "{}" }],
        ["stream.history", { room: "r" }],
        ["queue.stats", { queue: "unknown" }],
        ["pubsub.publish", { topic: "t.*", message: 1 }],
        ["queue.peek", { queue: "q" }],
      ]);
      const [, , told, taken, first, second, history, unknown, pattern, peeked] = results as [
        Fields,
        Fields,
        Fields,
        Fields,
        Fields,
        Fields,
        Fields,
        ...unknown[],
      ];
      has(told, { topic: "t.a", subscribers_matched: 1 });
      const messages = (taken.messages as Fields[]).map(({ message }) => plain(message));
      assert.deepEqual(messages, [{ a: [1] }, plain(bytes)]);
      assert.deepEqual([first.offset, second.offset], [1, 2]);
      const data = (history.events as Fields[]).map((event) => plain(event.data));
      assert.deepEqual(data, [{ file: plain(bytes) }, "{}"]);
      assert.deepEqual([unknown, pattern], ["QUEUE_NOT_FOUND", "INVALID_REQUEST"]);
      assert.deepEqual(peeked, { messages: [] });
    },
  },
  {
    name: "batch: what it published reaches who listens, in order",
    needs: pushes,
    async run({ call, party, world }) {
      await call("stream.subscribe", { room: "r" });
      await call("pubsub.subscribe", { topics: ["t"] });
      await call("queue.subscribe", { queue: "q", prefetch: 10 });
      const all = [1, 2, 3].flatMap((n): Command[] => [
        ["stream.publish", { room: "r", event: "e", data: n }],
        ["pubsub.publish", { topic: "t", message: n }],
        ["queue.publish", { queue: "q", message: n }],
      ]);
      await batch(call, all);
      await hears(world, party, "event", "data", [1, 2, 3]);
      await hears(world, party, "message", "message", [1, 2, 3]);
      await hears(world, party, "delivery", "message", [1, 2, 3]);
    },
  },
  {
    name: "batch: what binds to a session is refused in it where there is none",
    needs: noSession,
    async run({ call }) {
      const results = await batch(call, [
        ["queue.subscribe", { queue: "q" }],
        ["stream.subscribe", { room: "r" }],
        ["pubsub.subscribe", { topics: ["t"] }],
      ]);
      assert.deepEqual(results, ["INVALID_REQUEST", "INVALID_REQUEST", "INVALID_REQUEST"]);
      has(await call("queue.list"), { items: [] });
      has(await call("stream.rooms"), { items: [] });
    },
  },
];

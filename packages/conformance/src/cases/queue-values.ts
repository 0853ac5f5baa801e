import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import { theWire } from "../needs.ts";
import { ack, consume, publish, take } from "../steps.ts";
import type { ConformanceCase, Fields } from "../types.ts";
import { awkward, plain } from "../values.ts";

const queue = "jobs";
const MIB = 1024 * 1024;

const headers = {
  "": "empty name",
  "content-type": "text/plain",
  constructor: "c",
  ключ: "значение 💚",
  blank: "",
  "line\nbreak": "a\r\nb",
};

export const queueValues: readonly ConformanceCase[] = [
  {
    name: "queue: messages come back as what they were",
    async run({ call }) {
      for (const message of awkward) {
        await publish(call, queue, message);
        const delivery = await take(call, queue);
        assert.deepEqual(delivery.message, message);
        await ack(call, queue, delivery);
      }
    },
  },
  {
    name: "queue: bytes stay bytes, at the top and inside",
    async run({ call }) {
      const bytes = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
      for (const message of [bytes, new Uint8Array(0), { file: bytes, list: [bytes] }]) {
        await publish(call, queue, message);
        const delivery = await take(call, queue);
        assert.deepEqual(plain(delivery.message), plain(message));
        await ack(call, queue, delivery);
      }
    },
  },
  {
    name: "queue.publish payload: an array of bytes is bytes",
    needs: theWire,
    async run({ call }) {
      await call("queue.publish", { queue, payload: [0, 1, 255, 123] });
      await call("queue.publish", { queue, payload: [] });
      assert.deepEqual(plain((await take(call, queue)).message), { bytes: [0, 1, 255, 123] });
      assert.deepEqual(plain((await take(call, queue)).message), { bytes: [] });
      for (const payload of [[256], [-1], [1.5], ["a"], "abc", { 0: 1 }]) {
        const error = await refusal(call("queue.publish", { queue, payload }), "INVALID_REQUEST");
        assert.match(String(error.details.path), /^payload/);
      }
      await refusal(call("queue.publish", { queue, payload: [1], message: 1 }), "INVALID_REQUEST", {
        path: "payload",
      });
      has(await call("queue.stats", { queue }), { depth: 0, published: 2 });
    },
  },
  {
    name: "queue: null is a message; none is an error that names the field",
    async run({ call }) {
      await publish(call, queue, null);
      const { message } = await take(call, queue);
      assert.equal(message, null);
      const path = { path: "message" };
      await refusal(call("queue.publish", { queue }), "INVALID_REQUEST", path);
      const messages = [{ message: 1 }, { priority: 1 }];
      await refusal(call("queue.publish_many", { queue, messages }), "INVALID_REQUEST", {
        path: "messages[1].message",
      });
    },
  },
  {
    name: "headers: come back as they were, {} if there are none, also on what is looked at",
    async run({ call }) {
      await publish(call, queue, 1, { headers });
      await publish(call, queue, 2);
      await publish(call, queue, 3, { headers: {} });
      const { messages } = await call("queue.peek", { queue });
      const seen = (messages as Fields[]).map((one) => ({ ...(one.headers as Fields) }));
      assert.deepEqual(seen, [headers, {}, {}]);
      const taken = await consume(call, queue, { max_messages: 3 });
      assert.deepEqual(
        taken.map((one) => ({ ...(one.headers as Fields) })),
        [headers, {}, {}],
      );
    },
  },
  {
    name: "queue names are any text without control characters, up to 512 bytes",
    async run({ call }) {
      const names = ["a b", "a/b", "%2F", "ключ-💚", "..", "?x=1&y", "#h", "list", "é".repeat(256)];
      for (const [i, name] of names.entries()) await publish(call, name, i);
      for (const [i, name] of names.entries()) {
        const delivery = await take(call, name);
        assert.equal(delivery.message, i);
        await ack(call, name, delivery);
        has(await call("queue.stats", { queue: name }), { queue: name, acked: 1 });
      }
      assert.equal(((await call("queue.list")).items as unknown[]).length, names.length);
    },
  },
  {
    name: "queue: a message of 1 MiB is taken, a larger one is PAYLOAD_TOO_LARGE",
    async run({ call }) {
      const message = "x".repeat(MIB);
      await publish(call, queue, message);
      assert.equal(((await take(call, queue)).message as string).length, MIB);
      await refusal(call("queue.publish", { queue, message: `${message}y` }), "PAYLOAD_TOO_LARGE", {
        path: "message",
        limit: MIB,
      });
      const messages = [{ message: 1 }, { message: `${message}y` }];
      await refusal(call("queue.publish_many", { queue, messages }), "PAYLOAD_TOO_LARGE", {
        path: "messages[1].message",
      });
      has(await call("queue.stats", { queue }), { published: 1 });
    },
  },
  {
    name: "queue: max_memory refuses new messages, while those that are there are taken and done",
    limits: { maxMemoryBytes: 40_000 },
    async run({ call }) {
      const fill = async (): Promise<void> => {
        for (;;) await publish(call, queue, "x".repeat(900));
      };
      await refusal(fill(), "OUT_OF_MEMORY");
      const taken = await consume(call, queue, { max_messages: 5 });
      assert.equal(taken.length, 5);
      for (const delivery of taken) await ack(call, queue, delivery);
      await publish(call, queue, "fits again");
    },
  },
];

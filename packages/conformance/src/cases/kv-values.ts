import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import type { ConformanceCase } from "../types.ts";
import { awkward, plain } from "../values.ts";

const keys: readonly string[] = [
  "plain",
  "with/slash/and//more",
  "100%",
  "%2F",
  "with space",
  "ключ-中文-💚",
  "new\nline",
  'quote"s',
  "..",
  "a/../b",
  "?query=1&x",
  "#hash",
  "+plus+",
  "k".repeat(4096),
];

export const kvValues: readonly ConformanceCase[] = [
  {
    name: "values come back as what they were",
    async run({ call }) {
      for (const value of awkward) {
        await call("kv.set", { key: "v", value });
        assert.deepEqual((await call("kv.get", { key: "v" })).value, value);
      }
    },
  },
  {
    name: "bytes stay bytes, at the top and inside",
    async run({ call }) {
      const bytes = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
      for (const value of [bytes, new Uint8Array(0), { file: bytes, list: [bytes] }]) {
        await call("kv.set", { key: "v", value });
        assert.deepEqual(plain((await call("kv.get", { key: "v" })).value), plain(value));
      }
    },
  },
  {
    name: "undefined members are dropped, toJSON is honoured, alike in every format",
    async run({ call }) {
      const value = { a: undefined, b: [undefined, 1], when: new Date(0) };
      await call("kv.set", { key: "v", value });
      has(await call("kv.get", { key: "v" }), {
        value: { b: [null, 1], when: "1970-01-01T00:00:00.000Z" },
      });
    },
  },
  {
    name: "keys are any text: slashes, percent signs, spaces, dots, unicode",
    async run({ call }) {
      for (const [i, key] of keys.entries()) await call("kv.set", { key, value: i });
      for (const [i, key] of keys.entries()) {
        has(await call("kv.get", { key }), { found: true, value: i });
      }
      has(await call("kv.stats"), { keys: keys.length });
    },
  },
  {
    name: "a value of 1 MiB is stored, a larger one is PAYLOAD_TOO_LARGE",
    async run({ call }) {
      const value = "x".repeat(1024 * 1024);
      await call("kv.set", { key: "big", value });
      assert.equal(((await call("kv.get", { key: "big" })).value as string).length, value.length);
      await refusal(call("kv.set", { key: "big", value: `${value}y` }), "PAYLOAD_TOO_LARGE", {
        path: "value",
        limit: 1024 * 1024,
      });
      await refusal(
        call("kv.mset", {
          entries: [
            { key: "ok", value: 1 },
            { key: "big", value: `${value}y` },
          ],
        }),
        "PAYLOAD_TOO_LARGE",
        { path: "entries[1].value" },
      );
      has(await call("kv.exists", { keys: ["ok"] }), { count: 0 });
    },
  },
  {
    name: "kv.mget: an answer over the frame limit is PAYLOAD_TOO_LARGE",
    async run({ call }) {
      await call("kv.set", { key: "big", value: "x".repeat(1024 * 1024) });
      await refusal(
        call("kv.mget", { keys: ["big", "big", "big", "big", "big"] }),
        "PAYLOAD_TOO_LARGE",
      );
    },
  },
];

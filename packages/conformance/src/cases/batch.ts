import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import type { ConformanceCase, Fields } from "../types.ts";

export const batchCases: readonly ConformanceCase[] = [
  {
    name: "batch: in order, one failure does not stop the others",
    async run({ call }) {
      const { results } = await call("batch", {
        commands: [
          { command: "kv.set", payload: { key: "a", value: { deep: ["x"] } } },
          { command: "kv.ttl", payload: { key: "missing" } },
          { command: "kv.nonsense", payload: {} },
          { command: "kv.get", payload: { key: "a" } },
          { command: "kv.incr", payload: { key: "n", amnt: 1 } },
          { command: "kv.mget", payload: { keys: ["a"] } },
        ],
      });
      const list = results as { status: string; payload?: Fields; error?: { code: string } }[];
      assert.deepEqual(
        list.map((r) => r.error?.code ?? r.status),
        ["success", "KEY_NOT_FOUND", "UNKNOWN_COMMAND", "success", "INVALID_REQUEST", "success"],
      );
      has(list[3]?.payload as Fields, { found: true, value: { deep: ["x"] } });
      const { values } = (list[5]?.payload ?? {}) as { values: Fields[] };
      has(values[0] as Fields, { value: { deep: ["x"] } });
    },
  },
  {
    name: "batch: an empty one has no results, more than 1000 commands are too many",
    async run({ call }) {
      has(await call("batch", { commands: [] }), { results: [] });
      const command = { command: "kv.incr", payload: { key: "n" } };
      const full = await call("batch", { commands: new Array(1_000).fill(command) });
      assert.equal((full.results as unknown[]).length, 1_000);
      await refusal(
        call("batch", { commands: new Array(1_001).fill(command) }),
        "PAYLOAD_TOO_LARGE",
      );
      has(await call("kv.get", { key: "n" }), { value: 1_000 });
    },
  },
  {
    name: "batch: reads that do not fit into one answer are PAYLOAD_TOO_LARGE, writes still run",
    async run({ call }) {
      const key = "big";
      await call("kv.set", { key, value: "x".repeat(1_000_000) });
      const read = { command: "kv.mget", payload: { keys: [key, key, key] } };
      const { results } = await call("batch", {
        commands: [read, read, read, { command: "kv.incr", payload: { key: "n" } }],
      });
      const codes = (results as { status: string; error?: { code: string } }[]).map(
        (result) => result.error?.code ?? result.status,
      );
      const tooLarge = "PAYLOAD_TOO_LARGE";
      assert.deepEqual(codes, ["success", tooLarge, tooLarge, "success"]);
      has(await call("kv.get", { key: "n" }), { value: 1 });
    },
  },
  {
    name: "batch: cannot hold a batch",
    async run({ call }) {
      const inner = { command: "batch", payload: { commands: [] } };
      const { results } = await call("batch", { commands: [inner] });
      assert.equal((results as { error?: { code: string } }[])[0]?.error?.code, "INVALID_REQUEST");
    },
  },
];

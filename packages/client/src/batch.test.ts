import { describe, expect, expectTypeOf, test } from "vitest";
import { answered, FakeExchange } from "../test/fake-exchange.ts";
import { failureOf, fakeCore } from "../test/fake-platform.ts";
import type { BatchCommand, BatchResult } from "./batch.ts";
import type { BaseClient } from "./client.ts";

interface User {
  name: string;
}

const alice: User = { name: "Alice" };

function setup(results: object[] = []) {
  const exchange = new FakeExchange(() => answered({ status: "success", payload: { results } }));
  const { core } = fakeCore({ transport: "http", format: "json" }, exchange);
  const batch: BaseClient["batch"] = (commands, options) => core.batch(commands, options);
  return { exchange, batch };
}

test("commands and results are those of the wire", async () => {
  const results = [
    { status: "success", payload: { success: true, key: "k", version: 1 } },
    { status: "success", payload: { keys: [], cursor: null, has_more: false } },
    { status: "error", error: { code: "KEY_NOT_FOUND", message: "no", details: { key: "x" } } },
  ];
  const { exchange, batch } = setup(results);
  const answer = await batch([
    { command: "kv.set", payload: { key: "k", value: alice, ttl_ms: 5 } },
    { command: "kv.scan", payload: { prefix: "p" } },
    { command: "kv.ttl", payload: { key: "x" } },
  ]);
  expect(answer).toEqual(results);
  expect(exchange.seen[0]?.data?.payload).toEqual({
    commands: [
      { command: "kv.set", payload: { key: "k", value: { name: "Alice" }, ttl_ms: 5 } },
      { command: "kv.scan", payload: { prefix: "p" } },
      { command: "kv.ttl", payload: { key: "x" } },
    ],
  });
  const [set, scan] = answer;
  expectTypeOf(set).toEqualTypeOf<BatchResult<"kv.set">>();
  expectTypeOf(scan).toEqualTypeOf<BatchResult<"kv.scan">>();
  if (scan.status === "success") expectTypeOf(scan.payload.has_more).toBeBoolean();
});

test("a list that was made at run time", async () => {
  const { batch } = setup([]);
  const commands: BatchCommand[] = ["a", "b"].map((key) => ({
    command: "kv.get",
    payload: { key },
  }));
  const results = await batch(commands);
  expectTypeOf(results).toEqualTypeOf<BatchResult[]>();
  expect(results).toEqual([]);
});

describe("what breaks a rule rejects", () => {
  test("no list", async () => {
    const { batch } = setup();
    expect(await failureOf(batch({} as never))).toMatchObject({
      name: "ValidationError",
      details: { path: "commands" },
    });
  });

  test("a member without a command", async () => {
    const { batch } = setup();
    expect(await failureOf(batch([null] as never))).toMatchObject({
      details: { path: "commands[0].command" },
    });
  });
});

test("a command that this version does not know is the server's affair", async () => {
  const error = { code: "UNKNOWN_COMMAND", message: "no", details: { nearest: "kv.get" } };
  const results = [{ status: "error", error }];
  const { exchange, batch } = setup(results);
  const commands = [{ command: "kv.gett", payload: { key: "k" } }];
  expect(await batch(commands as never)).toEqual(results);
  expect(exchange.seen[0]?.data?.payload).toEqual({ commands });
});

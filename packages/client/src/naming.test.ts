import { wireCommand } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { camelKeys, camelName, optionWriter, renamer } from "./naming.ts";

test.each([
  ["has_more", "hasMore"],
  ["max_memory_bytes", "maxMemoryBytes"],
  ["latency_p50", "latencyP50"],
  ["key", "key"],
])("%s is %s", (wire, name) => {
  expect(camelName(wire)).toBe(name);
});

test("only outer names are renamed", () => {
  expect(camelKeys({ retry_after: 1, data: { is_mine: 2 } })).toEqual({
    retryAfter: 1,
    data: { is_mine: 2 },
  });
});

test("an answer's fields are renamed, absent ones stay absent", () => {
  const rename = renamer(wireCommand("kv.ttl").response);
  expect(rename({ ttl: 1, ttl_ms: 1000 })).toEqual({ ttl: 1, ttlMs: 1000 });
  expect(rename({ ttl: null })).toEqual({ ttl: null });
});

test("the fields of items are renamed, what users gave is not", () => {
  const rename = renamer(wireCommand("queue.peek").response);
  const headers = { trace_id: "x" };
  expect(rename({ messages: [{ id: "1", retry_count: 2, message: { a_b: 1 }, headers }] })).toEqual(
    {
      messages: [{ id: "1", retryCount: 2, message: { a_b: 1 }, headers }],
    },
  );
});

describe("options", () => {
  const write = optionWriter(wireCommand("kv.set"), ["key", "value"]);

  test("get the names of the wire", () => {
    const payload = {};
    write(payload, { ttlMs: 5, keepTtl: true, ifVersion: 3, nx: undefined, xx: null });
    expect(payload).toEqual({ ttl_ms: 5, keep_ttl: true, if_version: 3 });
  });

  test("those of the call are passed over", () => {
    const payload = {};
    write(payload, { timeoutMs: 5, signal: new AbortController().signal, ttl: 1 });
    expect(payload).toEqual({ ttl: 1 });
  });

  test.each([
    [{ tll: 5 }, "ttl"],
    [{ keep_ttl: true }, "keepTtl"],
    [{ key: "k" }, undefined],
  ])("%j does not exist", (options, nearest) => {
    expect(() => write({}, options)).toThrow(
      expect.objectContaining({
        code: "INVALID_REQUEST",
        details: expect.objectContaining(nearest === undefined ? {} : { nearest }),
      }),
    );
  });
});

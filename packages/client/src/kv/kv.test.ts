import { describe, expect, test } from "vitest";
import { failureOf, fakeCore } from "../../test/fake-platform.ts";
import { FakeServer } from "../../test/fake-server.ts";
import type { Kv } from "./kv-api.ts";

/** A client whose server answers `payload` to whatever is asked. */
function setup(payload: Record<string, unknown> = {}) {
  const server = new FakeServer(() => payload);
  const { core } = fakeCore({ transport: "websocket", WebSocket: server.WebSocket });
  return { server, kv: core.kv };
}

const OK = { success: true, key: "k", version: 1 };
const MISS = { found: false, value: null, ttl: null, version: 0 };
const PAGE = { keys: [], cursor: null, has_more: false };

type Case = [
  string,
  (kv: Kv) => Promise<unknown>,
  string,
  object,
  Record<string, unknown>,
  unknown,
];

const cases: Case[] = [
  ["set", (kv) => kv.set("k", [1]), "kv.set", { key: "k", value: [1] }, OK, OK],
  [
    "set with seconds",
    (kv) => kv.set("k", 1, 60),
    "kv.set",
    { key: "k", value: 1, ttl: 60 },
    OK,
    OK,
  ],
  [
    "set with every option",
    (kv) =>
      kv.set("k", null, {
        ttlMs: 5,
        nx: true,
        keepTtl: false,
        ifVersion: 3,
        if: [{ key: "o", version: 0 }],
        get: true,
        session: true,
      }),
    "kv.set",
    {
      key: "k",
      value: null,
      ttl_ms: 5,
      nx: true,
      keep_ttl: false,
      if_version: 3,
      if: [{ key: "o", version: 0 }],
      get: true,
      session: true,
    },
    { ...OK, previous: "old" },
    { ...OK, previous: "old" },
  ],
  ["get", (kv) => kv.get("k"), "kv.get", { key: "k" }, MISS, MISS],
  ["del", (kv) => kv.del("a", "b"), "kv.del", { keys: ["a", "b"] }, { deleted: 2 }, 2],
  ["del of a list", (kv) => kv.del(["a"]), "kv.del", { keys: ["a"] }, { deleted: 1 }, 1],
  [
    "del with options",
    (kv) => kv.del(["a"], { if: [{ key: "o", version: 1 }], timeoutMs: 5 }),
    "kv.del",
    { keys: ["a"], if: [{ key: "o", version: 1 }] },
    { deleted: 0 },
    0,
  ],
  ["delete", (kv) => kv.delete("a", "b"), "kv.del", { keys: ["a", "b"] }, { deleted: 1 }, 1],
  ["exists", (kv) => kv.exists("a", "a"), "kv.exists", { keys: ["a", "a"] }, { count: 2 }, 2],
  ["exists of a list", (kv) => kv.exists(["a"]), "kv.exists", { keys: ["a"] }, { count: 0 }, 0],
  ["incr", (kv) => kv.incr("k"), "kv.incr", { key: "k" }, { value: 1 }, 1],
  ["incr by", (kv) => kv.incr("k", 5), "kv.incr", { key: "k", amount: 5 }, { value: 6 }, 6],
  [
    "incr with options",
    (kv) => kv.incr("k", undefined, { ttl: 60, timeoutMs: 5 }),
    "kv.incr",
    { key: "k", ttl: 60 },
    { value: 1 },
    1,
  ],
  ["decr", (kv) => kv.decr("k", 2), "kv.decr", { key: "k", amount: 2 }, { value: -2 }, -2],
  [
    "expire",
    (kv) => kv.expire("k", 60),
    "kv.expire",
    { key: "k", ttl: 60 },
    { success: true },
    true,
  ],
  [
    "expire in ms",
    (kv) => kv.expire("k", { ttlMs: 5 }),
    "kv.expire",
    { key: "k", ttl_ms: 5 },
    { success: true },
    true,
  ],
  ["persist", (kv) => kv.persist("k"), "kv.persist", { key: "k" }, { success: false }, false],
  ["ttl", (kv) => kv.ttl("k"), "kv.ttl", { key: "k" }, { ttl: 1, ttl_ms: 5 }, { ttl: 1, ttlMs: 5 }],
  [
    "ttl of a key that stays",
    (kv) => kv.ttl("k"),
    "kv.ttl",
    { key: "k" },
    { ttl: null, ttl_ms: null },
    { ttl: null, ttlMs: null },
  ],
  [
    "mset of a list",
    (kv) =>
      kv.mset([
        { key: "a", value: 1, ttlMs: 5 },
        { key: "b", value: "x" },
      ]),
    "kv.mset",
    {
      entries: [
        { key: "a", value: 1, ttl_ms: 5 },
        { key: "b", value: "x" },
      ],
    },
    { version: 9 },
    { version: 9 },
  ],
  [
    "mset of an object",
    (kv) => kv.mset({ a: 1, b: [2] }, { if: [{ key: "o", version: 0 }] }),
    "kv.mset",
    {
      entries: [
        { key: "a", value: 1 },
        { key: "b", value: [2] },
      ],
      if: [{ key: "o", version: 0 }],
    },
    { version: 9 },
    { version: 9 },
  ],
  ["mget", (kv) => kv.mget(["a"]), "kv.mget", { keys: ["a"] }, { values: [MISS] }, [MISS]],
  ["scan", (kv) => kv.scan(), "kv.scan", {}, PAGE, { keys: [], cursor: null, hasMore: false }],
  [
    "scan of a prefix",
    (kv) => kv.scan("p:"),
    "kv.scan",
    { prefix: "p:" },
    { keys: ["p:1"], cursor: "c", has_more: true },
    { keys: ["p:1"], cursor: "c", hasMore: true },
  ],
  [
    "scan, first page",
    (kv) => kv.scan({ prefix: "p:", cursor: null, count: 5 }),
    "kv.scan",
    { prefix: "p:", count: 5 },
    PAGE,
    { keys: [], cursor: null, hasMore: false },
  ],
  [
    "scan, next page",
    (kv) => kv.scan({ cursor: "c" }),
    "kv.scan",
    { cursor: "c" },
    PAGE,
    { keys: [], cursor: null, hasMore: false },
  ],
  [
    "stats",
    (kv) => kv.stats(),
    "kv.stats",
    {},
    {
      keys: 1,
      keys_with_ttl: 2,
      session_keys: 3,
      bytes: 4,
      max_memory_bytes: null,
      eviction_policy: "noeviction",
      hits: 5,
      misses: 6,
      expired: 7,
      evicted: 8,
      watchers: 9,
    },
    {
      keys: 1,
      keysWithTtl: 2,
      sessionKeys: 3,
      bytes: 4,
      maxMemoryBytes: null,
      evictionPolicy: "noeviction",
      hits: 5,
      misses: 6,
      expired: 7,
      evicted: 8,
      watchers: 9,
    },
  ],
];

test.each(cases)("%s", async (_, run, name, payload, answer, result) => {
  const { server, kv } = setup(answer);
  expect(await run(kv)).toEqual(result);
  expect(server.requests).toEqual([{ id: 1, name, payload }]);
});

describe("keys", () => {
  test("go through all pages", async () => {
    const { server, kv } = setup();
    const pages: Record<string, object> = {
      first: { keys: ["a", "b"], cursor: "second", has_more: true },
      second: { keys: ["c"], cursor: null, has_more: false },
    };
    server.answer = ({ payload }) => pages[String(payload.cursor ?? "first")] as never;
    const keys: string[] = [];
    for await (const key of kv.keys("p")) keys.push(key);
    expect(keys).toEqual(["a", "b", "c"]);
    expect(server.requests.map(({ payload }) => payload.prefix)).toEqual(["p", "p"]);
  });

  test("fetch no page that nobody asks for", async () => {
    const { server, kv } = setup({ keys: ["a", "b"], cursor: "more", has_more: true });
    for await (const key of kv.keys()) if (key === "b") break;
    expect(server.requests).toHaveLength(1);
  });
});

describe("what breaks a rule rejects, naming the argument", () => {
  const wrong: [string, (kv: Kv) => Promise<unknown>, string][] = [
    ["set of undefined", (kv) => kv.set("k", undefined), "value"],
    ["set with a text as ttl", (kv) => kv.set("k", 1, "60" as never), "ttl"],
    ["set with an unknown option", (kv) => kv.set("k", 1, { tll: 60 } as never), "tll"],
    ["incr with an unknown option", (kv) => kv.incr("k", 1, { tl: 60 } as never), "tl"],
    ["del with an unknown option", (kv) => kv.del(["k"], { iff: [] } as never), "iff"],
    ["expire with null", (kv) => kv.expire("k", null as never), "ttl"],
    ["scan with a list", (kv) => kv.scan([] as never), "page"],
    ["mset with a text", (kv) => kv.mset("k" as never), "entries"],
    ["mset of undefined", (kv) => kv.mset([{ key: "k", value: undefined }]), "value"],
    [
      "mset with an unknown option",
      (kv) => kv.mset([{ key: "k", value: 1, nx: true } as never]),
      "entries[0].nx",
    ],
    ["watch without a handler", (kv) => kv.watch("p", null as never), "onChange"],
    ["watch without a prefix", (kv) => kv.watch(1 as never, () => {}), "prefix"],
  ];
  test.each(wrong)("%s", async (_, run, path) => {
    const { server, kv } = setup(OK);
    const failure = await failureOf(run(kv));
    expect(failure).toMatchObject({ name: "ValidationError", details: { path } });
    expect(server.requests).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import type { SynapError } from "../errors.ts";
import { MAX_KEY_BYTES, MAX_KEYS, MAX_TTL_MS } from "../limits.ts";
import { encodeValue } from "../values.ts";
import { commands } from "./registry.ts";
import { noticeValidators, payloadValidators } from "./validate.ts";

const value = encodeValue(1, "json");

function fault(command: string, payload: Record<string, unknown>): SynapError | null {
  const validate = payloadValidators.get(command);
  if (validate === undefined) throw new Error(`There is no validator for ${command}.`);
  return validate(payload);
}

/** Where a payload breaks a rule, or null. */
function pathOf(command: string, payload: Record<string, unknown>): unknown {
  const found = fault(command, payload);
  if (found !== null) expect(found.code).toBe("INVALID_REQUEST");
  return found === null ? null : found.details.path;
}

describe("texts by name", () => {
  test.each(["", "a", "é", "😀", "a\nb", "constructor", "__proto", "0", "\u{10ffff}", "\uffff"])(
    "take the name %j",
    (name) => {
      expect(fault("queue.publish", { queue: "q", message: value, headers: { [name]: "x" } })).toBe(
        null,
      );
    },
  );

  test.each(["\ud800", "\udfff", "a\ud800b", "\udc00\ud800", "😀\ud83d", "__proto__"])(
    "refuse the name %j",
    (name) => {
      const headers = JSON.parse(`{"ok":"x",${JSON.stringify(name)}:"x"}`);
      const found = fault("queue.publish", { queue: "q", message: value, headers });
      expect(found?.details).toMatchObject({ path: "headers" });
      expect(found?.details.expected).toContain("well-formed");
    },
  );
});

test("what is kept of a refusal is well-formed", () => {
  const nack = { queue: "q", message_id: "1" };
  expect(pathOf("queue.nack", { ...nack, error: "é 😀" })).toBeNull();
  expect(pathOf("queue.nack", { ...nack, error: "\ud800" })).toBe("error");
});

test("every command has a validator", () => {
  expect([...payloadValidators.keys()]).toEqual(commands.map(({ name }) => name));
});

describe("an unknown field", () => {
  test.each([
    ["kv.set", { key: "a", value, tll: 5 }, "tll", "tll", "ttl"],
    ["kv.set", { key: "a", value, NX: true }, "NX", "NX", "nx"],
    ["kv.set", { kay: "a", value }, "kay", "kay", "key"],
    ["kv.get", { keys: ["a"] }, "keys", "keys", "key"],
    [
      "kv.mset",
      {
        entries: [
          { key: "a", value },
          { key: "b", value, tl: 1 },
        ],
      },
      "tl",
      "entries[1].tl",
      "ttl",
    ],
    [
      "kv.del",
      { keys: ["a"], if: [{ key: "a", versions: 1, version: 1 }] },
      "versions",
      "if[0].versions",
      "version",
    ],
  ])("of %s is named with the nearest known one", (command, payload, name, path, nearest) => {
    const found = fault(command, payload);
    expect(found?.message).toContain(JSON.stringify(name));
    expect(found?.message).toContain(`Did you mean "${nearest}"?`);
    expect(found?.details).toMatchObject({ path, nearest });
    expect(String(found?.details.expected)).toContain(nearest);
  });

  test("that resembles none is named without a guess", () => {
    const found = fault("kv.get", { key: "a", completely: 1 });
    expect(found?.details).toEqual({ path: "completely", expected: "one of key" });
    expect(found?.message).not.toContain("Did you mean");
  });

  test.each(["a/b", "a~b", "~1", "0", "", "__proto", "constructor", "toString", "é"])(
    "is named as it was written: %j",
    (name) => {
      const found = fault("kv.get", { key: "a", [name]: 1 });
      expect(found?.details.path).toBe(name);
      expect(found?.message).toContain(`Unknown field ${JSON.stringify(name)} `);
    },
  );

  test("is told before what is missing: it is most often the misspelt one", () => {
    expect(pathOf("kv.set", { value, kei: "a" })).toBe("kei");
  });

  test("where there are no fields at all", () => {
    expect(fault("kv.stats", { all: true })?.details).toEqual({
      path: "all",
      expected: "no fields",
    });
  });
});

describe("a field that is missing", () => {
  test.each([
    ["kv.set", { key: "a" }, "value", "any JSON value or bytes"],
    ["kv.set", { value }, "key", "a key of 1 to 4096 bytes of well-formed UTF-8"],
    ["kv.del", {}, "keys", "an array of 1 to 10000 keys"],
    [
      "kv.mset",
      { entries: [{ key: "a", value }, { key: "b" }] },
      "entries[1].value",
      "any JSON value or bytes",
    ],
    ["kv.mset", {}, "entries", "an array of at most 10000 items"],
    [
      "kv.set",
      { key: "a", value, if: [{ key: "b" }] },
      "if[0].version",
      "an integer of at least 0",
    ],
  ])("of %s %j is named: %s", (command, payload, path, expected) => {
    const found = fault(command, payload);
    expect(found?.details).toEqual({ path, expected });
    expect(found?.message).toBe(`${command} needs the field "${path}": ${expected}.`);
  });
});

describe("a field of a wrong type or range", () => {
  const long = "x".repeat(MAX_KEY_BYTES + 1);
  test.each([
    ["kv.get", { key: 1 }, "key"],
    ["kv.get", { key: "" }, "key"],
    ["kv.get", { key: long }, "key"],
    ["kv.get", { key: "é".repeat(MAX_KEY_BYTES / 2 + 1) }, "key"],
    ["kv.get", { key: "a\ud800" }, "key"],
    ["kv.set", { key: "a", value: "no tagged value" }, "value"],
    ["kv.set", { key: "a", value, ttl: 0 }, "ttl"],
    ["kv.set", { key: "a", value, ttl: -1 }, "ttl"],
    ["kv.set", { key: "a", value, ttl: "60" }, "ttl"],
    ["kv.set", { key: "a", value, ttl: Number.NaN }, "ttl"],
    ["kv.set", { key: "a", value, ttl: MAX_TTL_MS / 1000 + 1 }, "ttl"],
    ["kv.set", { key: "a", value, ttl_ms: 0.5 }, "ttl_ms"],
    ["kv.set", { key: "a", value, ttl_ms: MAX_TTL_MS + 1 }, "ttl_ms"],
    ["kv.set", { key: "a", value, nx: 1 }, "nx"],
    ["kv.set", { key: "a", value, if_version: -1 }, "if_version"],
    ["kv.set", { key: "a", value, if_version: 2 ** 53 }, "if_version"],
    ["kv.set", { key: "a", value, if: {} }, "if"],
    ["kv.set", { key: "a", value, if: Array(101).fill({ key: "a", version: 0 }) }, "if"],
    ["kv.incr", { key: "a", amount: 1.5 }, "amount"],
    ["kv.incr", { key: "a", amount: 2 ** 53 }, "amount"],
    ["kv.del", { keys: [] }, "keys"],
    ["kv.del", { keys: "a" }, "keys"],
    ["kv.del", { keys: ["a", "", "b"] }, "keys[1]"],
    ["kv.mget", { keys: Array(MAX_KEYS + 1).fill("a") }, "keys"],
    ["kv.mset", { entries: [] }, "entries"],
    ["kv.mset", { entries: [1] }, "entries[0]"],
    ["kv.mset", { entries: [{ key: "a", value }, null] }, "entries[1]"],
    [
      "kv.mset",
      { entries: Array(4).fill({ key: "a", value }).with(3, { key: 4, value }) },
      "entries[3].key",
    ],
    ["kv.mset", { entries: [{ key: "a", value, ttl: 0 }] }, "entries[0].ttl"],
    ["kv.scan", { count: 0 }, "count"],
    ["kv.scan", { count: 10_001 }, "count"],
    ["kv.scan", { cursor: 1 }, "cursor"],
    ["kv.watch", { prefix: "x".repeat(MAX_KEY_BYTES + 1) }, "prefix"],
    ["batch", { commands: 1 }, "commands"],
  ])("of %s is named with what was expected", (command, payload, path) => {
    const found = fault(command, payload);
    expect(found?.details.path).toBe(path);
    expect(String(found?.details.expected).length).toBeGreaterThan(5);
    expect(found?.message).toContain(
      `${path} of ${command} must be ${String(found?.details.expected)}`,
    );
    expect(found?.message.length).toBeLessThan(400);
  });

  test("says in words what was expected, and what came instead", () => {
    expect(fault("kv.set", { key: "a", value, ttl: -1 })?.message).toBe(
      "ttl of kv.set must be a number of seconds greater than 0 and at most 10000000000, not -1.",
    );
    expect(fault("kv.set", { key: "a", value, nx: "yes" })?.message).toBe(
      'nx of kv.set must be true or false, not "yes".',
    );
    expect(fault("kv.incr", { key: "a", amount: {} })?.message).toBe(
      "amount of kv.incr must be an integer within 2^53, not {}.",
    );
    expect(fault("kv.get", { key: new Uint8Array(3) })?.message).toMatch(/not 3 bytes\.$/);
    expect(fault("kv.scan", { count: 0 })?.message).toMatch(/an integer from 1 to 10000, not 0\.$/);
  });
});

describe("what a validator lets through", () => {
  test.each([
    ["kv.get", { key: "x".repeat(MAX_KEY_BYTES) }],
    ["kv.get", { key: "é".repeat(MAX_KEY_BYTES / 2) }],
    ["kv.get", { key: "😀".repeat(MAX_KEY_BYTES / 4) }],
    ["kv.get", { key: "with spaces, /, .. and \u0000" }],
    ["kv.set", { key: "a", value, ttl: 0.001, nx: true, xx: false, get: true, session: true }],
    ["kv.set", { key: "a", value, ttl: MAX_TTL_MS / 1000 }],
    ["kv.set", { key: "a", value, if_version: Number.MAX_SAFE_INTEGER, if: [] }],
    ["kv.incr", { key: "a", amount: Number.MIN_SAFE_INTEGER }],
    ["kv.scan", {}],
    ["kv.watch", { prefix: "" }],
    ["kv.del", { keys: ["a", "a"] }],
    ["batch", { commands: [] }],
  ])("%s %j", (command, payload) => {
    expect(fault(command, payload)).toBeNull();
  });

  test("undefined is as absent", () => {
    expect(fault("kv.set", { key: "a", value, ttl: undefined, if: undefined })).toBeNull();
  });
});

describe("fields of which only one may be given", () => {
  test.each([
    [{ ttl: 1, ttl_ms: 1 }, "ttl_ms"],
    [{ ttl: 1, keep_ttl: true }, "keep_ttl"],
    [{ ttl_ms: 1, keep_ttl: true }, "keep_ttl"],
    [{ nx: true, xx: true }, "xx"],
  ])("%j: the second is refused", (given, path) => {
    const found = fault("kv.set", { key: "a", value, ...given });
    expect(found?.details.path).toBe(path);
    expect(String(found?.details.expected)).toMatch(/^at most one of /);
  });

  test.each([
    { ttl: 1, keep_ttl: false },
    { nx: true, xx: false },
    { nx: false, xx: false },
  ])("%j: false is as not given", (given) => {
    expect(fault("kv.set", { key: "a", value, ...given })).toBeNull();
  });

  test("of other commands too", () => {
    for (const command of ["kv.expire", "kv.incr", "kv.decr"]) {
      expect(pathOf(command, { key: "a", ttl: 1, ttl_ms: 1 })).toBe("ttl_ms");
    }
  });
});

describe("the other messages of a client", () => {
  test.each([
    ["hello", {}, null],
    ["hello", { client_id: "A-z_9", resume: "t", done: 0, features: ["kv"] }, null],
    ["hello", { client_id: "" }, "client_id"],
    ["hello", { client_id: "x".repeat(65) }, "client_id"],
    ["hello", { client_id: "a b" }, "client_id"],
    ["hello", { resume: "x".repeat(129) }, "resume"],
    ["hello", { features: [1] }, "features[0]"],
    ["hello", { clientid: "a" }, "clientid"],
    ["cancel", { request_id: 1 }, null],
    ["cancel", { request_id: "mine" }, null],
    ["cancel", {}, "request_id"],
    ["cancel", { request_id: 0 }, "request_id"],
    ["done", { request_id: -1 }, "request_id"],
    ["ping", {}, null],
    ["ping", { nonce: "1" }, "nonce"],
  ])("%s %j is refused at %j", (type, fields, path) => {
    const found = noticeValidators.get(type)?.(fields) ?? null;
    expect(found === null ? null : found.details.path).toBe(path);
    if (found !== null) expect(found.message).not.toContain("another value");
  });
});

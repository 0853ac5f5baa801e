/** What a consumer does with the client: the same few calls in every kind of project. */
const BODY = `
async function main() {
  const mock = createMockClient();
  await mock.kv.set("a", 1);
  assert.equal((await mock.kv.get("a")).value, 1);
  await mock.kv.set("soon gone", 2, 60);
  await mock.clock.advance(60_000);
  assert.equal((await mock.kv.get("soon gone")).found, false);
  await mock.close();

  const client = new SynapClient("http://localhost:15500");
  await client.close();

  console.log("consumed");
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
`;

export const ESM = `
import assert from "node:assert/strict";
import { SynapClient } from "@hivellm/synap-client";
import { createMockClient } from "@hivellm/synap-client/testing";
${BODY}`;

export const CJS = `
const assert = require("node:assert/strict");
const { SynapClient } = require("@hivellm/synap-client");
const { createMockClient } = require("@hivellm/synap-client/testing");
${BODY}`;

/** Also passes the mock where a client is asked for, and declares what it uses of Node: no @types/node needed. */
export const TYPESCRIPT = `
import { SynapClient, type ClientConfig } from "@hivellm/synap-client";
import { createMockClient } from "@hivellm/synap-client/testing";

declare const process: { exitCode: number };

const assert = {
  equal(actual: unknown, expected: unknown): void {
    if (actual !== expected) throw new Error(\`\${String(actual)} is not \${String(expected)}\`);
  },
};

export const config: ClientConfig = { url: "http://localhost:15500" };

export async function read(client: SynapClient): Promise<unknown> {
  const { value } = await client.kv.get<number>("a");
  const typed: number | null | undefined = value;
  return typed;
}

export const readsFromMock = () => read(createMockClient());
${BODY.replace("main().catch((error)", "main().catch((error: unknown)")}`;

/** An error that the CommonJS copy of ./testing throws, caught with the class of the ESM copy. */
export const ERROR_ACROSS_COPIES = `
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { SynapError } from "@hivellm/synap-client";

const require = createRequire(import.meta.url);
const { createMockClient } = require("@hivellm/synap-client/testing");
assert.notEqual(require("@hivellm/synap-client").SynapError, SynapError, "the copies are one");

const mock = createMockClient();
await mock.kv.set("a", "text");
const error = await mock.kv.incr("a").then(
  () => assert.fail("incr of a text succeeded"),
  (reason) => reason,
);
assert.ok(error instanceof SynapError, String(error));
assert.equal(error.code, "NOT_A_NUMBER");
assert.ok(!(new TypeError() instanceof SynapError));
await mock.close();
console.log("consumed");
`;

/** The packed client against the packed server, started by its bin. */
export const SERVER_AND_CLIENT = `
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { SynapClient } from "@hivellm/synap-client";

const bin = "node_modules/@hivellm/synap-server/dist/bin.js";
const server = spawn(process.execPath, [bin, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
try {
  const [started] = await once(server.stdout, "data");
  const [url] = /http:\\/\\/\\S+/.exec(String(started));
  const client = new SynapClient(url);
  await client.kv.set("a", 1);
  assert.equal((await client.kv.get("a")).value, 1);
  await client.close();
} finally {
  server.kill("SIGTERM");
  await once(server, "exit");
}
assert.equal(server.exitCode, 0);
console.log("consumed");
`;

/** A unit test of someone's own code under Jest: spies, an override, time. */
export const JEST = `
const { createMockClient } = require("@hivellm/synap-client/testing");

let mock;
beforeEach(() => {
  mock = createMockClient();
});
afterEach(() => mock.close());

async function visits(synap, user) {
  return synap.kv.incr("visits:" + user, 1, { ttl: 60 });
}

test("spies understand Jest's expect, and do the real thing", async () => {
  expect(await visits(mock, "ada")).toBe(1);
  expect(await visits(mock, "ada")).toBe(2);
  expect(mock.kv.incr).toHaveBeenCalledTimes(2);
  expect(mock.kv.incr).toHaveBeenLastCalledWith("visits:ada", 1, { ttl: 60 });
  expect(jest.isMockFunction(mock.kv.incr)).toBe(true);
  await mock.clock.advance(60_000);
  expect(await visits(mock, "ada")).toBe(1);
});

test("Jest's fake timers do not stop it", async () => {
  jest.useFakeTimers();
  try {
    expect(await visits(mock, "grace")).toBe(1);
  } finally {
    jest.useRealTimers();
  }
});

test("a method can be overridden with a part of its result", async () => {
  mock.kv.get.mockResolvedValueOnce({ found: true, value: "cached" });
  expect(await mock.kv.get("a")).toMatchObject({ found: true, value: "cached", ttl: null });
  expect((await mock.kv.get("a")).found).toBe(false);
});
`;

import { SynapClient } from "@hivellm/synap-client";
import { createMockClient } from "@hivellm/synap-client/testing";
import { runProgram, type ServerProcess, startServerProcess } from "@hivellm/synap-example-support";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cache } from "../src/cache.ts";

const MAIN = new URL("../src/main.ts", import.meta.url);

describe("against a server", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServerProcess();
  });
  afterAll(() => server.stop());

  test("the program asks the database only for what the cache does not have", async () => {
    expect(await runProgram(MAIN, [], { SYNAP_URL: server.url })).toBe(
      [
        "first read: Ann, 1 queries so far",
        "second read: Ann, 1 queries so far",
        "after a change: Anna, 2 queries so far",
        "a hundred reads at once: Anna, 3 queries so far",
        "no such user, asked twice: nobody, 4 queries so far",
        "",
      ].join("\n"),
    );
  });

  test.each([
    ["a string, as the document's own code could not", "plain"],
    ["a string of digits, which stays a string", "123"],
    ["JSON in a string", '{"a":"b"}'],
    ["quotes around a string", '"quoted"'],
    ["null", null],
    ["false", false],
    ["an empty string", ""],
    ["unicode and newlines in an object", { text: "grüße\n💚" }],
    ["a megabyte", ["x".repeat(1e6)]],
  ])("gives back %s", async (name, value) => {
    await using client = new SynapClient(server.url);
    const cache = new Cache(client);
    expect(await cache.getOrLoad(name, async () => value)).toEqual(value);
    expect(await cache.getOrLoad(name, neverLoad)).toEqual(value);
  });

  test.each(["a/b", "50%", "50%41", "a b", "zoë 💚", "../x"])("takes the key %j", async (key) => {
    await using client = new SynapClient(server.url);
    const cache = new Cache(client);
    await cache.getOrLoad(key, async () => key);
    expect(await cache.getOrLoad(key, neverLoad)).toBe(key);
    await cache.delete(key);
    expect(await cache.getOrLoad(key, async () => "anew")).toBe("anew");
  });

  test("forgets by prefix, beyond one page of keys, and nothing else", async () => {
    await using client = new SynapClient(server.url);
    const cache = new Cache(client);
    const keys = Array.from({ length: 250 }, (_, index) => `team:1:${index}`);
    for (const key of keys) await cache.getOrLoad(key, async () => 1);
    await cache.getOrLoad("team:2", async () => 2);
    expect(await cache.invalidate("team:1:")).toBe(250);
    expect(await cache.getOrLoad("team:2", neverLoad)).toBe(2);
  });
});

test("an entry ends by itself", async () => {
  await using client = createMockClient();
  const cache = new Cache(client, { ttlSeconds: 10 });
  await cache.getOrLoad("k", async () => 1);
  await client.clock.advance(10_000);
  expect(await cache.getOrLoad("k", async () => 2)).toBe(2);
});

test("whoever asks during a load waits for it; who asks after a change loads anew", async () => {
  await using client = createMockClient();
  const cache = new Cache(client);
  let arrive: (value: string) => void = () => {};
  const slow = new Promise<string>((resolve) => {
    arrive = resolve;
  });
  const first = cache.getOrLoad("k", () => slow);
  const second = cache.getOrLoad("k", neverLoad);

  await cache.delete("k");
  const third = cache.getOrLoad("k", async () => "after the change");
  expect(await third).toBe("after the change");

  arrive("before the change");
  expect(await Promise.all([first, second])).toEqual(["before the change", "before the change"]);
  expect(await cache.getOrLoad("k", neverLoad)).toBe("after the change");
});

test("a load that fails is not cached", async () => {
  await using client = createMockClient();
  const cache = new Cache(client);
  const failing = cache.getOrLoad("k", async () => {
    throw new Error("no database");
  });
  await expect(failing).rejects.toThrow("no database");
  expect(await cache.getOrLoad("k", async () => 1)).toBe(1);
});

async function neverLoad(): Promise<never> {
  throw new Error("The cache should have had it.");
}

import { SynapClient } from "@hivellm/synap-client";
import { createMockClient } from "@hivellm/synap-client/testing";
import { runProgram, type ServerProcess, startServerProcess } from "@hivellm/synap-example-support";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RateLimiter } from "../src/rate-limiter.ts";

const MAIN = new URL("../src/main.ts", import.meta.url);

describe("against a server", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServerProcess();
  });
  afterAll(() => server.stop());

  test("the program allows 100 of 150 requests, however many processes make them", async () => {
    const run = () => runProgram(MAIN, ["ann", "75"], { SYNAP_URL: server.url });
    const outputs = await Promise.all([run(), run()]);
    const allowed = outputs.map((output) => Number(/^(\d+) allowed/.exec(output)?.[1]));
    expect(allowed.reduce((sum, count) => sum + count, 0)).toBe(100);

    const late = await run();
    expect(late).toMatch(/^0 allowed, 75 limited\ntry again in \d+ s\n$/);
  });

  test.each(["ann/lee", "50%", "50%41", "a/../b", "ann lee", "zoë 💚", 'a"b', "a?b#c"])(
    "the user %j has a count of their own",
    async (user) => {
      await using client = new SynapClient(server.url);
      const limiter = new RateLimiter(client, { limit: 2 });
      const decisions = [];
      for (let request = 0; request < 3; request++) decisions.push(await limiter.take(user));
      expect(decisions).toEqual([
        { allowed: true, remaining: 1, retryAfterSeconds: 0 },
        { allowed: true, remaining: 0, retryAfterSeconds: 0 },
        { allowed: false, remaining: 0, retryAfterSeconds: expect.any(Number) },
      ]);
    },
  );
});

test("a window ends a minute after its first request, however many follow it", async () => {
  await using client = createMockClient();
  const limiter = new RateLimiter(client, { limit: 1 });
  expect(await limiter.take("ann")).toMatchObject({ allowed: true });

  await client.clock.advance(59_000);
  expect(await limiter.take("ann")).toMatchObject({ allowed: false, retryAfterSeconds: 1 });

  await client.clock.advance(1_000);
  expect(await limiter.take("ann")).toMatchObject({ allowed: true });
});

import { describe, expect, test } from "vitest";
import { ValidationError } from "./errors.ts";
import { type ClientConfig, resolveConfig } from "./options.ts";

describe("what holds where nothing is given", () => {
  test("every default", () => {
    expect(resolveConfig()).toEqual({
      baseUrl: "http://localhost:15500",
      apiKey: undefined,
      transport: "auto",
      format: "msgpack",
      timeoutMs: 30_000,
      retries: 3,
      retryDelayMs: 100,
      retryBackoff: 2,
      retryMaxDelayMs: 30_000,
      poolSize: 10,
      keepAlive: true,
      compression: false,
      clientId: expect.stringMatching(/^[0-9a-f]{32}$/),
      logger: {},
      WebSocket: undefined,
      fetch: undefined,
    });
  });

  test("two clients have different ids", () => {
    expect(resolveConfig().clientId).not.toBe(resolveConfig().clientId);
  });

  test("an option that is undefined is as absent", () => {
    const given = { url: undefined, timeout: undefined, poolSize: undefined, apiKey: undefined };
    expect(resolveConfig(given)).toMatchObject({ timeoutMs: 30_000, poolSize: 10 });
  });
});

describe("url", () => {
  test.each([
    ["http://synap:15500", "http://synap:15500"],
    ["http://synap:15500/", "http://synap:15500"],
    ["https://example.com/synap/", "https://example.com/synap"],
  ])("%s", (url, baseUrl) => {
    expect(resolveConfig(url).baseUrl).toBe(baseUrl);
    expect(resolveConfig({ url }).baseUrl).toBe(baseUrl);
  });
});

test("an empty API key is none", () => {
  expect(resolveConfig({ apiKey: "" }).apiKey).toBeUndefined();
  expect(resolveConfig({ apiKey: "k" }).apiKey).toBe("k");
});

test("compression is for HTTP", () => {
  expect(resolveConfig({ compression: true, transport: "http" }).compression).toBe(true);
  expect(resolveConfig({ compression: false }).compression).toBe(false);
});

describe("what breaks a rule is named, with the remedy", () => {
  const cases: [string, unknown][] = [
    ["url", "localhost:15500"],
    ["url", "ws://localhost:15500"],
    ["url", "http://localhost:15500?x=1"],
    ["url", "http://me:secret@localhost"],
    ["url", 15_500],
    ["apiKey", 1],
    ["transport", "tcp"],
    ["format", "xml"],
    ["timeout", 0],
    ["timeout", "5s"],
    ["timeout", Number.NaN],
    ["retries", -1],
    ["retries", 1.5],
    ["retryDelay", -1],
    ["retryBackoff", 0.5],
    ["retryMaxDelay", Number.POSITIVE_INFINITY],
    ["poolSize", 0],
    ["keepAlive", "yes"],
    ["compression", 1],
    ["compression", true],
    ["clientId", "has blanks in it"],
    ["WebSocket", {}],
    ["fetch", "fetch"],
  ];
  test.each(cases)("%s: %j", (name, value) => {
    const config = { [name]: value } as ClientConfig;
    expect(() => resolveConfig(config)).toThrow(ValidationError);
    expect(() => resolveConfig(config)).toThrow(
      expect.objectContaining({
        code: "INVALID_REQUEST",
        message: expect.stringContaining(`${name} must be `),
        details: { path: name, expected: expect.any(String) },
      }),
    );
  });

  test("an option that does not exist", () => {
    const config = { timeuot: 5 } as ClientConfig;
    expect(() => resolveConfig(config)).toThrow(/timeout/);
  });

  test("something that is neither a URL nor options", () => {
    expect(() => resolveConfig(null as unknown as ClientConfig)).toThrow(ValidationError);
  });
});

import { isSynapError } from "@hivellm/synap-protocol";
import { describe, expect, it } from "vitest";
import {
  environmentOptions,
  resolveOptions,
  type ServerOptions,
  withEnvironment,
} from "./options.ts";

function messageOf(run: () => unknown): string {
  try {
    run();
    return "no error";
  } catch (error) {
    return isSynapError(error) ? error.message : `not a SynapError: ${String(error)}`;
  }
}

describe("options", () => {
  it("have defaults", () => {
    expect(resolveOptions({})).toMatchObject({
      port: 15_500,
      host: "localhost",
      reachable: false,
      logLevel: "info",
      origins: [],
      limits: { evictionPolicy: "noeviction", maxMemoryBytes: expect.any(Number) },
    });
  });

  it.each<[ServerOptions, string]>([
    [{ port: 65_536 }, "port"],
    [{ port: 1.5 }, "port"],
    [{ port: -1 }, "port"],
    [{ host: " " }, "host"],
    [{ host: "0.0.0.0" }, "insecure"],
    [{ host: "::" }, "insecure"],
    [{ host: "db.example.com" }, "insecure"],
    [{ host: "localhost.example.com" }, "insecure"],
    [{ maxMemoryBytes: 0 }, "maxMemoryBytes"],
    [{ maxMemoryBytes: Number.NaN }, "maxMemoryBytes"],
    [{ evictionPolicy: "lru" as never }, "allkeys-lru"],
    [{ logLevel: "loud" as never }, "logLevel"],
    [{ origins: ["example.com"] }, "origins"],
    [{ origins: ["https://a.example/path"] }, "origins"],
    [{ origins: ["ftp://a.example"] }, "origins"],
    [{ allowedHosts: ["a b"] }, "allowedHosts"],
    [{ prot: 1 } as never, 'Did you mean "port"?'],
  ])("refuse %j, naming %s", (options, named) => {
    expect(messageOf(() => resolveOptions(options))).toContain(named);
  });

  it.each([
    ["127.0.0.2", false],
    ["::1", false],
    ["[::1]", false],
    ["LOCALHOST", false],
    ["0.0.0.0", true],
  ])("know whether %s is reachable: %s", (host, reachable) => {
    expect(resolveOptions({ host, insecure: true }).reachable).toBe(reachable);
  });

  it("take limits of the engine, and let their own names win", () => {
    const { limits } = resolveOptions({
      maxMemoryBytes: 5,
      limits: { maxMemoryBytes: 7, maxValueBytes: 9 },
    });
    expect(limits).toMatchObject({
      maxMemoryBytes: 5,
      maxValueBytes: 9,
      maxWatchesPerSession: 1_000,
    });
    expect(resolveOptions({ maxMemoryBytes: null }).limits.maxMemoryBytes).toBeNull();
  });
});

describe("the environment", () => {
  it("gives every option", () => {
    expect(
      environmentOptions({
        SYNAP_PORT: "1",
        PORT: "2",
        SYNAP_HOST: "::1",
        SYNAP_INSECURE: "yes",
        SYNAP_MAX_MEMORY: "1kb",
        SYNAP_EVICTION_POLICY: "allkeys-lru",
        SYNAP_LOG_LEVEL: "warn",
        SYNAP_ORIGINS: "https://a.example, null",
        SYNAP_ALLOW_HOSTS: "synap.internal",
      }),
    ).toEqual({
      port: 1,
      host: "::1",
      insecure: true,
      maxMemoryBytes: 1024,
      evictionPolicy: "allkeys-lru",
      logLevel: "warn",
      origins: ["https://a.example", "null"],
      allowedHosts: ["synap.internal"],
    });
  });

  it("counts for what is not given, and an empty variable for nothing", () => {
    const env = { SYNAP_PORT: "", PORT: "2", SYNAP_MAX_MEMORY: "none" };
    expect(withEnvironment({}, env)).toMatchObject({ port: 2, maxMemoryBytes: null });
    expect(withEnvironment({ port: 3, host: undefined }, env)).toMatchObject({ port: 3 });
  });

  it.each([
    [{ PORT: "http" }, "PORT"],
    [{ SYNAP_PORT: "70000" }, "SYNAP_PORT"],
    [{ SYNAP_MAX_MEMORY: "lots" }, "SYNAP_MAX_MEMORY"],
    [{ SYNAP_MAX_MEMORY: "0" }, "SYNAP_MAX_MEMORY"],
    [{ SYNAP_INSECURE: "maybe" }, "SYNAP_INSECURE"],
    [{ SYNAP_EVICTION_POLICY: "volatile-lru" }, "did you mean volatile-ttl"],
    [{ SYNAP_ORIGINS: "https://a.example b" }, "SYNAP_ORIGINS"],
    [{ SYNAP_LOG_LEVEL: "all" }, "SYNAP_LOG_LEVEL"],
  ])("is refused by name where it cannot be read: %j", (env, named) => {
    expect(messageOf(() => environmentOptions(env))).toContain(named);
  });
});

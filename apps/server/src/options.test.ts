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
      limits: {
        evictionPolicy: "noeviction",
        maxMemoryBytes: expect.any(Number),
        queueAutoCreate: true,
        queueMaxDepth: 100_000,
        maxSubscribersPerRoom: 10_000,
        roomMaxEvents: 10_000,
        roomMaxBytes: null,
        roomMaxAgeMs: null,
      },
      transportLimits: { broadcastTimeoutMs: 1_000 },
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
    [{ queueAutoCreate: "maybe" as never }, "queueAutoCreate"],
    [{ queueMaxDepth: 0 }, "queueMaxDepth"],
    [{ maxSubscribersPerRoom: 1.5 }, "maxSubscribersPerRoom"],
    [{ broadcastTimeoutMs: Number.NaN }, "broadcastTimeoutMs"],
    [{ roomMaxEvents: -1 }, "roomMaxEvents"],
    [{ roomMaxBytes: 0 }, "roomMaxBytes"],
    [{ roomMaxAgeMs: 0 }, "roomMaxAgeMs"],
    [{ emptyRoomIdleTtlMs: null as never }, "emptyRoomIdleTtlMs"],
    [{ roomIdleTtlMs: Number.POSITIVE_INFINITY }, "roomIdleTtlMs"],
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

describe("what is set for queues and rooms", () => {
  it("reaches the engine, and the transports where it is theirs", () => {
    const given = {
      queueAutoCreate: false,
      queueMaxDepth: 7,
      maxSubscribersPerRoom: 8,
      roomMaxEvents: 9,
      roomMaxBytes: 10,
      roomMaxAgeMs: 1_500,
      emptyRoomIdleTtlMs: 12,
      roomIdleTtlMs: 13,
    };
    const { limits, transportLimits } = resolveOptions({
      ...given,
      broadcastTimeoutMs: 14,
      limits: { queueMaxDepth: 1, maxValueBytes: 15 },
    });
    expect(limits).toMatchObject({ ...given, maxValueBytes: 15 });
    expect(transportLimits.broadcastTimeoutMs).toBe(14);
  });

  it("may be no limit where there need not be one", () => {
    const none = { roomMaxBytes: null, roomMaxAgeMs: null, roomIdleTtlMs: null };
    expect(resolveOptions(none).limits).toMatchObject(none);
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
        SYNAP_QUEUE_AUTO_CREATE: "no",
        SYNAP_QUEUE_MAX_DEPTH: "10",
        SYNAP_MAX_SUBSCRIBERS_PER_ROOM: "20",
        SYNAP_BROADCAST_TIMEOUT_MS: "30",
        SYNAP_ROOM_MAX_EVENTS: "40",
        SYNAP_ROOM_MAX_BYTES: "64mb",
        SYNAP_ROOM_MAX_AGE: "7d",
        SYNAP_EMPTY_ROOM_IDLE_TTL: "90",
        SYNAP_ROOM_IDLE_TTL: "none",
      }),
    ).toEqual({
      queueAutoCreate: false,
      queueMaxDepth: 10,
      maxSubscribersPerRoom: 20,
      broadcastTimeoutMs: 30,
      roomMaxEvents: 40,
      roomMaxBytes: 64 * 1024 ** 2,
      roomMaxAgeMs: 7 * 86_400_000,
      emptyRoomIdleTtlMs: 90_000,
      roomIdleTtlMs: null,
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
    [{ SYNAP_QUEUE_MAX_DEPTH: "0" }, "SYNAP_QUEUE_MAX_DEPTH"],
    [{ SYNAP_QUEUE_AUTO_CREATE: "perhaps" }, "SYNAP_QUEUE_AUTO_CREATE"],
    [{ SYNAP_ROOM_MAX_AGE: "a week" }, "SYNAP_ROOM_MAX_AGE"],
    [{ SYNAP_EMPTY_ROOM_IDLE_TTL: "none" }, "SYNAP_EMPTY_ROOM_IDLE_TTL"],
    [{ SYNAP_ROOM_MAX_BYTES: "some" }, "SYNAP_ROOM_MAX_BYTES"],
  ])("is refused by name where it cannot be read: %j", (env, named) => {
    expect(messageOf(() => environmentOptions(env))).toContain(named);
  });
});

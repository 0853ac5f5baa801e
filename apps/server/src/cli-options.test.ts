import { Command, CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { readCommandLine } from "./cli-options.ts";
import { VERSION } from "./version.ts";

/** Reads a command line without exiting; returns what it printed. */
function run(argv: readonly string[]) {
  let printed = "";
  const program = new Command().exitOverride().configureOutput({
    writeOut: (text) => {
      printed += text;
    },
    writeErr: (text) => {
      printed += text;
    },
  });
  try {
    return { options: readCommandLine(argv, program), printed, exitCode: null };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { options: null, printed, exitCode: error.exitCode };
  }
}

describe("the command line", () => {
  it("gives every option", () => {
    const line =
      "--port 0 --host 0.0.0.0 --insecure --max-memory 2gb --eviction-policy volatile-ttl --log-level debug --origin https://a.example http://b.example:81 --allow-host one two";
    expect(run(line.split(" ")).options).toEqual({
      port: 0,
      host: "0.0.0.0",
      insecure: true,
      maxMemoryBytes: 2 * 1024 ** 3,
      evictionPolicy: "volatile-ttl",
      logLevel: "debug",
      origins: ["https://a.example", "http://b.example:81"],
      allowedHosts: ["one", "two"],
    });
  });

  it("gives what is set for queues and rooms", () => {
    const line =
      "--queue-auto-create no --queue-max-depth 10 --max-subscribers-per-room 20 --broadcast-timeout-ms 30 --room-max-events 40 --room-max-bytes none --room-max-age 12h --empty-room-idle-ttl 5m --room-idle-ttl 2d";
    expect(run(line.split(" ")).options).toEqual({
      queueAutoCreate: false,
      queueMaxDepth: 10,
      maxSubscribersPerRoom: 20,
      broadcastTimeoutMs: 30,
      roomMaxEvents: 40,
      roomMaxBytes: null,
      roomMaxAgeMs: 43_200_000,
      emptyRoomIdleTtlMs: 300_000,
      roomIdleTtlMs: 172_800_000,
    });
    expect(run(["--max-memory", "none"]).options?.maxMemoryBytes).toBeNull();
  });

  it.each([
    [["--room-max-age", "old"], "--room-max-age"],
    [["--queue-max-depth", "-1"], "--queue-max-depth"],
    [["--queue-auto-create", "x"], "true"],
    [["--port", "x"], "--port"],
    [["--port", "65536"], "65535"],
    [["--max-memory", "x"], "256mb"],
    [["--eviction-policy", "x"], "noeviction"],
    [["--origin", "x"], "origin"],
    [["--prot", "1"], "--port"],
    [["serve"], "argument"],
    [["--data"], "--data is not there yet"],
    [["--data", "/tmp/x"], "in memory"],
  ])("refuses %j in one line that names %s", (argv, named) => {
    const { printed, exitCode } = run(argv);
    expect(exitCode).toBe(1);
    expect(printed).toContain(named);
    expect(printed.trim().split("\n").length).toBeLessThanOrEqual(2);
  });

  it("prints its version and its options", () => {
    expect(run(["--version"])).toMatchObject({ printed: `${VERSION}\n`, exitCode: 0 });
    const { printed, exitCode } = run(["--help"]);
    expect(exitCode).toBe(0);
    for (const word of ["--max-memory", "--allow-host", "SYNAP_PORT", "SYNAP_ROOM_MAX_AGE"])
      expect(printed).toContain(word);
  });
});

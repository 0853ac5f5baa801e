import { type ChildProcess, spawn } from "node:child_process";
import { describe, expect, it, onTestFinished } from "vitest";
import { serverForTest } from "./support/test-server.ts";
import { waitFor } from "./support/wait-for.ts";

const PROGRAM = new URL("../src/bin.ts", import.meta.url).pathname;
const STARTS_WITHIN_MS = 30_000;

/** The program as its user runs it. */
class Program {
  out = "";
  err = "";
  exitCode: number | null = null;
  readonly #process: ChildProcess;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.#process = spawn(process.execPath, ["--import", "tsx", PROGRAM, ...args], {
      env: { PATH: process.env.PATH, ...env },
    });
    this.#process.stdout?.on("data", (chunk) => {
      this.out += chunk;
    });
    this.#process.stderr?.on("data", (chunk) => {
      this.err += chunk;
    });
    this.#process.on("close", (code) => {
      this.exitCode = code ?? -1;
    });
    onTestFinished(() => {
      this.#process.kill("SIGKILL");
    });
  }

  signal(name: "SIGTERM" | "SIGINT"): void {
    this.#process.kill(name);
  }

  exited(): Promise<void> {
    return waitFor(() => this.exitCode !== null, "the program to exit", STARTS_WITHIN_MS);
  }

  /** Waits until it listens; returns its URL. */
  async started(): Promise<string> {
    await waitFor(
      () => this.out.includes("Ctrl+C") || this.exitCode !== null,
      "the start",
      STARTS_WITHIN_MS,
    );
    return /http:\/\/127\.0\.0\.1:\d+/.exec(this.out)?.[0] ?? `no URL in ${this.out}${this.err}`;
  }
}

describe("synap-server", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "says what it serves, serves it and stops at %s",
    async (signal) => {
      const program = new Program(["--port", "0", "--max-memory", "64mb"], { PORT: "1" });
      const url = await program.started();
      for (const words of [
        "/api/v1/ws",
        "/openapi.json",
        "64 MiB",
        "memory only",
        "this machine only",
      ]) {
        expect(program.out).toContain(words);
      }
      for (const path of ["/health", "/nope", "/kv/get/%zz"])
        await (await fetch(url + path)).text();
      program.signal(signal);
      await program.exited();
      expect([program.exitCode, program.err]).toEqual([0, ""]);
    },
    STARTS_WITHIN_MS,
  );

  it(
    "warns where others can reach it",
    async () => {
      const program = new Program(["--host", "0.0.0.0", "--insecure", "--port", "0"]);
      await program.started();
      expect(program.out).toContain("NO AUTHENTICATION");
    },
    STARTS_WITHIN_MS,
  );

  it(
    "refuses what it cannot do in one line each",
    async () => {
      const { port } = await serverForTest({ host: "127.0.0.1" });
      const cases: [string[], Record<string, string>, string][] = [
        [["--port", String(port)], {}, "in use"],
        [["--host", "0.0.0.0"], {}, "--insecure"],
        [["--data", "/tmp/nowhere"], {}, "--data"],
        [[], { SYNAP_PORT: "none" }, "SYNAP_PORT"],
      ];
      const programs = cases.map(([args, env, words]) => ({
        program: new Program(args, env),
        words,
      }));
      for (const { program, words } of programs) {
        await program.exited();
        expect([program.exitCode, program.out, program.err.trim().split("\n").length]).toEqual([
          1,
          "",
          1,
        ]);
        expect(program.err).toContain(words);
      }
    },
    2 * STARTS_WITHIN_MS,
  );
});

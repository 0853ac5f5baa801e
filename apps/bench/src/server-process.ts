import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("../../server/dist/bin.js", import.meta.url));
const SLOW_PEER = "a peer does not keep up";
const MAX_TRIES = 200;
const KIB_PER_MIB = 1024;

/** This repository's server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  /** What it wrote to stderr, but for its word that a peer is slow. */
  readonly stderr: () => string;
  readonly isRunning: () => boolean;
  /** Resident memory in MiB; NaN where the system does not tell. */
  readonly residentMib: () => number;
  stop(): Promise<void>;
}

/** Starts the built server on a free port and waits until it answers. */
export async function startServerProcess(flags: readonly string[] = []): Promise<ServerProcess> {
  const port = await freePort();
  const where = ["--port", String(port), "--host", "127.0.0.1"];
  const server = spawn(process.execPath, [SERVER, ...where, ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  server.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(async () => (await fetch(`${url}/health`)).ok, server);
  return {
    url,
    stderr: () =>
      stderr
        .split("\n")
        .filter((line) => !line.includes(SLOW_PEER))
        .join("\n"),
    isRunning: () => server.exitCode === null && server.signalCode === null,
    residentMib: () => residentMib(server.pid),
    stop: () => stopProcess(server),
  };
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exited;
}

async function untilAnswers(ask: () => Promise<boolean>, server: ChildProcess): Promise<void> {
  for (let i = 0; i < MAX_TRIES && server.exitCode === null; i++) {
    if (await ask().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  server.kill();
  process.stderr.write("The server did not start; run `pnpm build` first.\n");
  process.exit(1);
}

function residentMib(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / KIB_PER_MIB;
  } catch {
    return Number.NaN;
  }
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SynapClient } from "@hivellm/synap-client";
import { createClient } from "redis";

/** A key-value store in a process of its own, and one connection to it. */
export interface Peer {
  readonly name: string;
  /** What an acknowledged write has survived, as this peer is run here. */
  readonly durability: string;
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  close(): Promise<void>;
}

const SERVER = fileURLToPath(new URL("../../server/dist/bin.js", import.meta.url));
const MAX_TRIES = 200;

/** This repository's server, through the SDK's MessagePack socket. */
export async function startSynap(): Promise<Peer> {
  const port = await freePort();
  const server = spawn(process.execPath, [SERVER, "--port", String(port), "--host", "127.0.0.1"], {
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(async () => (await fetch(`${url}/health`)).ok, server);
  const client = new SynapClient({ url, transport: "websocket", format: "msgpack" });
  return {
    name: "Synap",
    durability: "memory (no journal yet)",
    get: (key) => client.kv.get(key),
    set: (key, value) => client.kv.set(key, value),
    async close() {
      await client.close();
      await stop(server);
    },
  };
}

/** redis-server through node-redis, or null where it is not installed. */
export async function startRedis(): Promise<Peer | null> {
  if (spawnSync("redis-server", ["--version"]).error !== undefined) return null;
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), "synap-bench-"));
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, "--save", ""];
  const durable = ["--appendonly", "yes", "--appendfsync", "everysec"];
  const server = spawn("redis-server", [...settings, ...durable], { stdio: "ignore" });
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  client.on("error", () => undefined); // reconnects until the server listens
  await client.connect();
  return {
    name: "Redis",
    durability: "appendonly, everysec",
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    async close() {
      client.destroy();
      await stop(server);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
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

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const exited = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await exited;
}

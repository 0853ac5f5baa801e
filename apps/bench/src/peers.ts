import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SynapClient } from "@hivellm/synap-client";
import { createClient } from "redis";
import { freePort, startServerProcess, stopProcess } from "./server-process.ts";

/** A key-value store in a process of its own, and one connection to it. */
export interface Peer {
  readonly name: string;
  /** What an acknowledged write has survived, as this peer is run here. */
  readonly durability: string;
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  close(): Promise<void>;
}

/** This repository's server, through the SDK's MessagePack socket. */
export async function startSynap(): Promise<Peer> {
  const server = await startServerProcess();
  const client = new SynapClient({ url: server.url, transport: "websocket", format: "msgpack" });
  return {
    name: "Synap",
    durability: "memory (no journal yet)",
    get: (key) => client.kv.get(key),
    set: (key, value) => client.kv.set(key, value),
    async close() {
      await client.close();
      await server.stop();
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
      await stopProcess(server);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { RunningProcess } from "./process.ts";

/** The port that the server takes if nobody names one. */
export const DEFAULT_PORT = 15500;

/** A Synap server in a process of its own, as `npm start` runs it. */
export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  /** Ends it and answers its exit code. */
  stop(): Promise<number | null>;
}

/** Starts the built server on a port, a free one if none is named, and waits until it listens. */
export async function startServerProcess(port = 0): Promise<ServerProcess> {
  const args = [serverProgram(), "--port", String(port)];
  const server = new RunningProcess(process.execPath, args, { SYNAP_LOG_LEVEL: "warn" });
  const [, url = "", actualPort] = await server.printed(/(http:\/\/\S+?:(\d+))\s/);
  return { url, port: Number(actualPort), stop: () => server.stop() };
}

/**
 * A free port on which a server can be started again. Systems give ports above 32768 to whoever
 * connects somewhere, so such a one may be taken when the server comes back; this is below.
 */
export async function keepablePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.on("error", () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}

function serverProgram(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve("@hivellm/synap-server/package.json")), "dist/bin.js");
}

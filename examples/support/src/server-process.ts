import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { NodeProcess } from "./process.ts";

/** The port that the server takes if nobody names one. */
export const DEFAULT_PORT = 15500;

/** A Synap server in a process of its own, as `npm start` runs it. */
export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts the built server on a port, a free one if none is named, and waits until it listens. */
export async function startServerProcess(port = 0): Promise<ServerProcess> {
  const server = new NodeProcess([serverProgram(), "--port", String(port)], {
    SYNAP_LOG_LEVEL: "warn",
  });
  const [, url = "", actualPort] = await server.printed(/(http:\/\/\S+?:(\d+))\s/);
  return { url, port: Number(actualPort), stop: () => server.stop() };
}

function serverProgram(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve("@hivellm/synap-server/package.json")), "dist/bin.js");
}

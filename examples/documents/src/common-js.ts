import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { compileFunction } from "node:vm";
import express, { type Express } from "express";

const require = createRequire(import.meta.url);

/** What a document's CommonJS code has made. */
export interface Loaded {
  /** The Express application that it lets listen. */
  readonly app: Express;
  /** The value of the name that was asked for. */
  readonly value: unknown;
}

/**
 * Runs a document's code as a CommonJS module. The prelude is its `require`: the real packages, but
 * for an Express whose applications are handed over when they are told to listen.
 */
export function loadCommonJs(code: string, name = "undefined"): Loaded {
  const apps: Express[] = [];
  const handOver = Object.assign(() => {
    const app = express();
    app.listen = () => {
      apps.push(app);
      return createServer();
    };
    return app;
  }, express);
  const run: unknown = compileFunction(`${code}\nreturn ${name};`, ["require"]);
  if (typeof run !== "function") throw new Error("The document's code is no function.");
  const value: unknown = run((module: string) =>
    module === "express" ? handOver : require(module),
  );
  const [app] = apps;
  if (app === undefined) throw new Error("The document's code let no Express application listen.");
  return { app, value };
}

/** An application that was handed over, on a port of its own or on the one that is named. */
export interface Served {
  readonly port: number;
  stop(): Promise<void>;
}

export async function serve(app: Express, port = 0): Promise<Served> {
  const server = createServer(app).listen(port);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { ServerOptions } from "../../src/options.ts";
import { type SynapServer, startServer } from "../../src/start-server.ts";

const QUIET: ServerOptions = { port: 0, logLevel: "silent", maxMemoryBytes: null };

/** A server for one test, on a free port. */
export async function serverForTest(options: ServerOptions = {}): Promise<SynapServer> {
  const server = await startServer({ ...QUIET, ...options });
  onTestFinished(() => server.close());
  return server;
}

/** A server that all tests of a file share. */
export function sharedServer(options: ServerOptions = {}): () => SynapServer {
  let server: SynapServer | null = null;
  beforeAll(async () => {
    server = await startServer({ ...QUIET, ...options });
  });
  afterAll(() => server?.close());
  return () => {
    if (server === null) throw new TypeError("the server has not started yet");
    return server;
  };
}

/** What came back of a POST; tests know what its body holds. */
export interface PostAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly error: { code: string; details: Record<string, unknown> } } & Record<
    string,
    unknown
  >;
}

/** Sends JSON, and reads whatever comes back. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<PostAnswer> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const read = (await answer.json()) as PostAnswer["body"];
  return { status: answer.status, headers: answer.headers, body: read };
}

/** Reads an answer's body as JSON of a known shape. */
export async function json<T = Record<string, unknown>>(answer: Response): Promise<T> {
  return (await answer.json()) as T;
}

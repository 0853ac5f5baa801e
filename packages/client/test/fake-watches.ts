import type { KvChange, WatchOptions } from "../src/kv/types.ts";
import type { ClientConfig } from "../src/options.ts";
import { fakeCore } from "./fake-platform.ts";
import { FakeServer, type SeenRequest } from "./fake-server.ts";

/** What the tests watch. */
export const PREFIX = "p:";

/** A server with one key-value table, of which a test pushes what it wants to. */
export function fakeWatches(config: ClientConfig = {}) {
  const server = new FakeServer();
  const table = new Map<string, { value: unknown; version: number }>();
  const entry = (key: string) => {
    const known = table.get(key);
    return known
      ? { found: true, ...known, ttl: null }
      : { found: false, value: null, ttl: null, version: 0 };
  };
  const answers: Record<string, (request: SeenRequest) => Record<string, unknown>> = {
    "kv.watch": () => ({ version: 10, reset: true }),
    "kv.unwatch": () => ({ success: true }),
    "kv.scan": () => ({ keys: [...table.keys()], cursor: null, has_more: false }),
    "kv.mget": ({ payload }) => ({ values: (payload.keys as string[]).map(entry) }),
    "kv.get": ({ payload }) => entry(payload.key as string),
  };
  server.answer = (request) => answers[request.name]?.(request) ?? null;
  const { core, clock } = fakeCore({
    transport: "websocket",
    WebSocket: server.WebSocket,
    ...config,
  });
  const named = (name: string) => server.requests.filter((request) => request.name === name);
  const watch = async (options: WatchOptions = {}) => {
    const told: unknown[] = [];
    const subscription = await core.kv.watch(
      PREFIX,
      (change: KvChange) => told.push([change.op, change.key, change.version]),
      {
        onSynced: ({ version }) => told.push(["synced", version]),
        onReset: () => told.push(["reset"]),
        ...options,
      },
    );
    return { told, subscription };
  };
  const put = (key: string, version: number, value: unknown = key) => {
    server.socket.push("watch", { prefix: PREFIX, op: "put", key, value, version });
  };
  const remove = (op: "delete" | "expire", key: string, version: number) => {
    server.socket.push("watch", { prefix: PREFIX, op, key, version });
  };
  const synced = (version: number) => {
    server.socket.push("synced", { prefix: PREFIX, version });
  };
  return { server, core, clock, table, named, watch, put, remove, synced, answers };
}

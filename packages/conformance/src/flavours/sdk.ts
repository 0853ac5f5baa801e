import type { SynapClient } from "@hivellm/synap-client";
import { SynapClient as Client } from "@hivellm/synap-client";
import { createMockClient } from "@hivellm/synap-testing";
import type { Fields, Flavour, Party, Push } from "../types.ts";
import { startWorld } from "./server.ts";

/** The mock client: the SDK over an engine in memory. One mock is one party and one engine. */
export const mockFlavour: Flavour = {
  name: "mock client",
  capabilities: ["session"],
  async start(limits) {
    const mock = createMockClient({ limits });
    return {
      join: async () => sdkParty(mock.connect()),
      advance: (ms) => mock.clock.advance(ms),
      stop: () => mock.close(),
    };
  },
};

/** The SDK against a real server. */
export function sdkFlavour(transport: "websocket" | "http", format: "json" | "msgpack"): Flavour {
  return {
    name: `SDK over ${transport}, ${format}`,
    // Over http a watch opens a socket of its own, but a key cannot be bound to it.
    capabilities: transport === "websocket" ? ["session"] : [],
    start: (limits) =>
      startWorld(limits, async ({ url }) => sdkParty(new Client({ url, transport, format }))),
  };
}

function sdkParty(client: SynapClient): Party {
  const pushes: Push[] = [];
  return {
    pushes,
    call: (name, payload = {}) => callSdk(client, pushes, name, payload),
    close: () => client.close(),
  };
}

type SdkCall = (client: SynapClient, payload: never, pushes: Push[]) => Promise<unknown>;

const watches = new WeakMap<SynapClient, Map<string, { unsubscribe(): Promise<void> }>>();

/** Each command as its SDK method; answers are brought back into the wire's shape. */
const sdkCalls: Record<string, SdkCall> = {
  "kv.set": ({ kv }, { key, value, ...options }: { key: string; value: unknown }) =>
    kv.set(key, value, camelKeys(options)),
  "kv.get": ({ kv }, { key }: { key: string }) => kv.get(key),
  "kv.del": async ({ kv }, { keys, ...options }: { keys: string[] }) => ({
    deleted: await kv.del(keys, options),
  }),
  "kv.exists": async ({ kv }, { keys }: { keys: string[] }) => ({ count: await kv.exists(keys) }),
  "kv.incr": async ({ kv }, { key, amount, ...options }: { key: string; amount?: number }) => ({
    value: await kv.incr(key, amount, camelKeys(options)),
  }),
  "kv.decr": async ({ kv }, { key, amount, ...options }: { key: string; amount?: number }) => ({
    value: await kv.decr(key, amount, camelKeys(options)),
  }),
  "kv.expire": async ({ kv }, { key, ...options }: { key: string }) => ({
    success: (await kv.expire(key, camelKeys(options) as { ttl: number })) ?? true,
  }),
  "kv.persist": async ({ kv }, { key }: { key: string }) => ({ success: await kv.persist(key) }),
  "kv.ttl": async ({ kv }, { key }: { key: string }) => snakeKeys(await kv.ttl(key)),
  "kv.mset": ({ kv }, { entries, ...options }: { entries: Fields[] }) =>
    kv.mset(entries.map(camelKeys) as unknown as { key: string; value: unknown }[], options),
  "kv.mget": async ({ kv }, { keys }: { keys: string[] }) => ({ values: await kv.mget(keys) }),
  "kv.scan": async ({ kv }, request: Fields) => snakeKeys(await kv.scan(request)),
  "kv.stats": async ({ kv }) => snakeKeys(await kv.stats()),
  "kv.watch": async (client, { prefix }: { prefix: string }, pushes) => {
    const subscription = await client.kv.watch(
      prefix,
      (change) => {
        pushes.push({ type: "watch", fields: { prefix, ...change } });
      },
      { onSynced: ({ version }) => pushes.push({ type: "synced", fields: { prefix, version } }) },
    );
    const mine = watches.get(client) ?? new Map();
    watches.set(client, mine.set(prefix, subscription));
    return {};
  },
  "kv.unwatch": async (client, { prefix }: { prefix: string }) => {
    const subscription = watches.get(client)?.get(prefix);
    await subscription?.unsubscribe();
    return { success: subscription !== undefined };
  },
  batch: async (client, { commands }: { commands: never[] }) => ({
    results: await client.batch(commands),
  }),
};

async function callSdk(
  client: SynapClient,
  pushes: Push[],
  name: string,
  payload: Fields,
): Promise<Fields> {
  const call = sdkCalls[name] as SdkCall;
  return (await call(client, payload as never, pushes)) as Fields;
}

function camelKeys(fields: object): Fields {
  return mapKeys(fields, (name) => name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase()));
}

function snakeKeys(fields: object): Fields {
  return mapKeys(fields, (name) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`));
}

function mapKeys(fields: object, rename: (name: string) => string): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [rename(name), value]));
}

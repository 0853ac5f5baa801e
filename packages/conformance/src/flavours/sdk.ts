import { SynapClient } from "@hivellm/synap-client";
import { createMockClient } from "@hivellm/synap-testing";
import type { Fields, Flavour, Party, Push } from "../types.ts";
import { hearGaps, messagingCalls, type SdkCall, type SdkParty } from "./sdk-messaging.ts";
import { camelKeys, snakeKeys } from "./sdk-names.ts";
import { startWorld } from "./server.ts";

/** The mock client: the SDK over an engine in memory. One mock is one party and one engine. */
export const mockFlavour: Flavour = {
  name: "mock client",
  capabilities: ["session", "pushes"],
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
    // Over http a subscription opens a socket of its own, but a key cannot be bound to it.
    capabilities: transport === "websocket" ? ["session", "pushes"] : ["pushes"],
    start: (limits) =>
      startWorld(limits, async ({ url }) => sdkParty(new SynapClient({ url, transport, format }))),
  };
}

function sdkParty(client: SynapClient): Party {
  const pushes: Push[] = [];
  hearGaps(client, pushes);
  const party = { client, pushes, subscriptions: new Map(), inHand: new Map() };
  return {
    pushes,
    call: (name, payload = {}, signal) => callSdk(party, name, payload, signal),
    close: () => client.close(),
  };
}

/** Each command as its SDK method; answers are brought back into the wire's shape. */
const sdkCalls: Record<string, SdkCall> = {
  "kv.set": ({ client: { kv } }, { key, value, ...options }: { key: string; value: unknown }) =>
    kv.set(key, value, camelKeys(options)),
  "kv.get": ({ client: { kv } }, { key }: { key: string }) => kv.get(key),
  "kv.del": async ({ client: { kv } }, { keys, ...options }: { keys: string[] }) => ({
    deleted: await kv.del(keys, options),
  }),
  "kv.exists": async ({ client: { kv } }, { keys }: { keys: string[] }) => ({
    count: await kv.exists(keys),
  }),
  "kv.incr": async (
    { client: { kv } },
    { key, amount, ...options }: { key: string; amount?: number },
  ) => ({
    value: await kv.incr(key, amount, camelKeys(options)),
  }),
  "kv.decr": async (
    { client: { kv } },
    { key, amount, ...options }: { key: string; amount?: number },
  ) => ({
    value: await kv.decr(key, amount, camelKeys(options)),
  }),
  "kv.expire": async ({ client: { kv } }, { key, ...options }: { key: string }) => ({
    success: (await kv.expire(key, camelKeys(options) as { ttl: number })) ?? true,
  }),
  "kv.persist": async ({ client: { kv } }, { key }: { key: string }) => ({
    success: await kv.persist(key),
  }),
  "kv.ttl": async ({ client: { kv } }, { key }: { key: string }) => snakeKeys(await kv.ttl(key)),
  "kv.mset": ({ client: { kv } }, { entries, ...options }: { entries: Fields[] }) =>
    kv.mset(entries.map(camelKeys) as unknown as { key: string; value: unknown }[], options),
  "kv.mget": async ({ client: { kv } }, { keys }: { keys: string[] }) => ({
    values: await kv.mget(keys),
  }),
  "kv.scan": async ({ client: { kv } }, request: Fields) => snakeKeys(await kv.scan(request)),
  "kv.stats": async ({ client: { kv } }) => snakeKeys(await kv.stats()),
  "kv.watch": async ({ client, pushes, subscriptions }, { prefix }: { prefix: string }) => {
    const subscription = await client.kv.watch(
      prefix,
      (change) => {
        pushes.push({ type: "watch", fields: { prefix, ...change } });
      },
      { onSynced: ({ version }) => pushes.push({ type: "synced", fields: { prefix, version } }) },
    );
    subscriptions.set(`prefix ${prefix}`, subscription);
    return {};
  },
  "kv.unwatch": async ({ subscriptions }, { prefix }: { prefix: string }) => {
    const subscription = subscriptions.get(`prefix ${prefix}`);
    await subscription?.unsubscribe();
    return { success: subscription !== undefined };
  },
  ...messagingCalls,
  batch: async ({ client }, { commands }: { commands: never[] }) => ({
    results: await client.batch(commands),
  }),
};

async function callSdk(
  party: SdkParty,
  name: string,
  payload: Fields,
  signal: AbortSignal | undefined,
): Promise<Fields> {
  const call = sdkCalls[name] as SdkCall;
  return (await call(party, payload as never, signal)) as Fields;
}

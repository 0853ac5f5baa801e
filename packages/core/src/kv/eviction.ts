import { SynapError } from "@hivellm/synap-protocol";
import type { Limits } from "../limits.ts";
import type { MemoryAccount } from "../memory-account.ts";
import { type Handle, NONE } from "../tables/handle.ts";
import type { KvEffect } from "./kv-effects.ts";
import type { KvState } from "./kv-state.ts";
import { entryBytes } from "./kv-table.ts";

/** Rounds of samples that may meet nothing but spared keys before there is no victim. */
const MAX_ROUNDS = 8;

/**
 * Decides what must go so that `growth` more bytes fit. Samples keys, never walks them. Keys that
 * are bound to a session, and those in `spared`, are never victims.
 */
export function makeRoom(
  state: KvState,
  memory: MemoryAccount,
  growth: number,
  limits: Limits,
  random: () => number,
  spared: ReadonlySet<string>,
): KvEffect[] | SynapError {
  const max = limits.maxMemoryBytes;
  let missing = growth <= 0 ? 0 : memory.missingFor(growth);
  if (max === null || missing <= 0) return NOTHING;
  if (limits.evictionPolicy === "noeviction") return outOfMemory(max);
  const victims = new Set<string>();
  while (missing > 0) {
    if (victims.size >= limits.maxEvictionsPerCommand) return outOfMemory(max);
    const victim = pickVictim(state, limits, random, (key) => victims.has(key) || spared.has(key));
    if (victim === NONE) return outOfMemory(max);
    const key = state.table.keyOf(victim);
    victims.add(key);
    missing -= entryBytes(key, state.table.valueOf(victim).length);
  }
  return [...victims].map((key) => ({
    type: "kv.delete",
    key,
    reason: "evicted",
    volatile: false,
  }));
}

const NOTHING: KvEffect[] = [];

function outOfMemory(max: number): SynapError {
  return new SynapError(
    "OUT_OF_MEMORY",
    `The memory limit of ${max} bytes is reached. Delete keys, set ttls, raise --max-memory or choose an --eviction-policy.`,
    { details: { max_memory_bytes: max } },
  );
}

function pickVictim(
  state: KvState,
  limits: Limits,
  random: () => number,
  spared: (key: string) => boolean,
): Handle {
  const { table, expiry, index } = state;
  const lru = limits.evictionPolicy === "allkeys-lru";
  const rank = lru ? table.access : table.expires;
  let best: Handle = NONE;
  for (let round = 0; best === NONE && round < MAX_ROUNDS; round++) {
    for (let i = 0; i < limits.evictionSamples; i++) {
      const handle = lru ? index.sample(random) : expiry.sample(random);
      if (handle === NONE) return NONE;
      const key = table.keyOf(handle);
      if (spared(key) || state.ownerOf(key) !== null) continue;
      if (best === NONE || rank.get(handle) < rank.get(best)) best = handle;
    }
  }
  return best;
}

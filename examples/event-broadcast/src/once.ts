import type { SynapClient } from "@hivellm/synap-client";

/** How long the mark of what was done is kept: longer than an event can take to come again. */
const REMEMBER_SECONDS = 86_400;

/** How long a claim holds whose owner died at work. */
const CLAIM_SECONDS = 5;

/**
 * Does something once, however often it is asked to, and by however many programs: makes a handler
 * idempotent. Answers false if it had been done before.
 *
 * `nx` lets one caller claim the key. While somebody else does the work this throws, so that the
 * caller asks again later: they may yet die at it. Work that fails gives the claim back.
 */
export async function once(
  kv: SynapClient["kv"],
  key: string,
  work: () => Promise<void> | void,
): Promise<boolean> {
  const claim = await kv.set(key, "claimed", { nx: true, ttl: CLAIM_SECONDS });
  if (!claim.success) {
    if ((await kv.get(key)).value === "done") return false;
    throw new Error(`${key} is being processed`);
  }
  try {
    await work();
  } catch (error) {
    await kv.del(key);
    throw error;
  }
  await kv.set(key, "done", REMEMBER_SECONDS);
  return true;
}

import type { TaggedValue } from "@hivellm/synap-protocol";

/** Why a key went. */
export type DeleteReason = "deleted" | "expired" | "evicted" | "session-ended" | "rebound";

/**
 * What a kv command changes. Everything that time, chance or configuration decided is in it:
 * applying an effect decides nothing. The effects of one command share its seq.
 */
export type KvEffect =
  | {
      readonly type: "kv.put";
      readonly key: string;
      readonly value: TaggedValue;
      /** Wall-clock milliseconds; 0 never. */
      readonly expires: number;
      /** The session that the key is bound to. Such effects never reach the journal. */
      readonly session: string | null;
    }
  | {
      readonly type: "kv.delete";
      readonly key: string;
      readonly reason: DeleteReason;
      /** The key was bound to a session, so its end is not journaled either. */
      readonly volatile: boolean;
    }
  | {
      /** A new time to live; the value and its version stay. */
      readonly type: "kv.expiry";
      readonly key: string;
      readonly expires: number;
      readonly volatile: boolean;
    };

/** Whether an effect is about something that ends with its session, and so is not journaled. */
export function isVolatile(effect: KvEffect): boolean {
  return effect.type === "kv.put" ? effect.session !== null : effect.volatile;
}

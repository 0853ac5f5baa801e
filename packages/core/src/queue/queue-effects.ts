import type { TaggedValue } from "@hivellm/synap-protocol";

/** Texts by name, such as headers. */
export type Texts = Readonly<Record<string, string>>;

/** What a queue was told, or the defaults. */
export interface QueueSettings {
  readonly maxDepth: number;
  readonly ackDeadlineMs: number;
  readonly maxRetries: number;
  /** Before the first retry; doubled for each one after it, up to `backoffMaxMs`. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly dedupWindowMs: number;
  /** Time to live of messages that name none; null is for ever. */
  readonly ttlMs: number | null;
  readonly exclusive: boolean;
}

/** A message as it enters a queue. */
export interface NewMessage {
  readonly value: TaggedValue;
  readonly headers: Texts | null;
  readonly priority: number;
  readonly maxRetries: number;
  /** Wall-clock milliseconds before which it is not delivered; 0 at once. */
  readonly visibleAt: number;
  /** Wall-clock milliseconds; 0 never. */
  readonly expires: number;
  readonly dedup: { readonly id: string; readonly until: number } | null;
}

/** Why a message became a dead letter. */
export type DeadReason = "max_retries" | "deadline" | "rejected";

/** Why a delivery ended without an acknowledgement. */
export type ReturnCause = "nack" | "deadline" | "released";

/**
 * What a queue command changes. Times, ids and what was chosen by time or configuration are in it.
 * Ids and places are numbers of the one sequence: a record takes one for each that it gives out.
 */
export type QueueEffect =
  | {
      readonly type: "queue.create";
      readonly queue: string;
      readonly settings: QueueSettings;
      /** It came about by being used: the first `queue.create` decides its settings. */
      readonly auto: boolean;
    }
  | { readonly type: "queue.configure"; readonly queue: string; readonly settings: QueueSettings }
  | { readonly type: "queue.delete"; readonly queue: string }
  | {
      readonly type: "queue.publish";
      readonly queue: string;
      /** The id of the first message; the others follow. */
      readonly firstId: number;
      readonly timeMs: number;
      readonly messages: readonly NewMessage[];
    }
  | {
      readonly type: "queue.deliver";
      readonly queue: string;
      readonly ids: readonly number[];
      /** Wall-clock milliseconds. */
      readonly deadline: number;
      /** The session that holds it, so that it returns when that ends; null over HTTP. */
      readonly session: string | null;
      readonly consumer: string | null;
    }
  | {
      readonly type: "queue.extend";
      readonly queue: string;
      readonly id: number;
      readonly deadline: number;
    }
  | { readonly type: "queue.ack"; readonly queue: string; readonly ids: readonly number[] }
  | {
      readonly type: "queue.return";
      readonly queue: string;
      readonly ids: readonly number[];
      readonly cause: ReturnCause;
      readonly visibleAt: number;
    }
  | {
      readonly type: "queue.bury";
      readonly queue: string;
      readonly ids: readonly number[];
      readonly cause: ReturnCause;
      readonly reason: DeadReason;
      readonly error: string | null;
      readonly timeMs: number;
      /** The place of the first among the dead letters; the others follow. */
      readonly firstOrder: number;
    }
  | { readonly type: "queue.expire"; readonly queue: string; readonly ids: readonly number[] }
  | { readonly type: "queue.purge"; readonly queue: string }
  | {
      readonly type: "queue.redrive";
      readonly queue: string;
      readonly ids: readonly number[];
      /** The place of the first in its queue; the others follow. */
      readonly firstOrder: number;
    }
  | { readonly type: "queue.bind"; readonly queue: string; readonly pattern: string }
  | { readonly type: "queue.unbind"; readonly queue: string; readonly pattern: string };

import type { RequestOf } from "@hivellm/synap-protocol/schema";
import type { Limits } from "../limits.ts";
import type { QueueSettings } from "./queue-effects.ts";

const DEFAULT_ACK_DEADLINE_MS = 30_000;
const DEFAULT_MAX_RETRIES = 3;
const DEFAULT_BACKOFF_MAX_MS = 3_600_000;
const DEFAULT_DEDUP_WINDOW_MS = 300_000;

/** A queue's settings, the defaults where nothing was said. */
export function settingsOf(
  request: Omit<RequestOf<"queue.create">, "queue">,
  limits: Limits,
): QueueSettings {
  return {
    maxDepth: request.max_depth ?? limits.queueMaxDepth,
    ackDeadlineMs: millis(request.ack_deadline_secs) ?? DEFAULT_ACK_DEADLINE_MS,
    maxRetries: request.default_max_retries ?? DEFAULT_MAX_RETRIES,
    backoffMs: millis(request.retry_backoff_secs) ?? 0,
    backoffMaxMs: millis(request.retry_backoff_max_secs) ?? DEFAULT_BACKOFF_MAX_MS,
    dedupWindowMs: millis(request.dedup_window_secs) ?? DEFAULT_DEDUP_WINDOW_MS,
    ttlMs: millis(request.default_ttl_secs) ?? null,
    exclusive: request.exclusive ?? false,
  };
}

/** The names, as a request spells them, of what differs. */
export function differingSettings(one: QueueSettings, other: QueueSettings): string[] {
  return (Object.keys(WIRE_NAMES) as (keyof QueueSettings)[])
    .filter((name) => one[name] !== other[name])
    .map((name) => WIRE_NAMES[name]);
}

const WIRE_NAMES: Readonly<Record<keyof QueueSettings, string>> = {
  maxDepth: "max_depth",
  ackDeadlineMs: "ack_deadline_secs",
  maxRetries: "default_max_retries",
  backoffMs: "retry_backoff_secs",
  backoffMaxMs: "retry_backoff_max_secs",
  dedupWindowMs: "dedup_window_secs",
  ttlMs: "default_ttl_secs",
  exclusive: "exclusive",
};

/** How long a message that has failed `retries` times before waits for its next delivery. */
export function backoffMs(settings: QueueSettings, retries: number): number {
  const doubled = settings.backoffMs * 2 ** Math.min(retries, 40);
  return Math.min(doubled, Math.max(settings.backoffMaxMs, settings.backoffMs));
}

/** Seconds as whole milliseconds, at least one where there are any. */
export function millis(seconds: number): number;
export function millis(seconds: number | undefined): number | undefined;
export function millis(seconds: number | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  return seconds === 0 ? 0 : Math.max(1, Math.round(seconds * 1000));
}

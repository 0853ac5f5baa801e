import type { KvEffect } from "../kv/kv-effects.ts";
import { isVolatile as isVolatileKv } from "../kv/kv-effects.ts";
import type { RoomEffect } from "../log/room-effects.ts";
import type { PubsubEffect } from "../pubsub/pubsub-effects.ts";
import type { QueueEffect } from "../queue/queue-effects.ts";

/** What engines change. Each engine adds its effects here. */
export type Effect = KvEffect | QueueEffect | RoomEffect | PubsubEffect;

export function isKvEffect(effect: Effect): effect is KvEffect {
  return effect.type.startsWith("kv.");
}

export function isQueueEffect(effect: Effect): effect is QueueEffect {
  return effect.type.startsWith("queue.");
}

export function isRoomEffect(effect: Effect): effect is RoomEffect {
  return effect.type.startsWith("stream.");
}

/** Whether an effect is about something that ends with the process anyway, and so is not journaled. */
export function isVolatile(effect: Effect): boolean {
  return isKvEffect(effect) ? isVolatileKv(effect) : effect.type === "pubsub.message";
}

/** How many numbers of the sequence a record takes: its seq, and each id or place in it. */
export function seqsOf(effects: readonly Effect[], seq: number): number {
  let last = seq;
  for (const effect of effects) last = Math.max(last, lastSeqOf(effect));
  return last - seq + 1;
}

function lastSeqOf(effect: Effect): number {
  switch (effect.type) {
    case "queue.publish":
      return effect.firstId + effect.messages.length - 1;
    case "queue.bury":
    case "queue.redrive":
      return effect.firstOrder + effect.ids.length - 1;
    default:
      return 0;
  }
}

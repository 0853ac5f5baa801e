import type { ServerPush } from "@hivellm/synap-protocol";
import type { PubsubEffect } from "./pubsub-effects.ts";

/** What an object of this kind takes beside its texts and bytes, roughly. */
const PUSH_BYTES = 400;

/** A message on its way to many: one object, so that it is encoded once. It lives for a turn. */
export interface SharedPush {
  readonly push: ServerPush;
  readonly seq: number;
  readonly bytes: number;
  /** The copy for those who cannot take it in this turn. */
  kept: KeptPush | null;
}

/** A message that waits in buffers, shared by all of them. */
export interface KeptPush {
  readonly push: ServerPush;
  readonly seq: number;
  readonly bytes: number;
  /** In how many buffers it waits. */
  holders: number;
}

/** The push of a message: one for plain subscribers, another one for each group. */
export function sharedPush(message: PubsubEffect, seq: number, group?: string): SharedPush {
  const fields = {
    topic: message.topic,
    message: message.message,
    message_id: String(seq),
    timestamp: message.timeMs,
    metadata: message.metadata ?? undefined,
    group,
  };
  const push: ServerPush = { kind: "push", type: "message", fields };
  return { push, seq, bytes: messageBytes(message), kept: null };
}

/** What waits is a copy: a view would hold on to the whole frame that the message came in. */
export function keptPush(shared: SharedPush): KeptPush {
  if (shared.kept !== null) return shared.kept;
  const { push, seq, bytes } = shared;
  const message = new Uint8Array(push.fields.message as Uint8Array);
  const copy = { ...push, fields: { ...push.fields, message } };
  shared.kept = { push: copy, seq, bytes, holders: 0 };
  return shared.kept;
}

/** What a message takes in memory, roughly. */
export function messageBytes({
  topic,
  message,
  metadata,
}: Pick<PubsubEffect, "topic" | "message" | "metadata">): number {
  let bytes = PUSH_BYTES + topic.length + message.length;
  for (const name in metadata) bytes += name.length + (metadata[name] as string).length;
  return bytes;
}

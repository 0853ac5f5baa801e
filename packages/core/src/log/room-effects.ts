import type { TaggedValue } from "@hivellm/synap-protocol";

/** Texts by name, such as metadata. */
export type Texts = Readonly<Record<string, string>>;

/** What a room was told to keep; null where nothing was said: the server's default holds. */
export interface RoomSettings {
  readonly maxEvents: number | null;
  readonly maxBytes: number | null;
  readonly maxAgeMs: number | null;
  /** How long a room without events, subscribers and publishes is kept. */
  readonly idleTtlMs: number | null;
}

/** Why events, or a room, went. */
export type TrimReason = "age" | "retention";
export type RemoveReason = "deleted" | "idle";

/**
 * What a room's command changes. What retention decided is in it: `keepFrom` is the oldest offset
 * that is kept after the effect.
 */
export type RoomEffect =
  | {
      readonly type: "stream.create";
      readonly room: string;
      /** Null: it came about by use, and the first `stream.create` decides. */
      readonly settings: RoomSettings | null;
      readonly timeMs: number;
    }
  | { readonly type: "stream.configure"; readonly room: string; readonly settings: RoomSettings }
  | {
      readonly type: "stream.append";
      readonly room: string;
      readonly offset: number;
      readonly eventType: string;
      readonly data: TaggedValue;
      readonly metadata: Texts | null;
      readonly timeMs: number;
      readonly keepFrom: number;
    }
  | {
      readonly type: "stream.trim";
      readonly room: string;
      readonly keepFrom: number;
      readonly reason: TrimReason;
    }
  | { readonly type: "stream.remove"; readonly room: string; readonly reason: RemoveReason };

/** The effects of one type. */
export type RoomEffectOf<Type extends RoomEffect["type"]> = Extract<RoomEffect, { type: Type }>;

/** What backend, page and console agree on: names, and what travels. */
import type { StreamEvent } from "@hivellm/synap-client";

/** Ids of rooms and users: they become parts of names, so what names are made with is not in them. */
const ID = /^[\w-]{1,64}$/;

export function isId(value: unknown): value is string {
  return typeof value === "string" && ID.test(value);
}

/** The room in which the events of a chat room are. */
export function roomName(roomId: string): string {
  return `chat-${roomId}`;
}

/** The room of two people, whichever of them asks. */
export function privateRoomName(oneUser: string, otherUser: string): string {
  return `dm-${[oneUser, otherUser].sort().join(":")}`;
}

/** Says that a user is in a room, for as long as the key lives. */
export function memberKey(roomId: string, userId: string): string {
  return `room:${roomId}:user:${userId}`;
}

/** A user's status, for as long as they are there. */
export function statusKey(userId: string): string {
  return `user:${userId}:status`;
}

/** Where it is told that somebody types in a room. */
export function typingTopic(roomId: string): string {
  return `chat.${roomId}.typing`;
}

/** Where a user is told of private messages. */
export function privateTopic(userId: string): string {
  return `chat.${userId}.private`;
}

export interface User {
  readonly userId: string;
  readonly username: string;
}

/** Who is in a room, and since when. */
export interface Member extends User {
  readonly joinedAt: number;
}

export interface Status {
  readonly status: "online" | "away";
  readonly lastSeen: number;
}

/** Who is in a room, as the list of users shows it. */
export interface Presence extends Member {
  readonly status: Status["status"] | "offline";
}

/** The events of a chat room, by their type. */
export interface RoomEvents {
  join: User & { readonly timestamp: number };
  leave: User & { readonly timestamp: number };
  message: User & { readonly text: string; readonly timestamp: number };
  reaction: {
    /** The offset of the message that it is about. */
    readonly messageOffset: number;
    readonly userId: string;
    readonly reaction: string;
  };
}

/** An event of a chat room; its type says what its data is. */
export type RoomEvent = {
  [T in keyof RoomEvents]: StreamEvent<RoomEvents[T]> & { readonly eventType: T };
}[keyof RoomEvents];

/** A message of two people's room. */
export interface PrivateMessage {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly timestamp: number;
}

/** Somebody types, or has stopped; told in passing, and kept nowhere. */
export interface Typing extends User {
  readonly isTyping: boolean;
}

/** Tells somebody that there is a private message, and of whom. */
export interface PrivateNotice {
  readonly from: User;
}

import type { Subscription, SynapClient } from "@hivellm/synap-client";
import { type Member, memberKey, type RoomEvent, type RoomEvents, roomName } from "../room.ts";

/** What somebody said, as it is shown. */
export type ChatMessage = Pick<RoomEvents["message"], "username" | "text" | "timestamp">;

/** What is done about what happens in the room. */
export interface ChatListener {
  onMessage?(message: ChatMessage): void;
  /** Somebody came or went. */
  onSystemMessage?(text: string): void;
}

/** One person in one chat room at a time, without a browser and without a backend. */
export class ChatClient {
  readonly #synap: SynapClient;
  readonly #listener: ChatListener;
  #current: { roomId: string; userId: string; subscription: Subscription } | undefined;

  constructor(synap: SynapClient, listener: ChatListener = {}) {
    this.#synap = synap;
    this.#listener = listener;
  }

  /** Enters a room: shows its last fifty events, then whatever happens, and tells the others. */
  async joinRoom(roomId: string, userId: string, username: string): Promise<void> {
    await this.leaveRoom(username);
    const room = roomName(roomId);
    const show = (event: RoomEvent) => showEvent(event, this.#listener);

    const history = await this.#synap.stream.history(room, { fromOffset: -50, limit: 50 });
    for (const event of history.events) show(event as RoomEvent);
    // From where the history ends: what happens between the two calls is not missed.
    const subscription = await this.#synap.stream.subscribe(
      room,
      (event) => show(event as RoomEvent),
      { fromOffset: history.nextOffset },
    );
    this.#current = { roomId, userId, subscription };

    // Bound to this client's session: when the program ends, however it ends, it is in no list.
    const member: Member = { userId, username, joinedAt: Date.now() };
    await this.#synap.kv.set(memberKey(roomId, userId), member, { session: true });
    await this.#publish(roomId, "join", { userId, username, timestamp: Date.now() });
  }

  async sendMessage(username: string, text: string): Promise<void> {
    if (this.#current === undefined) return;
    const { roomId, userId } = this.#current;
    await this.#publish(roomId, "message", { userId, username, text, timestamp: Date.now() });
  }

  async leaveRoom(username: string): Promise<void> {
    if (this.#current === undefined) return;
    const { roomId, userId, subscription } = this.#current;
    this.#current = undefined;
    await subscription.unsubscribe();
    await this.#synap.kv.del(memberKey(roomId, userId));
    await this.#publish(roomId, "leave", { userId, username, timestamp: Date.now() });
  }

  async #publish<T extends keyof RoomEvents>(
    roomId: string,
    type: T,
    data: RoomEvents[T],
  ): Promise<void> {
    await this.#synap.stream.publish(roomName(roomId), type, data);
  }
}

function showEvent(event: RoomEvent, { onMessage, onSystemMessage }: ChatListener): void {
  switch (event.eventType) {
    case "message":
      return onMessage?.(event.data);
    case "join":
      return onSystemMessage?.(`${event.data.username} joined the room`);
    case "leave":
      return onSystemMessage?.(`${event.data.username} left the room`);
    case "reaction":
      return; // A terminal has no place for them beside their message.
  }
}

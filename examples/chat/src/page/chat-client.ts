import type { Subscription, SynapClient } from "@hivellm/synap-client";
import {
  type Presence,
  type PrivateMessage,
  type PrivateNotice,
  privateRoomName,
  privateTopic,
  type RoomEvent,
  roomName,
  type Typing,
  typingTopic,
  type User,
} from "../room.ts";

/** What a chat shows, and where. */
export interface ChatView {
  showEvent(event: RoomEvent): void;
  showTyping(typing: Typing): void;
  showUsers(users: readonly Presence[]): void;
  showPrivateMessage(peer: User, message: PrivateMessage): void;
}

interface Joined {
  readonly history: RoomEvent[];
  readonly nextOffset: number;
}

/** One person in one room. Acts through the backend, follows straight from Synap. */
export class ChatClient {
  readonly #synap: SynapClient;
  readonly #view: ChatView;
  readonly #user: User;
  readonly #roomId: string;
  readonly #subscriptions: Subscription[] = [];
  readonly #peers = new Set<string>();
  #isIn = false;

  constructor(synap: SynapClient, view: ChatView, roomId: string, user: User) {
    this.#synap = synap;
    this.#view = view;
    this.#roomId = roomId;
    this.#user = user;
  }

  async joinRoom(): Promise<void> {
    const { history, nextOffset }: Joined = await this.#post(this.#path("join"));
    this.#isIn = true;
    for (const event of history) this.#view.showEvent(event);

    const { stream, pubsub } = this.#synap;
    this.#subscriptions.push(
      // From where the history ends: nothing is missed between the two, and nothing shown twice.
      await stream.subscribe(roomName(this.#roomId), (event) => this.#onEvent(event as RoomEvent), {
        fromOffset: nextOffset,
      }),
      await pubsub.subscribe<Typing>(typingTopic(this.#roomId), (_, typing) => {
        if (typing.userId !== this.#user.userId) this.#view.showTyping(typing);
      }),
      await pubsub.subscribe<PrivateNotice>(privateTopic(this.#user.userId), (_, { from }) =>
        this.openPrivate(from),
      ),
    );
    await this.#refreshUsers();
  }

  async sendMessage(text: string): Promise<void> {
    await this.#post(this.#path("messages"), { text });
  }

  async react(messageOffset: number, reaction: string): Promise<void> {
    await this.#post(this.#path("reactions"), { messageOffset, reaction });
  }

  async setTyping(isTyping: boolean): Promise<void> {
    await this.#post(this.#path("typing"), { isTyping });
  }

  /** Says that the page is still there, and whether somebody looks at it. */
  async setAway(away: boolean): Promise<void> {
    // A page that is left is hidden a moment later, and must not come back by saying so.
    if (!this.#isIn) return;
    await this.#post(this.#path("heartbeat"), { away });
    await this.#refreshUsers();
  }

  /** Shows what was and is said between two people; a second time it has nothing to do. */
  async openPrivate(peer: User): Promise<void> {
    if (this.#peers.has(peer.userId)) return;
    this.#peers.add(peer.userId);
    const subscription = await this.#synap.stream.subscribe<PrivateMessage>(
      privateRoomName(this.#user.userId, peer.userId),
      ({ data }) => this.#view.showPrivateMessage(peer, data),
      { fromOffset: -50 },
    );
    this.#subscriptions.push(subscription);
  }

  async sendPrivateMessage(peer: User, text: string): Promise<void> {
    await this.#post(`/api/users/${peer.userId}/messages`, { text });
  }

  async leaveRoom(): Promise<void> {
    this.#isIn = false;
    for (const subscription of this.#subscriptions.splice(0)) await subscription.unsubscribe();
    this.#peers.clear();
    await this.#post(this.#path("leave"));
  }

  /** Leaves when the page goes: a browser still sends this, but waits for no answer. */
  leaveForGood(): void {
    if (!this.#isIn) return;
    this.#isIn = false;
    const body = new Blob([JSON.stringify(this.#user)], { type: "application/json" });
    navigator.sendBeacon(this.#path("leave"), body);
  }

  async #onEvent(event: RoomEvent): Promise<void> {
    this.#view.showEvent(event);
    if (event.eventType === "join" || event.eventType === "leave") await this.#refreshUsers();
  }

  async #refreshUsers(): Promise<void> {
    const response = await fetch(this.#path("users"));
    const { users }: { users: Presence[] } = await response.json();
    this.#view.showUsers(users);
  }

  #path(what: string): string {
    return `/api/rooms/${this.#roomId}/${what}`;
  }

  async #post<T>(path: string, body: object = {}): Promise<T> {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...this.#user, ...body }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  }
}

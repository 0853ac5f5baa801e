import type { Presence, PrivateMessage, RoomEvent, RoomEvents, Typing, User } from "../room.ts";
import type { ChatView } from "./chat-client.ts";
import { element, show, take } from "./dom.ts";

const REACTIONS = ["👍", "❤️", "😂"];

/** Somebody of whom no more is heard has stopped typing. */
const TYPING_MS = 5_000;

/** What a person does on the page, beside what its forms are for. */
export interface Actions {
  react(messageOffset: number, reaction: string): void;
  openPrivate(peer: User): void;
  sendPrivateMessage(peer: User, text: string): void;
}

/** The page as people see it. */
export class View implements ChatView {
  readonly #me: User;
  readonly #actions: Actions;
  readonly #messages = element("messages", HTMLDivElement);
  readonly #users = element("users", HTMLUListElement);
  readonly #typing = element("typing", HTMLParagraphElement);
  readonly #privates = element("privates", HTMLDivElement);
  /** Who reacted how, by the message's offset and the reaction. */
  readonly #reactions = new Map<string, Set<string>>();
  readonly #typists = new Map<string, { username: string; until: ReturnType<typeof setTimeout> }>();

  constructor(me: User, actions: Actions) {
    this.#me = me;
    this.#actions = actions;
  }

  showEvent(event: RoomEvent): void {
    switch (event.eventType) {
      case "message":
        return this.#showMessage(event.offset, event.data);
      case "join":
        return this.#append(
          show("div", "system-message", `${event.data.username} joined the room`),
        );
      case "leave":
        return this.#append(show("div", "system-message", `${event.data.username} left the room`));
      case "reaction":
        return this.#showReaction(event.data);
    }
  }

  showTyping({ userId, username, isTyping }: Typing): void {
    clearTimeout(this.#typists.get(userId)?.until);
    this.#typists.delete(userId);
    if (isTyping) {
      const stop = () => this.showTyping({ userId, username, isTyping: false });
      this.#typists.set(userId, { username, until: setTimeout(stop, TYPING_MS) });
    }
    const names = [...this.#typists.values()].map(({ username }) => username);
    const verb = names.length === 1 ? "is" : "are";
    this.#typing.textContent = names.length > 0 ? `${names.join(", ")} ${verb} typing…` : "";
  }

  showUsers(users: readonly Presence[]): void {
    this.#users.replaceChildren(...users.map((user) => this.#userItem(user)));
  }

  showPrivateMessage(peer: User, { from, text, timestamp }: PrivateMessage): void {
    const messages = this.openPrivate(peer);
    const name = from === this.#me.userId ? this.#me.username : peer.username;
    messages.append(messageOf(name, text, timestamp));
    messages.scrollTop = messages.scrollHeight;
  }

  /** The conversation with somebody; it is opened if it is not there yet. */
  openPrivate(peer: User): HTMLElement {
    const id = `private-${peer.userId}`;
    const open = document.getElementById(id);
    if (open !== null) return open;

    const messages = show("div", "messages");
    messages.id = id;
    const input = show("input", "");
    input.placeholder = `To ${peer.username} only`;
    const form = show("form", "");
    form.append(input);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = take(input);
      if (text !== "") this.#actions.sendPrivateMessage(peer, text);
    });
    const box = show("section", "private");
    box.append(show("h2", "", `You and ${peer.username}`), messages, form);
    this.#privates.append(box);
    return messages;
  }

  #showMessage(offset: number, { username, text, timestamp }: RoomEvents["message"]): void {
    const message = messageOf(username, text, timestamp);
    message.dataset.offset = String(offset);
    for (const reaction of REACTIONS) {
      const button = show("button", "reaction", reaction);
      button.type = "button";
      button.dataset.reaction = reaction;
      button.addEventListener("click", () => this.#actions.react(offset, reaction));
      message.append(button);
    }
    this.#append(message);
  }

  #showReaction({ messageOffset, userId, reaction }: RoomEvents["reaction"]): void {
    const key = `${messageOffset} ${reaction}`;
    const people = this.#reactions.get(key) ?? new Set();
    this.#reactions.set(key, people.add(userId));
    const message = this.#messages.querySelector(`[data-offset="${Number(messageOffset)}"]`);
    const button = message?.querySelector(`[data-reaction="${CSS.escape(reaction)}"]`);
    if (button) button.textContent = `${reaction} ${people.size}`;
  }

  #userItem({ userId, username, status }: Presence): HTMLElement {
    const item = show("li", status);
    if (userId === this.#me.userId) {
      item.textContent = `${username} (you)`;
      return item;
    }
    const button = show("button", "user", username);
    button.type = "button";
    button.title = `Write to ${username}`;
    button.addEventListener("click", () => this.#actions.openPrivate({ userId, username }));
    item.append(button);
    return item;
  }

  #append(line: HTMLElement): void {
    this.#messages.append(line);
    this.#messages.scrollTop = this.#messages.scrollHeight;
  }
}

function messageOf(username: string, text: string, timestamp: number): HTMLElement {
  const message = show("div", "message");
  message.append(
    show("span", "username", username),
    show("span", "text", text),
    show("span", "time", new Date(timestamp).toLocaleTimeString()),
  );
  return message;
}

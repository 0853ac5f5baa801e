/** The page's program. `?room=` and `?user=` name a room and a user, else it is a guest in "general". */
import { SynapClient } from "@hivellm/synap-client";
import type { ChatMessage } from "../chat-message.ts";

/** Where Synap is; written in when the page is bundled. */
declare const SYNAP_URL: string;

const query = new URLSearchParams(location.search);
const roomId = query.get("room") ?? "general";
const userId = query.get("user") ?? `user-${Math.random().toString(36).slice(2, 11)}`;

const messages = element("messages", HTMLDivElement);
const input = element("message-input", HTMLInputElement);
const status = element("status", HTMLParagraphElement);
element("room-name", HTMLSpanElement).textContent = roomId;
document.title = `Synap Chat: ${roomId}`;

const client = new SynapClient(SYNAP_URL);
client.on("connected", () => say(`You are ${userId}.`));
client.on("disconnected", () => say("The connection is lost. Trying again…"));
client.on("error", (error) => console.warn(error.message));

element("form", HTMLFormElement).addEventListener("submit", async (event) => {
  event.preventDefault();
  const message = input.value;
  if (message === "") return;
  input.value = "";
  try {
    await sendMessage(message);
  } catch {
    say("That could not be sent.");
    input.value = message;
  }
});

// The last fifty messages, then each new one: nothing is missed between the two, nothing comes twice.
await client.stream.subscribe<ChatMessage>(roomId, ({ data }) => displayMessage(data), {
  fromOffset: -50,
});

async function sendMessage(message: string): Promise<void> {
  const response = await fetch(`/rooms/${encodeURIComponent(roomId)}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ userId, message }),
  });
  if (!response.ok) throw new Error(`The backend answered ${response.status}`);
}

function displayMessage({ userId, message }: ChatMessage): void {
  const div = document.createElement("div");
  div.className = "message";
  // Text, never HTML: whatever somebody types is shown, not run.
  div.textContent = `[${userId}]: ${message}`;
  messages.append(div);
  messages.scrollTop = messages.scrollHeight;
}

function say(text: string): void {
  status.textContent = text;
}

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} #${id}`);
  return found;
}

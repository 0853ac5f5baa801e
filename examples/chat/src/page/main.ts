/** The page's program: connects the page's forms with the chat. */
import { SynapClient } from "@hivellm/synap-client";
import { isId, type User } from "../room.ts";
import { ChatClient } from "./chat-client.ts";
import { element, take } from "./dom.ts";
import { View } from "./view.ts";

/** Where Synap is; written in when the page is bundled. */
declare const SYNAP_URL: string;

/** How often the page says that it is still there: well within what its presence lasts. */
const HEARTBEAT_MS = 60_000;

/** How often others hear that somebody types, at most. */
const TYPING_EVERY_MS = 2_000;

const joinForm = element("join", HTMLFormElement);
const roomInput = element("room-input", HTMLInputElement);
const nameInput = element("name-input", HTMLInputElement);
const chatSection = element("chat", HTMLElement);
const messageForm = element("message-form", HTMLFormElement);
const messageInput = element("message-input", HTMLInputElement);
const status = element("status", HTMLParagraphElement);

const synap = new SynapClient(SYNAP_URL);
synap.on("disconnected", () => say("The connection is lost. Trying again…"));
synap.on("connected", () => say(""));
synap.on("error", (error) => console.warn(error.message));

// Each window is a person of its own, also after it is loaded again.
const userId = sessionStorage.getItem("userId") ?? `user-${Math.random().toString(36).slice(2)}`;
sessionStorage.setItem("userId", userId);
nameInput.value = sessionStorage.getItem("username") ?? "";
roomInput.value = new URLSearchParams(location.search).get("room") ?? "general";

joinForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const roomId = roomInput.value;
  const username = nameInput.value.trim();
  if (username === "") return say("What is your name?");
  if (!isId(roomId)) return say("A room is named by letters, digits, _ and -.");
  sessionStorage.setItem("username", username);
  joinForm.hidden = true;
  attempt(enter(roomId, { userId, username }));
});

async function enter(roomId: string, user: User): Promise<void> {
  const view = new View(user, {
    react: (offset, reaction) => attempt(chat.react(offset, reaction)),
    openPrivate: (peer) => {
      view.openPrivate(peer);
      attempt(chat.openPrivate(peer));
    },
    sendPrivateMessage: (peer, text) => attempt(chat.sendPrivateMessage(peer, text)),
  });
  const chat = new ChatClient(synap, view, roomId, user);
  element("room-name", HTMLSpanElement).textContent = roomId;
  document.title = `${roomId} – Synap Chat`;
  chatSection.hidden = false;
  await chat.joinRoom();

  let toldTypingAt = 0;
  messageInput.addEventListener("input", () => {
    if (Date.now() - toldTypingAt < TYPING_EVERY_MS) return;
    toldTypingAt = Date.now();
    attempt(chat.setTyping(true));
  });
  messageForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = take(messageInput);
    if (text === "") return;
    toldTypingAt = 0;
    attempt(Promise.all([chat.sendMessage(text), chat.setTyping(false)]));
  });
  const tellPresence = () => attempt(chat.setAway(document.hidden));
  setInterval(tellPresence, HEARTBEAT_MS);
  document.addEventListener("visibilitychange", tellPresence);
  const leave = async () => {
    await chat.leaveRoom();
    location.reload();
  };
  element("leave-btn", HTMLButtonElement).addEventListener("click", () => attempt(leave()));
  window.addEventListener("pagehide", () => chat.leaveForGood());
  messageInput.focus();
}

function say(text: string): void {
  status.textContent = text;
}

/** What fails is told to the person in front of the page. */
function attempt(work: Promise<unknown>): void {
  work.catch((error: unknown) => say(error instanceof Error ? error.message : String(error)));
}

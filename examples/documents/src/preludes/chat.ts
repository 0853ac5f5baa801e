/** What the chat sample's snippets use and leave to their reader. */
import { SynapClient } from "@hivellm/synap-client";

export let synap: SynapClient;

/** Has the snippets talk to a server. */
export function connect(url: string): void {
  synap = new SynapClient(url);
}

export const roomId = "general";
export const userId = "user-123";

/** What the snippets show of who types. */
export const typists: [username: string, isTyping: boolean][] = [];

export function updateTypingIndicator(username: string, isTyping: boolean): void {
  typists.push([username, isTyping]);
}

/** What the snippets do again and again: here when a check says so. */
export const repeated: { readonly run: () => Promise<void>; readonly everyMs: number }[] = [];

export function setInterval(run: () => Promise<void>, everyMs: number): void {
  repeated.push({ run, everyMs });
}

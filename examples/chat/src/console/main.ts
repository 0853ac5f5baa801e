/**
 * A chat in a terminal, in the rooms that the page shows. Each line that you type is a message;
 * Ctrl-D or Ctrl-C leaves.
 *
 *   npm run console -- [room] [name]     with a server at SYNAP_URL, or on port 15500 of this machine
 */
import { createInterface } from "node:readline";
import { SynapClient } from "@hivellm/synap-client";
import { ChatClient } from "./chat-client.ts";

const [roomId = "general", username = "Alice"] = process.argv.slice(2);
const userId = `console-${process.pid}`;

await using synap = new SynapClient({ url: process.env.SYNAP_URL });
synap.on("error", (error) => console.error(error.message));
const chat = new ChatClient(synap, {
  onMessage: ({ username, text, timestamp }) => {
    print(`[${new Date(timestamp).toLocaleTimeString()}] ${username}: ${text}`);
  },
  onSystemMessage: (text) => print(`* ${text}`),
});
await chat.joinRoom(roomId, userId, username);

const lines = createInterface({ input: process.stdin });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => lines.close());
console.log(`You are ${username} in ${roomId}`);

for await (const line of lines) {
  if (line.trim() !== "") await chat.sendMessage(username, line);
}
await chat.leaveRoom(username);

/** What others wrote is shown, not obeyed: a terminal takes control characters for commands. */
function print(line: string): void {
  console.log(line.replace(/\p{Cc}/gu, ""));
}

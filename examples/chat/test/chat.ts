import { startProgram, startServerProcess } from "@hivellm/synap-example-support";
import type { Presence } from "../src/room.ts";

const BACKEND = new URL("../src/backend/main.ts", import.meta.url);

/** A server and a backend, each in a process of its own. */
export interface Chat {
  /** Where the page is. */
  readonly site: string;
  /** Where Synap is. */
  readonly synap: string;
  send(path: string, body: object): Promise<Response>;
  /** What the backend answers to a POST, which must succeed. */
  post<T>(path: string, body: object): Promise<T>;
  get<T>(path: string): Promise<T>;
  stop(): Promise<void>;
}

export async function startChat(): Promise<Chat> {
  const server = await startServerProcess();
  const backend = startProgram(BACKEND, [], { PORT: "0", SYNAP_URL: server.url });
  const [, site = ""] = await backend.printed(/The chat is at (\S+)\n/);

  const send = (path: string, body: object) => {
    const headers = { "content-type": "application/json" };
    return fetch(site + path, { method: "POST", headers, body: JSON.stringify(body) });
  };
  return {
    site,
    synap: server.url,
    send,
    post: async (path, body) => read(await send(path, body)),
    get: async (path) => read(await fetch(site + path)),
    async stop() {
      const exitCode = await backend.stop();
      await server.stop();
      if (exitCode !== 0) throw new Error(`The backend ended with ${exitCode}`);
    },
  };
}

async function read<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(`${response.url} answered ${await response.text()}`);
  return (await response.json()) as T;
}

/** Who is in a room, as the backend tells it. */
export async function usersIn(chat: Chat, roomId: string): Promise<Presence[]> {
  return (await chat.get<{ users: Presence[] }>(`/api/rooms/${roomId}/users`)).users;
}

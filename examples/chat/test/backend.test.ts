import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RoomEvent } from "../src/room.ts";
import { type Chat, startChat, usersIn } from "./chat.ts";

let chat: Chat;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

const ann = { userId: "ann", username: "Ann" };
const bob = { userId: "bob", username: "Bob" };

interface Joined {
  readonly history: RoomEvent[];
  readonly nextOffset: number;
}

describe("a room", () => {
  test("gives its last fifty events to whoever joins, and where they end", async () => {
    expect(await chat.post("/api/rooms/garden/join", ann)).toMatchObject({
      success: true,
      history: [{ offset: 1, eventType: "join", event_type: "join", data: ann }],
      nextOffset: 2,
    });
    for (let index = 0; index < 50; index++)
      await chat.post("/api/rooms/garden/messages", { ...ann, text: `message ${index}` });

    const joined = await chat.post<Joined>("/api/rooms/garden/join", bob);
    expect(joined.nextOffset).toBe(53);
    expect(joined.history).toHaveLength(50);
    expect(joined.history.at(-2)).toMatchObject({
      offset: 51,
      eventType: "message",
      data: { ...ann, text: "message 49" },
    });
  });

  test("tells where a message is", async () => {
    await chat.post("/api/rooms/numbers/join", ann);
    const sent = await chat.post("/api/rooms/numbers/messages", { ...ann, text: "Hi" });
    expect(sent).toMatchObject({ success: true, offset: 2, eventId: expect.any(String) });
  });

  test("knows who is there, however many they are, and how they are", async () => {
    const people = Array.from({ length: 120 }, (_, index) => ({
      userId: `user-${index}`,
      username: `User ${index}`,
    }));
    await Promise.all(people.map((user) => chat.post("/api/rooms/full/join", user)));
    await chat.post("/api/rooms/full/heartbeat", { ...people[7], away: true });
    await chat.post("/api/rooms/full/leave", people[8] ?? {});

    const users = await usersIn(chat, "full");
    expect(users).toHaveLength(119);
    const user7 = users.find(({ userId }) => userId === "user-7");
    expect(user7).toEqual({ ...people[7], joinedAt: expect.any(Number), status: "away" });
    expect(await usersIn(chat, "full-moon")).toEqual([]);
  });

  test("remembers since when somebody is there", async () => {
    const since = async () => (await usersIn(chat, "calm"))[0]?.joinedAt;
    await chat.post("/api/rooms/calm/join", ann);
    const joinedAt = await since();
    await chat.post("/api/rooms/calm/heartbeat", { ...ann, away: false });
    expect(await since()).toBe(joinedAt);
  });
});

test.each([
  ["a room id that could be another's", "/api/rooms/a.b/join", ann],
  ["a user id that could be two", "/api/rooms/garden/join", { ...ann, userId: "ann:bob" }],
  ["nobody", "/api/rooms/garden/join", {}],
  ["no text", "/api/rooms/garden/messages", ann],
  ["a text that is none", "/api/rooms/garden/messages", { ...ann, text: { $bytes: "" } }],
  ["a reaction to nothing", "/api/rooms/garden/reactions", { ...ann, reaction: "👍" }],
  ["a private message to everybody", "/api/users/%23/messages", { ...ann, text: "Hi" }],
])("%s is refused", async (_, path, body) => {
  const response = await chat.send(path, body);
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ error: expect.any(String) });
});

import { type SynapClient, SynapError } from "@hivellm/synap-client";
import express, { type ErrorRequestHandler, type Express } from "express";
import {
  type Member,
  memberKey,
  type PrivateMessage,
  type PrivateNotice,
  privateRoomName,
  privateTopic,
  type RoomEvents,
  roomName,
  type Status,
  statusKey,
  typingTopic,
  type User,
} from "../room.ts";
import { BadRequest, readFlag, readId, readNumber, readText, readUser } from "./input.ts";
import type { Page } from "./page.ts";
import { usersOf } from "./users.ts";

/** Seconds after which somebody who was not heard of is gone. Pages call every minute. */
const PRESENCE_TTL = 300;

/** The chat's backend: what people do goes through it, what they read comes straight from Synap. */
export function createApp(synap: SynapClient, page: Page): Express {
  const app = express();
  app.use(express.json());

  app.get("/", (_, res) => {
    res.type("html").send(page.html);
  });
  app.get("/chat.js", (_, res) => {
    res.type("js").send(page.script);
  });

  /** Says that somebody is in a room, until they leave or are not heard of for a while. */
  async function keepPresent(roomId: string, user: User, away = false): Promise<void> {
    const key = memberKey(roomId, user.userId);
    const member: Member = { ...user, joinedAt: Date.now() };
    const status: Status = { status: away ? "away" : "online", lastSeen: Date.now() };
    await Promise.all([
      synap.kv.set(key, member, { nx: true, ttl: PRESENCE_TTL }),
      synap.kv.expire(key, PRESENCE_TTL),
      synap.kv.set(statusKey(user.userId), status, PRESENCE_TTL),
    ]);
  }

  function publish<T extends keyof RoomEvents>(roomId: string, type: T, data: RoomEvents[T]) {
    return synap.stream.publish(roomName(roomId), type, data);
  }

  // Create or join a room.
  app.post("/api/rooms/:roomId/join", async (req, res) => {
    const roomId = readId(req.params.roomId, "roomId");
    const user = readUser(req.body);
    await keepPresent(roomId, user);
    await publish(roomId, "join", { ...user, timestamp: Date.now() });
    const { events, nextOffset } = await synap.stream.history(roomName(roomId), {
      fromOffset: -50,
      limit: 50,
    });
    res.json({ success: true, history: events, nextOffset });
  });

  // Send a message.
  app.post("/api/rooms/:roomId/messages", async (req, res) => {
    const roomId = readId(req.params.roomId, "roomId");
    const user = readUser(req.body);
    const text = readText(req.body.text, "text", 4_000);
    const result = await publish(roomId, "message", { ...user, text, timestamp: Date.now() });
    res.json({ success: true, eventId: result.eventId, offset: result.offset });
  });

  // React to a message.
  app.post("/api/rooms/:roomId/reactions", async (req, res) => {
    const roomId = readId(req.params.roomId, "roomId");
    await publish(roomId, "reaction", {
      messageOffset: readNumber(req.body.messageOffset, "messageOffset"),
      userId: readId(req.body.userId, "userId"),
      reaction: readText(req.body.reaction, "reaction", 16),
    });
    res.json({ success: true });
  });

  // Somebody types. Nobody wants to read that in the history, so it is no event of the room.
  app.post("/api/rooms/:roomId/typing", async (req, res) => {
    const roomId = readId(req.params.roomId, "roomId");
    const isTyping = readFlag(req.body.isTyping, "isTyping");
    await synap.pubsub.publish(typingTopic(roomId), { ...readUser(req.body), isTyping });
    res.json({ success: true });
  });

  // Still there: pages call this every minute, and when they are hidden or shown.
  app.post("/api/rooms/:roomId/heartbeat", async (req, res) => {
    const roomId = readId(req.params.roomId, "roomId");
    await keepPresent(roomId, readUser(req.body), readFlag(req.body.away, "away"));
    res.json({ success: true });
  });

  // Leave a room.
  app.post("/api/rooms/:roomId/leave", async (req, res) => {
    const roomId = readId(req.params.roomId, "roomId");
    const user = readUser(req.body);
    await synap.kv.del(memberKey(roomId, user.userId));
    await publish(roomId, "leave", { ...user, timestamp: Date.now() });
    res.json({ success: true });
  });

  // Get active users.
  app.get("/api/rooms/:roomId/users", async (req, res) => {
    const roomId = readId(req.params.roomId, "roomId");
    res.json({ users: await usersOf(synap, roomId) });
  });

  // Send a private message: an event of two people's room, and a word to the one that it is for.
  app.post("/api/users/:userId/messages", async (req, res) => {
    const to = readId(req.params.userId, "userId");
    const from = readUser(req.body);
    const text = readText(req.body.text, "text", 4_000);
    const message: PrivateMessage = { from: from.userId, to, text, timestamp: Date.now() };
    await synap.stream.publish(privateRoomName(from.userId, to), "message", message);
    const notice: PrivateNotice = { from };
    await synap.pubsub.publish(privateTopic(to), notice);
    res.json({ success: true });
  });

  app.use(tellError);
  return app;
}

/** What is wrong with a request, and what Synap refuses, is told; the rest is this program's fault. */
const tellError: ErrorRequestHandler = (error, _req, res, next) => {
  if (error instanceof BadRequest) res.status(400).json({ error: error.message });
  else if (error instanceof SynapError)
    res.status(error.status ?? 503).json({ error: error.message });
  else next(error);
};

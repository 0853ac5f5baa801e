import { type SynapClient, SynapError } from "@hivellm/synap-client";
import express, { type ErrorRequestHandler, type Express } from "express";
import type { ChatMessage } from "./chat-message.ts";

/** What a browser gets: the page, and its program. */
export interface Page {
  readonly html: string;
  readonly script: string;
}

/** The backend: what people write goes through it, what they read comes straight from Synap. */
export function createApp(client: SynapClient, page: Page): Express {
  const app = express();
  app.use(express.json());

  app.get("/", (_, res) => {
    res.type("html").send(page.html);
  });
  app.get("/chat.js", (_, res) => {
    res.type("js").send(page.script);
  });

  // Create a room. Not needed: a room begins with its first message.
  app.post("/rooms/:roomId", async (req, res) => {
    await client.stream.create(req.params.roomId);
    res.json({ success: true });
  });

  // Send a message.
  app.post("/rooms/:roomId/messages", async (req, res) => {
    const { userId, message } = req.body ?? {};
    if (!isText(userId) || !isText(message)) {
      res.status(400).json({ error: "userId and message must be texts" });
      return;
    }
    const data: ChatMessage = { userId, message, timestamp: Date.now() };
    const { offset } = await client.stream.publish(req.params.roomId, "message", data);
    res.json({ success: true, offset });
  });

  // Get the message history, as of an offset; by default the last 50 messages.
  app.get("/rooms/:roomId/history", async (req, res) => {
    const { from = -50, limit = 50 } = req.query;
    const { events } = await client.stream.history<ChatMessage>(req.params.roomId, {
      fromOffset: Number(from),
      limit: Number(limit),
    });
    res.json({ messages: events.map(({ data, offset }) => ({ ...data, offset })) });
  });

  app.use(tellError);
  return app;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** What Synap refuses is told with its own status; the rest is this application's fault. */
const tellError: ErrorRequestHandler = (error, _req, res, next) => {
  if (!(error instanceof SynapError)) return next(error);
  res.status(error.status ?? 503).json({ error: error.message });
};

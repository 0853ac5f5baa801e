/** The auth service: registers users, and tells the others. */
import { randomUUID } from "node:crypto";
import express from "express";
import { EventBroadcaster } from "../event-broadcaster.ts";
import { serve } from "../http.ts";
import { closeOnSignal, connect } from "../program.ts";

const synap = connect();
const broadcaster = new EventBroadcaster("auth-service", synap);

const app = express();
app.use(express.json());
app.post("/api/register", async (req, res) => {
  const email: unknown = req.body?.email;
  if (typeof email !== "string" || !email.includes("@")) {
    res.status(400).json({ error: "email must be an address" });
    return;
  }
  const userId = randomUUID(); // Stands for your database.
  const { offset } = await broadcaster.publishEvent("user.registered", { userId, email });
  console.log(`Event user.registered published at offset ${offset}`);
  res.json({ success: true, userId });
});

const server = await serve(app, 3000);
closeOnSignal(server, synap);
console.log(`Auth service at ${server.url}`);

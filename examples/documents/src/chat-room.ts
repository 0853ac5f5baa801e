/** Tutorial 3: the backend, and the page, which follows a room by a socket of its own. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { once } from "node:events";
import { until } from "@hivellm/synap-example-support";
import { missingForBrowser, People } from "@hivellm/synap-example-support/browser";
import { WebSocket } from "ws";
import { loadCommonJs, type Served, serve } from "./common-js.ts";
import type { Run } from "./run.ts";

interface Message {
  readonly userId: string;
  readonly message: string;
  readonly offset: number;
}

export async function checkChatRoom(run: Run): Promise<void> {
  const { report, ports, code } = run;
  report.section("Tutorial 3, in JavaScript");
  report.note("its page is served by its own backend, as no other site may call that");
  const [backend = ""] = code("javascript", "Tutorial 3");
  const [page = ""] = code("html", "Tutorial 3");
  const loaded = await report.check("its backend starts", () => loadCommonJs(backend));
  if (loaded === undefined) return;
  loaded.app.get("/", (_, res) => {
    res.type("html").send(page);
  });
  const served = await serve(loaded.app, ports.application);
  try {
    const site = siteOf(served);
    await checkBackend(run, site);
    await checkSocket(run, site, page);
    await checkPage(run, site);
  } finally {
    await served.stop();
  }
}

async function checkBackend({ report }: Run, site: string): Promise<void> {
  await report.check("a room that nobody created has no messages", async () => {
    deepEqual(await history(site, "new"), []);
  });
  await report.check("a room is created, also twice", async () => {
    for (let time = 0; time < 2; time++) {
      const response = await fetch(`${site}/rooms/new`, { method: "POST" });
      deepEqual(await response.json(), { success: true });
    }
  });
  await report.check("what is sent is in the history, in its order", async () => {
    const texts = ["Hi", "grüße 💚", '"quoted"', '{"json":"in a message"}', "two\nlines"];
    for (const text of texts) await send(site, "new", text);
    const messages = await history(site, "new");
    deepEqual(
      messages.map(({ message }) => message),
      texts,
    );
    deepEqual(
      messages.map(({ offset }) => offset),
      [1, 2, 3, 4, 5],
    );
  });
  await report.check("history takes an offset and a limit", async () => {
    const messages = await history(site, "new", "?from=2&limit=2");
    deepEqual(
      messages.map(({ offset }) => offset),
      [2, 3],
    );
  });
}

/** The page's socket, by another client: what it gets is what the page would parse. */
async function checkSocket({ report }: Run, site: string, page: string): Promise<void> {
  const address = /new WebSocket\(`(.*)`\)/.exec(page)?.[1];
  ok(address, "The page opens no WebSocket.");
  await report.check("its socket gets what was said, then what is said, each once", async () => {
    await send(site, "followed", "before");
    const url = address.replace(/\$\{roomId\}/, "followed").replace(/\$\{userId\}/, "user-1");
    const socket = new WebSocket(url, { origin: site });
    const frames: string[] = [];
    socket.on("message", (data, isBinary) => frames.push(isBinary ? "binary" : String(data)));
    await received(frames, 1);
    await send(site, "followed", "after");
    await received(frames, 2);
    socket.close();
    await once(socket, "close");

    const messages = frames.map((frame) => JSON.parse(JSON.parse(frame).data) as Message);
    deepEqual(
      messages.map(({ message }) => message),
      ["before", "after"],
    );
  });
}

async function checkPage({ report }: Run, site: string): Promise<void> {
  const missing = missingForBrowser();
  if (missing !== undefined) return report.skip("its page", missing);
  const people = await People.arrive();
  try {
    const enter = () => people.visit(site);
    const [ann, bob] = [await enter(), await enter()];
    const hears = (page: typeof ann, text: string) =>
      page.locator(".message", { hasText: text }).first().waitFor();
    const say = async (page: typeof ann, text: string) => {
      await page.fill("#message-input", text);
      await page.click("button");
    };

    await report.check("on its page two people see each other's messages", async () => {
      await say(ann, "Hello!");
      await hears(bob, ": Hello!");
      await say(bob, "Hi there");
      for (const page of [ann, bob]) await hears(page, ": Hi there");
    });
    await report.check("a third one sees what was said before", async () => {
      const carol = await enter();
      for (const text of [": Hello!", ": Hi there"]) await hears(carol, text);
    });
    report.note("it asks for the history twice, and shows old messages twice");
    await report.check("a message that is HTML is shown, not run", async () => {
      const attack = `<img src=x onerror="attacked=1">`;
      await say(ann, attack);
      await hears(bob, attack);
      equal(await bob.evaluate("globalThis.attacked"), undefined);
      equal(await bob.locator("#messages img").count(), 0);
    });
  } finally {
    await people.leave();
  }
}

function received(frames: readonly string[], count: number): Promise<unknown> {
  return until(
    async () => frames.length >= count,
    () => `${frames.length} frames arrived, not ${count}`,
  );
}

function siteOf({ port }: Served): string {
  return `http://localhost:${port}`;
}

async function send(site: string, room: string, message: string): Promise<void> {
  const response = await fetch(`${site}/rooms/${room}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ userId: "ann", message }),
  });
  deepEqual(await response.json(), { success: true });
}

async function history(site: string, room: string, query = ""): Promise<Message[]> {
  const response = await fetch(`${site}/rooms/${room}/history${query}`);
  return ((await response.json()) as { messages: Message[] }).messages;
}

/** The chat sample's page, in a real browser, on the sample's own backend. */
import { equal } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { until } from "@hivellm/synap-example-support";
import {
  missingForBrowser,
  type Page,
  People,
  shows,
} from "@hivellm/synap-example-support/browser";
import { build } from "esbuild";
import { BLOCKS, writeModule } from "./modules.ts";
import type { Run } from "./run.ts";

/** What the sample's page leaves to its reader: the elements that it looks for. */
const HTML = `<!DOCTYPE html><meta charset="utf-8">
<input id="room-input"><button id="join-btn">Join</button>
<div id="messages"></div>
<input id="message-input"><button id="send-btn">Send</button>
<script type="module" src="/page.js"></script>`;

/** Where the page is put for the sample's backend to serve. */
const PAGE = new URL("chat-page/", BLOCKS);

/** The line that the sample's backend needs to serve its page. */
export const SERVE_PAGE = `app.use(express.static(${JSON.stringify(fileURLToPath(PAGE))}));\n`;

export async function checkChatSamplePage({ report, url, code }: Run, site: string): Promise<void> {
  const [frontend = ""] = code("typescript", "Frontend (TypeScript)");
  await bundle(writeModule("chat-frontend", frontend));
  const missing = missingForBrowser();
  if (missing !== undefined) return report.skip("its page", missing);
  const people = await People.arrive();

  async function enter(room: string, username: string, others: number): Promise<Page> {
    // Its page finds its user in the browser's storage.
    const user = JSON.stringify({ userId: `user-${others}`, username });
    const page = await people.visit(site, (page) =>
      page.addInitScript(`Object.assign(localStorage, ${user})`),
    );
    await page.fill("#room-input", room);
    await page.click("#join-btn");
    // What happens between its history and its subscription is missed, so wait for that.
    await until(
      async () => (await subscribers(url, `chat-${room}`)) === others + 1,
      () => `${username} does not follow the room`,
    );
    return page;
  }

  async function say(page: Page, text: string): Promise<void> {
    await page.fill("#message-input", text);
    await page.click("#send-btn");
  }

  try {
    await report.check("on its page two people see each other's messages", async () => {
      const ann = await enter("page", "Ann", 0);
      const bob = await enter("page", "Robert", 1);
      await shows(ann, ".system-message", ["Ann joined the room", "Robert joined the room"]);
      await say(ann, "Hello!");
      await shows(bob, ".message .text", ["Hello!"]);
      await say(bob, "Hi Ann");
      for (const page of [ann, bob]) await shows(page, ".message .text", ["Hello!", "Hi Ann"]);
    });
    await report.check("a third one sees what was said before", async () => {
      const carol = await enter("page", "Carolina", 2);
      await shows(carol, ".message .text", ["Hello!", "Hi Ann"]);
    });
    await report.check("a name that is HTML runs there, by the page's doing", async () => {
      const ann = await enter("dangerous", "Ann", 0);
      const mallory = await enter("dangerous", "<img src=x onerror='attacked=1'>", 1);
      await say(mallory, "Hi");
      await ann.waitForFunction("globalThis.attacked");
      equal(await ann.locator(".message img").count(), 1);
    });
    report.note("it writes names with innerHTML; examples/chat shows them as text");
  } finally {
    await people.leave();
  }
}

/** Puts the page and its program where the backend looks for them. */
async function bundle(entry: URL): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    format: "esm",
    target: "es2022",
    outfile: fileURLToPath(new URL("page.js", PAGE)),
  });
  writeFileSync(new URL("index.html", PAGE), HTML);
}

async function subscribers(url: string, room: string): Promise<number> {
  const response = await fetch(`${url}/stream/${room}/stats`);
  return ((await response.json()) as { subscribers: number }).subscribers;
}

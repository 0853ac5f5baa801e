import {
  missingForBrowser,
  type Page,
  People,
  shows,
} from "@hivellm/synap-example-support/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Chat, startChat } from "./chat.ts";

const missing = missingForBrowser();
if (missing !== undefined) console.warn(`The page was not driven in a browser: ${missing}`);

// Skipped where there is no browser, which the line above says; `.ci/run` installs one.
describe.skipIf(missing !== undefined)("the page", () => {
  let chat: Chat;
  let people: People;
  beforeAll(async () => {
    chat = await startChat();
    people = await People.arrive();
  });
  afterAll(async () => {
    await people.leave();
    await chat.stop();
  });

  async function enter(room: string, name: string): Promise<Page> {
    const page = await people.visit(`${chat.site}/?room=${room}`);
    await page.fill("#name-input", name);
    await page.click("#join-btn");
    await page.locator("#users li", { hasText: "(you)" }).waitFor();
    return page;
  }

  async function say(page: Page, text: string): Promise<void> {
    await page.fill("#message-input", text);
    await page.click("#send-btn");
  }

  const TEXTS = ".message .text";

  test("two people see each other's messages, a third one the history", async () => {
    const ann = await enter("general", "Ann");
    const bob = await enter("general", "Bob");
    await shows(ann, ".system-message", ["Ann joined the room", "Bob joined the room"]);
    await say(ann, "Hello!");
    await shows(bob, TEXTS, ["Hello!"]);
    await say(bob, "Hi Ann");
    for (const page of [ann, bob]) await shows(page, TEXTS, ["Hello!", "Hi Ann"]);
    await shows(ann, ".username", ["Ann", "Bob"]);

    const carol = await enter("general", "Carol");
    await shows(carol, TEXTS, ["Hello!", "Hi Ann"]);
    await say(carol, "Am I late?");
    for (const page of [ann, bob, carol])
      await shows(page, TEXTS, ["Hello!", "Hi Ann", "Am I late?"]);
    expect(people.problems).toEqual([]);
  });

  test("it tells who is there, who types, and who left", async () => {
    const ann = await enter("presence", "Ann");
    const bob = await enter("presence", "Bob");
    await ann.locator("#users li.online", { hasText: "Bob" }).waitFor();

    await bob.locator("#message-input").pressSequentially("Hm");
    await shows(ann, "#typing", ["Bob is typing…"]);
    await bob.click("#send-btn");
    await shows(ann, "#typing", [""]);
    await shows(ann, TEXTS, ["Hm"]);

    await bob.click("#leave-btn");
    await shows(ann, "#users li", ["Ann (you)"]);
    const cem = await enter("presence", "Cem");
    await ann.locator("#users li", { hasText: "Cem" }).waitFor();
    await cem.goto("about:blank");
    await shows(ann, "#users li", ["Ann (you)"]);
    expect((await ann.locator(".system-message").allTextContents()).slice(-2)).toEqual([
      "Cem joined the room",
      "Cem left the room",
    ]);
  });

  test("reactions count people, also for whoever comes later", async () => {
    const ann = await enter("reactions", "Ann");
    const bob = await enter("reactions", "Bob");
    await say(ann, "I made tea");
    const thumb = `[data-reaction="👍"]`;
    for (const page of [ann, bob, bob]) await page.click(thumb);
    await shows(ann, thumb, ["👍 2"]);
    const carol = await enter("reactions", "Carol");
    await shows(carol, thumb, ["👍 2"]);
  });

  test("private messages reach one person, and nobody else", async () => {
    const ann = await enter("private", "Ann");
    const bob = await enter("private", "Bob");
    const carol = await enter("private", "Carol");
    await ann.click(`[title="Write to Bob"]`);
    await ann.fill(".private input", "Just between us");
    await ann.press(".private input", "Enter");
    await shows(bob, ".private h2", ["You and Ann"]);
    await shows(bob, ".private .text", ["Just between us"]);
    await bob.fill(".private input", "Sure");
    await bob.press(".private input", "Enter");
    for (const page of [ann, bob]) await shows(page, ".private .text", ["Just between us", "Sure"]);

    await say(ann, "To all");
    await shows(carol, TEXTS, ["To all"]);
    await shows(carol, ".private", []);
  });

  test("what people call themselves and write is shown, not run", async () => {
    const attack = `<img src=x onerror="attacked=1"><script>attacked=1</script>`;
    const mallory = await enter("dangerous", attack);
    const ann = await enter("dangerous", "Ann");
    await say(mallory, attack);
    await mallory.locator("#message-input").pressSequentially("…");
    await shows(ann, "#typing", [`${attack} is typing…`]);
    await shows(ann, ".username", [attack]);
    await shows(ann, ".text", [attack]);
    await mallory.click(`[title="Write to Ann"]`);
    await mallory.fill(".private input", attack);
    await mallory.press(".private input", "Enter");
    await shows(ann, ".private h2", [`You and ${attack}`]);
    await shows(ann, ".private .text", [attack]);
    for (const page of [mallory, ann]) {
      expect(await page.locator("#chat img, #chat script").count()).toBe(0);
      expect(await page.evaluate("globalThis.attacked")).toBeUndefined();
    }
  });
});

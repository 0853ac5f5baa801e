import {
  keepablePort,
  type RunningProcess,
  type ServerProcess,
  startProgram,
  startServerProcess,
} from "@hivellm/synap-example-support";
import {
  missingForBrowser,
  type Page,
  People,
  shows,
} from "@hivellm/synap-example-support/browser";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

const MAIN = new URL("../src/main.ts", import.meta.url);

async function startBackend(synapUrl: string): Promise<[backend: RunningProcess, site: string]> {
  const backend = startProgram(MAIN, [], { PORT: "0", SYNAP_URL: synapUrl });
  const [, site = ""] = await backend.printed(/The chat is at (\S+)\n/);
  return [backend, site];
}

async function stop(process: { stop(): Promise<unknown> }): Promise<void> {
  await process.stop();
}

let server: ServerProcess;
let backend: RunningProcess;
let site: string;
beforeAll(async () => {
  server = await startServerProcess();
  [backend, site] = await startBackend(server.url);
});
afterAll(async () => {
  expect(await backend.stop()).toBe(0);
  await server.stop();
});

describe("the backend", () => {
  const history = async (room: string, query = "") =>
    (await fetch(`${site}/rooms/${room}/history${query}`)).json();

  function send(room: string, body: object): Promise<Response> {
    const headers = { "content-type": "application/json" };
    const url = `${site}/rooms/${room}/messages`;
    return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  }

  test("a room that nobody created has no messages, and takes some", async () => {
    expect(await history("new")).toEqual({ messages: [] });
    expect((await send("new", { userId: "ann", message: "Hi" })).status).toBe(200);
    expect(await history("new")).toMatchObject({
      messages: [{ userId: "ann", message: "Hi", offset: 1 }],
    });
  });

  test("a room is created once, as often as one likes", async () => {
    for (let time = 0; time < 2; time++) {
      const response = await fetch(`${site}/rooms/created`, { method: "POST" });
      expect(await response.json()).toEqual({ success: true });
    }
  });

  test("history is the end of it, or as of an offset", async () => {
    for (let index = 1; index <= 60; index++)
      await send("long", { userId: "ann", message: `${index}` });
    const offsets = async (query: string) => {
      const { messages } = (await history("long", query)) as { messages: { offset: number }[] };
      return messages.map(({ offset }) => offset);
    };
    expect(await offsets("")).toEqual(Array.from({ length: 50 }, (_, index) => index + 11));
    expect(await offsets("?from=5&limit=3")).toEqual([5, 6, 7]);
  });

  test.each([
    ["no text", "ok", { userId: "ann", message: 7 }],
    ["nothing", "ok", {}],
    ["a room without a name that can be one", "a%01b", { userId: "ann", message: "Hi" }],
  ])("%s is refused", async (_, room, body) => {
    expect((await send(room, body)).status).toBe(400);
  });
});

const missing = missingForBrowser();
if (missing !== undefined) console.warn(`The page was not driven in a browser: ${missing}`);

// Skipped where there is no browser, which the line above says; `.ci/run` installs one.
describe.skipIf(missing !== undefined)("the page", () => {
  let people: People;
  beforeAll(async () => {
    people = await People.arrive();
  });
  afterAll(() => people.leave());

  async function enter(room: string, user: string, at = site): Promise<Page> {
    const page = await people.visit(`${at}/?${new URLSearchParams({ room, user })}`);
    await shows(page, "#status", [`You are ${user}.`]);
    return page;
  }

  async function say(page: Page, message: string): Promise<void> {
    await page.fill("#message-input", message);
    await page.press("#message-input", "Enter");
  }

  test("two people see each other's messages, a third one the history", async () => {
    const ann = await enter("general", "ann");
    const bob = await enter("general", "bob");
    await say(ann, "Hello!");
    await shows(bob, ".message", ["[ann]: Hello!"]);
    await say(bob, "Hi Ann");
    const both = ["[ann]: Hello!", "[bob]: Hi Ann"];
    await shows(ann, ".message", both);
    await shows(bob, ".message", both);

    const carol = await enter("general", "carol");
    await shows(carol, ".message", both);
    await say(carol, "Am I late?");
    for (const page of [ann, bob, carol])
      await shows(page, ".message", [...both, "[carol]: Am I late?"]);
    expect(people.problems).toEqual([]);
  });

  test.each(["another", "a/b c", "grüße 💚", "50%41"])("the room %j is one apart", async (room) => {
    const ann = await enter(room, "ann");
    await shows(ann, "#room-name", [room]);
    await say(ann, "Anybody here?");
    await shows(ann, ".message", ["[ann]: Anybody here?"]);
  });

  test("what people call themselves and write is shown, not run", async () => {
    const attack = `<img src="x" onerror="window.attacked = true"><script>attacked = true</script>`;
    const mallory = await enter("dangerous", attack);
    await say(mallory, attack);
    const ann = await enter("dangerous", "ann");
    await shows(ann, ".message", [`[${attack}]: ${attack}`]);
    for (const page of [mallory, ann]) {
      expect(await page.locator("#messages img, #messages script").count()).toBe(0);
      expect(await page.evaluate("window.attacked")).toBeUndefined();
    }
  });

  test("it goes on when Synap was away", async () => {
    const port = await keepablePort();
    const before = await startServerProcess(port);
    onTestFinished(() => stop(before));
    const [ownBackend, at] = await startBackend(before.url);
    onTestFinished(() => stop(ownBackend));
    const ann = await enter("general", "ann", at);
    const bob = await enter("general", "bob", at);
    await before.stop();
    await shows(ann, "#status", ["The connection is lost. Trying again…"]);

    const after = await startServerProcess(port);
    onTestFinished(() => stop(after));
    await shows(ann, "#status", ["You are ann."]);
    await shows(bob, "#status", ["You are bob."]);
    await say(bob, "Still there?");
    await shows(ann, ".message", ["[bob]: Still there?"]);
  });
});

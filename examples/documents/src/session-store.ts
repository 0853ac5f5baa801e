/** Tutorial 4: the sessions of a real Express application, in the store that the document shows. */
import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import { Visitor } from "@hivellm/synap-example-support";
import express, { type Express } from "express";
import type {} from "express-session";
import { loadCommonJs, serve } from "./common-js.ts";
import type { Report } from "./report.ts";
import type { Run } from "./run.ts";
import { AWKWARD_TEXTS } from "./values.ts";

/** The methods that express-session calls. */
interface DocumentStore {
  get(sid: string, callback: (error: unknown, session?: unknown) => void): void;
  set(sid: string, session: object, callback: (error: unknown) => void): void;
  destroy(sid: string, callback: (error: unknown) => void): void;
}

interface Loaded {
  readonly app: Express;
  readonly Store: new (url: string) => DocumentStore;
}

export async function checkSessionStore({ report, url, code }: Run): Promise<void> {
  report.section("Tutorial 4, in JavaScript");
  report.note(
    "with two edits, without which express-session cannot use the class whatever the server does:",
  );
  report.note(
    "the store extends session.Store, and its constructor calls super(). node-fetch is version 2.",
  );
  const [store = ""] = code("javascript", "Tutorial 4");
  const loaded = await report.check("its Express application starts", () => load(store));
  if (loaded === undefined) return;
  const { app, Store } = loaded;
  addRoutes(app);
  const served = await serve(app);
  try {
    await checkApplication(`http://localhost:${served.port}/`, report);
    await checkStore(new Store(url), url, report);
  } finally {
    await served.stop();
  }
}

async function checkApplication(site: string, report: Report): Promise<void> {
  const ann = new Visitor();
  const bob = new Visitor();
  await report.check("views are counted over a cookie", async () => {
    for (const views of [1, 2, 3]) equal(await ann.visit(site), `Views: ${views}`);
  });
  await report.check("each visitor has a session of their own", async () => {
    equal(await bob.visit(site), "Views: 1");
    equal(await ann.visit(site), "Views: 4");
  });
  for (const [name, text] of Object.entries(AWKWARD_TEXTS)) {
    await report.check(`a session holds ${name}`, async () => {
      const body = JSON.stringify({ text, nested: [{ text: text.slice(0, 50) }] });
      const headers = { "content-type": "application/json" };
      await ann.visit(`${site}kept`, { method: "PUT", body, headers });
      deepEqual(JSON.parse(await ann.visit(`${site}kept`)), JSON.parse(body));
    });
  }
  await report.check("the views are still there beside it", async () => {
    equal(await ann.visit(site), "Views: 5");
  });
  await report.check("destroy ends one session, not the other", async () => {
    await ann.visit(`${site}session`, { method: "DELETE" });
    equal(await ann.visit(site), "Views: 1");
    equal(await bob.visit(site), "Views: 2");
  });
}

/** Ids of express-session are plain; those of an application's own `genid` need not be. */
async function checkStore(store: DocumentStore, url: string, report: Report): Promise<void> {
  const sessionOf = (sid: string) => ({ sid, text: AWKWARD_TEXTS.quotes });
  const read = (sid: string) => call((done) => store.get(sid, done));

  for (const sid of ["a/b", "two words", "zoë 💚"]) {
    await report.check(`the store itself, with the id ${JSON.stringify(sid)}`, async () => {
      equal(await read(sid), null);
      await call((done) => store.set(sid, sessionOf(sid), done));
      deepEqual(await read(sid), sessionOf(sid));
      await call((done) => store.destroy(sid, done));
      equal(await read(sid), null);
    });
  }
  for (const sid of ["50%", "50%41"]) {
    await report.check(`the id "${sid}" is not found again, by the client's doing`, async () => {
      await call((done) => store.set(sid, sessionOf(sid), done));
      equal(await stored(url, `session:${sid}`), JSON.stringify(sessionOf(sid)));
      notDeepEqual(await read(sid), sessionOf(sid));
    });
  }
  report.note(
    "the document's code writes ids into URLs as they are, and its fetch leaves a `%` alone",
  );
}

/** The value of a key, asked for in a body, where no client rewrites it. */
async function stored(url: string, key: string): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/command`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ command: "kv.get", payload: { key } }),
  });
  const { payload } = (await response.json()) as { payload: { value: unknown } };
  return payload.value;
}

function load(code: string): Loaded {
  const { edited, className } = edit(code);
  const { app, value } = loadCommonJs(edited, className);
  return { app, Store: value as Loaded["Store"] };
}

/** The two edits that the document's code needs. Each must fit exactly once. */
function edit(code: string): { edited: string; className: string } {
  const [, className] = /^class (\w+) \{$/m.exec(code) ?? [];
  ok(className, "The document's code has no class without a base.");
  const extended = replaceOnce(code, /^class \w+ (?=\{$)/gm, "$&extends session.Store ");
  return { edited: replaceOnce(extended, /constructor\(.*\) \{$/gm, "$& super();"), className };
}

function replaceOnce(text: string, pattern: RegExp, replacement: string): string {
  equal(text.match(pattern)?.length, 1, `${pattern} must fit once in the document's code.`);
  return text.replace(pattern, replacement);
}

/** What a session may hold, as the driver's own routes use it. */
declare module "express-session" {
  interface SessionData {
    kept: unknown;
  }
}

/** The document's application only counts; these routes let a visitor keep a value and leave. */
function addRoutes(app: Express): void {
  app.put("/kept", express.json({ limit: "4mb" }), (req, res) => {
    req.session.kept = req.body;
    res.sendStatus(204);
  });
  app.get("/kept", (req, res) => {
    res.json(req.session.kept);
  });
  app.delete("/session", (req, res, next) => {
    req.session.destroy((error: unknown) => (error ? next(error) : res.sendStatus(204)));
  });
}

/** Turns a call with a callback into a promise. */
function call(start: (done: (error: unknown, result?: unknown) => void) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result)));
  });
}

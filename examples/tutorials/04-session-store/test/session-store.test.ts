import { SynapClient } from "@hivellm/synap-client";
import { createMockClient } from "@hivellm/synap-client/testing";
import {
  type RunningProcess,
  type ServerProcess,
  startProgram,
  startServerProcess,
  Visitor,
} from "@hivellm/synap-example-support";
import { Cookie, type SessionData } from "express-session";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SynapStore } from "../src/synap-store.ts";

const MAIN = new URL("../src/main.ts", import.meta.url);

describe("the application, in a process of its own", () => {
  let server: ServerProcess;
  const running: RunningProcess[] = [];
  beforeAll(async () => {
    server = await startServerProcess();
  });
  afterAll(async () => {
    for (const program of running) await program.stop();
    await server.stop();
  });

  async function startApp(): Promise<{ site: string; stop(): Promise<number | null> }> {
    const program = startProgram(MAIN, [], { PORT: "0", SYNAP_URL: server.url });
    running.push(program);
    const [, site = ""] = await program.printed(/listens on (\S+)\n/);
    return { site, stop: () => program.stop() };
  }

  test("counts the views of each visitor, over a restart, until they log out", async () => {
    const first = await startApp();
    const ann = new Visitor();
    const bob = new Visitor();
    expect(await ann.visit(first.site)).toBe("Views: 1");
    expect(await ann.visit(first.site)).toBe("Views: 2");
    expect(await bob.visit(first.site)).toBe("Views: 1");
    expect(await first.stop()).toBe(0);

    const { site } = await startApp();
    expect(await ann.visit(site)).toBe("Views: 3");
    await ann.visit(`${site}/logout`, { method: "POST" });
    expect(await ann.visit(site)).toBe("Views: 1");
    expect(await bob.visit(site)).toBe("Views: 2");
  });

  test("gives every note back as it was", async () => {
    const { site } = await startApp();
    const ann = new Visitor();
    const notes = ['"quoted"', "grüße 💚", "two\nlines", '{"json":"in a string"}', "x".repeat(1e6)];
    for (const note of notes) {
      const headers = { "content-type": "text/plain" };
      await ann.visit(`${site}/note`, { method: "PUT", body: note, headers });
      expect(await ann.visit(`${site}/note`)).toBe(note);
    }
  });

  test("takes session ids that are awkward in a URL", async () => {
    await using client = new SynapClient(server.url);
    const store = new SynapStore(client);
    for (const sid of ["a/b", "50%", "50%41", "a b", "zoë 💚", "../x"]) {
      await call((done) => store.set(sid, sessionOf({ note: sid }), done));
      const found = await call<SessionData | null>((done) => store.get(sid, done));
      expect(found?.note).toBe(sid);
      await call((done) => store.destroy(sid, done));
      expect(await call((done) => store.get(sid, done))).toBeNull();
    }
  });
});

test("a session lives as long as its cookie, from the last request on", async () => {
  await using client = createMockClient();
  const store = new SynapStore(client);
  await call((done) => store.set("s", sessionOf({ views: 1 }), done));
  await client.clock.advance(59_000);
  await call((done) => store.touch("s", sessionOf({ views: 1 }), done));
  await client.clock.advance(59_000);
  expect(await call((done) => store.get("s", done))).toMatchObject({ views: 1 });

  await client.clock.advance(1_000);
  expect(await call((done) => store.get("s", done))).toBeNull();
  await call((done) => store.touch("s", sessionOf({ views: 1 }), done));
  expect(await call((done) => store.get("s", done))).toBeNull();
});

test("a server that fails is an error of the request", async () => {
  await using client = createMockClient();
  client.kv.get.mockRejectedValueOnce(new Error("no server"));
  const store = new SynapStore(client);
  await expect(call((done) => store.get("s", done))).rejects.toThrow("no server");
});

function sessionOf(fields: Partial<SessionData>): SessionData {
  const cookie = new Cookie();
  cookie.maxAge = 60_000;
  return { views: 0, note: "", ...fields, cookie };
}

function call<T>(
  start: (done: (error: unknown, result?: T) => void) => void,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result)));
  });
}

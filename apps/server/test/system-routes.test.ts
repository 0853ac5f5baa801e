import { describe, expect, it } from "vitest";
import { VERSION } from "../src/version.ts";
import { json, sharedServer } from "./support/test-server.ts";

const server = sharedServer();
const read = async (path: string) => json(await fetch(server().url + path));

describe("the server about itself", () => {
  it("says that it is alive and ready", async () => {
    expect(await read("/health")).toEqual({
      status: "ok",
      version: VERSION,
      uptime_secs: expect.any(Number),
    });
    expect(await read("/ready")).toEqual({ status: "ready" });
  });

  it("says what it is and where to go", async () => {
    const welcome = await read("/");
    expect(welcome).toMatchObject({ name: "synap", version: VERSION });
    for (const path of [welcome.docs, welcome.health]) {
      expect((await fetch(server().url + path)).status).toBe(200);
    }
  });

  it("describes its routes, and has what it describes", async () => {
    const document = await json<{ paths: Record<string, object>; info: object }>(
      await fetch(`${server().url}/openapi.json`),
    );
    expect(document.info).toMatchObject({ version: VERSION });
    for (const [path, operations] of Object.entries(document.paths)) {
      const options = await fetch(server().url + path.replaceAll(/\{\w+\}/g, "x"), {
        method: "OPTIONS",
      });
      const allow = options.headers.get("allow")?.toLowerCase().split(", ");
      for (const method of Object.keys(operations))
        expect([path, allow]).toEqual([path, expect.arrayContaining([method])]);
    }
  });
});

import { packMsgpack, unpackMsgpack } from "@hivellm/synap-protocol";
import { type CommandDefinition, commands } from "@hivellm/synap-protocol/schema";
import { describe, expect, it } from "vitest";
import { errorOf, get, rawRequest } from "./support/raw-connection.ts";
import { json, type PostAnswer, post, serverForTest, sharedServer } from "./support/test-server.ts";

const server = sharedServer();
const url = (path: string) => `${server().url}${path}`;
const set = (key: string, value: unknown, more = {}) =>
  post(url("/kv/set"), { key, value, ...more });

describe("GET /kv/get", () => {
  it.each([
    ["a string", "héllo 💚", "text/plain; charset=utf-8", "héllo 💚"],
    ["an empty string", "", "text/plain; charset=utf-8", ""],
    ["a string that looks like JSON", '{"a":1}', "text/plain; charset=utf-8", '{"a":1}'],
    ["an object", { a: [1, null] }, "application/json", '{"a":[1,null]}'],
    ["a number", 7, "application/json", "7"],
    ["null", null, "application/json", "null"],
    ["bytes", { $bytes: "AP8=" }, "application/octet-stream", "\u0000\ufffd"],
    [
      "an object that looks like bytes",
      { $$bytes: "AP8=" },
      "application/json",
      '{"$$bytes":"AP8="}',
    ],
  ])("answers %s as it was stored", async (name, value, type, body) => {
    const stored = await set(`value:${name}`, value);
    const answer = await fetch(url(`/kv/get/value:${encodeURIComponent(name)}`));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(body);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": type,
      etag: `"${stored.body.version}"`,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
    expect(answer.headers.has("x-synap-ttl")).toBe(false);
  });

  it("answers bytes as bytes, and large values too", async () => {
    const bytes = Buffer.alloc(300_000, 0xfe);
    await set("large", { $bytes: bytes.toString("base64") });
    const answer = await fetch(url("/kv/get/large"));
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it("names the time to live, rounded up", async () => {
    await set("mortal", "x", { ttl_ms: 59_500 });
    const answer = await fetch(url("/kv/get/mortal"));
    expect(answer.headers.get("x-synap-ttl")).toBe("60");
  });

  it("answers a miss with 404 and the four bytes null", async () => {
    const { status, headers, body } = await rawRequest(server().port, get("/kv/get/missing"));
    expect([status, headers["content-type"], body.toString()]).toEqual([
      404,
      "application/json",
      "null",
    ]);
  });

  it("answers MessagePack to those who ask for it", async () => {
    await set("packed", { a: 1 });
    const headers = { accept: "application/msgpack" };
    const hit = await fetch(url("/kv/get/packed"), { headers });
    expect(unpackMsgpack(new Uint8Array(await hit.arrayBuffer()))).toEqual({ a: 1 });
    const miss = await fetch(url("/kv/get/missing"), { headers });
    expect([miss.status, new Uint8Array(await miss.arrayBuffer())]).toEqual([
      404,
      new Uint8Array([0xc0]),
    ]);
  });

  it("answers HEAD with the headers of GET", async () => {
    await set("headed", "12345");
    const answer = await fetch(url("/kv/get/headed"), { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-length")]).toEqual([200, "5"]);
    expect((await fetch(url("/kv/get/missing"), { method: "HEAD" })).status).toBe(404);
  });
});

describe("keys in the path", () => {
  it.each([
    ["a/b", "/kv/get/a/b"],
    ["a/b", "/kv/get/a%2Fb"],
    ["a/../b", "/kv/get/a/../b"],
    ["..", "/kv/get/.."],
    ["../../etc", "/kv/get/%2e%2e/../etc"],
    [".", "/kv/get/."],
    ["/a//", "/kv/get//a//"],
    ["a b", "/kv/get/a%20b"],
    ["a+b", "/kv/get/a+b"],
    ["ü💚", "/kv/get/%C3%BC%F0%9F%92%9A"],
    ["a\\b", "/kv/get/a\\b"],
    ['"<>`{}|^', '/kv/get/"<>`{}|^'],
    ["a#b", "/kv/get/a#b"],
    ["a?b", "/kv/get/a%3Fb"],
    ["100%", "/kv/get/100%25"],
    ["\0\n", "/kv/get/%00%0A"],
    ["{tag}", "/kv/get/{tag}"],
    ["stats", "/kv/get/stats"],
  ])("%j is reached by %s", async (key, target) => {
    await set(key, `value of ${key}`);
    const answer = await rawRequest(server().port, get(target));
    expect([answer.status, answer.body.toString()]).toEqual([200, `value of ${key}`]);
  });

  it.each([
    "/kv/get/%zz",
    "/kv/get/100%",
    "/kv/get/%E0%A4%A",
    "/kv/get/%C0%80",
    "/kv/get/\u00c3\u00bc",
    "/kv/get/",
    "/kv/get",
  ])("%j is refused", async (target) => {
    const answer = await rawRequest(server().port, get(target));
    expect([answer.status, errorOf(answer).code]).toEqual([400, "INVALID_REQUEST"]);
  });

  it("may be as long as keys may be, all escaped", async () => {
    const key = "ü".repeat(2_048);
    await set(key, "long");
    const answer = await fetch(url(`/kv/get/${encodeURIComponent(key)}`));
    expect(await answer.text()).toBe("long");
    const longer = await fetch(url(`/kv/get/${encodeURIComponent(`${key}x`)}`));
    expect(longer.status).toBe(400);
  });
});

describe("the other routes of kv", () => {
  it("set, count and delete", async () => {
    expect((await set("n", 1, { nx: true })).body).toMatchObject({ success: true, key: "n" });
    const again = await set("n", 2, { nx: true });
    expect([again.status, again.body.success]).toEqual([200, false]);
    expect((await post(url("/kv/incr/n"), { amount: 4 })).body).toEqual({ value: 5 });
    expect((await post(url("/kv/decr/n"), {})).body).toEqual({ value: 4 });
    const gone = await fetch(url("/kv/del/n"), { method: "DELETE" });
    expect(await gone.json()).toEqual({ deleted: 1 });
    const many = await fetch(url("/kv/del?keys=n&keys=m"), { method: "DELETE" });
    expect(await many.json()).toEqual({ deleted: 0 });
  });

  it("page through keys", async () => {
    for (const key of ["page:a", "page:b", "page:c"]) await set(key, 1);
    const page = await fetch(url("/kv/scan?prefix=page%3A&count=2"));
    const first = await json<{ cursor: string }>(page);
    expect(first).toMatchObject({ keys: ["page:a", "page:b"], has_more: true });
    const rest = await fetch(
      url(`/kv/scan?prefix=page:&cursor=${encodeURIComponent(first.cursor)}`),
    );
    expect(await rest.json()).toMatchObject({ keys: ["page:c"], cursor: null, has_more: false });
  });

  it.each([
    ["/kv/scan?cont=1", "count"],
    ["/kv/scan?count=abc", "count"],
    ["/kv/scan?count=1&count=2", "count"],
    ["/kv/stats?x", "x"],
    ["/kv/scan?prefix=%zz", "prefix"],
  ])("GET %s is refused, naming %s", async (path, named) => {
    const answer = await fetch(url(path));
    const { error } = await json<PostAnswer["body"]>(answer);
    expect([answer.status, error.code]).toEqual([400, "INVALID_REQUEST"]);
    expect(`${error.details.path} ${error.details.nearest}`).toContain(named);
  });

  it("take a name from the path and from the body only if both agree", async () => {
    expect((await post(url("/kv/incr/same"), { key: "same" })).status).toBe(200);
    const differs = await post(url("/kv/incr/same"), { key: "other" });
    expect([differs.status, differs.body.error.details.path]).toEqual([400, "key"]);
    const query = await post(url("/kv/incr/same?amount=2"), {});
    expect([query.status, query.body.error.details.path]).toEqual([400, "amount"]);
  });

  it("answer what a command refuses with the status of its code", async () => {
    await set("text", "abc");
    const cases = [
      [await post(url("/kv/incr/text"), {}), 422, "NOT_A_NUMBER"],
      [await post(url("/kv/expire/nobody"), { ttl: 1 }), 404, "KEY_NOT_FOUND"],
      [await set("text", 1, { if_version: 1 }), 409, "VERSION_MISMATCH"],
      [await set("text", 1, { session: true }), 400, "INVALID_REQUEST"],
      [await set("text", "x".repeat(1_100_000)), 413, "PAYLOAD_TOO_LARGE"],
    ] as const;
    for (const [answer, status, code] of cases) {
      expect([answer.status, answer.body.error.code]).toEqual([status, code]);
      expect(answer.body.request_id).toBe(answer.headers.get("x-request-id"));
    }
  });

  it("exist for every binding of the registry", async () => {
    for (const { name, http } of commands as readonly CommandDefinition[]) {
      if (http === undefined) continue;
      const path = http.path.replaceAll(/\{\w+\}/g, "some-name");
      const answer = await fetch(url(path), { method: "OPTIONS" });
      expect([name, answer.headers.get("allow")?.includes(http.method)]).toEqual([name, true]);
    }
  });

  it("read and write MessagePack", async () => {
    const answer = await fetch(url("/kv/set"), {
      method: "POST",
      headers: { "content-type": "application/msgpack", accept: "application/msgpack" },
      body: packMsgpack({ key: "mp", value: { bin: new Uint8Array([1, 2]) } }),
    });
    const body = unpackMsgpack(new Uint8Array(await answer.arrayBuffer()));
    expect(body).toMatchObject({ success: true, key: "mp" });
    expect(await (await fetch(url("/kv/get/mp"))).json()).toEqual({ bin: { $bytes: "AQI=" } });
  });
});

describe("what stands beside the payload", () => {
  it.each([
    [{ "x-synap-sync": "maybe" }, "X-Synap-Sync"],
    [{ "x-synap-guard": "lease" }, "X-Synap-Guard"],
    [{ "x-synap-guard": "a:b:99999999999999999" }, "X-Synap-Guard"],
    [{ "x-synap-retry": "yes please" }, "X-Synap-Retry"],
    [{ "x-synap-client": "no spaces" }, "X-Synap-Client"],
    [{ "x-synap-guard": "a:b:1" }, "guard"],
    [{ "x-synap-sync": "true" }, "sync"],
  ])("%j is refused, naming %s", async (headers, named) => {
    const answer = await post(url("/kv/incr/options"), {}, headers);
    expect([answer.status, answer.body.error.details.path]).toEqual([400, named]);
  });

  it("X-Request-Id comes back, unless it is none", async () => {
    const id = async (given: string) =>
      (await fetch(url("/health"), { headers: { "x-request-id": given } })).headers.get(
        "x-request-id",
      );
    expect(await id("my-id/7")).toBe("my-id/7");
    expect(await id("a b")).toMatch(/^[a-z0-9]{8}-[a-z0-9]+$/);
    expect(await id("x".repeat(200))).toMatch(/^[a-z0-9]{8}-[a-z0-9]+$/);
  });

  it("credentials are ignored while there is no authentication", async () => {
    const headers = { "x-api-key": "wrong", authorization: "Bearer wrong" };
    expect((await fetch(url("/kv/stats?api_key=wrong"), { headers })).status).toBe(200);
  });
});

describe("an answer", () => {
  it("over the limit of a body is PAYLOAD_TOO_LARGE", async () => {
    const small = await serverForTest({ limits: { maxFrameBytes: 4_096 } });
    for (const key of ["a", "b", "c"]) {
      await post(`${small.url}/kv/set`, { key, value: "x".repeat(2_000) });
    }
    const answer = await post(`${small.url}/kv/mget`, { keys: ["a", "b", "c"] });
    expect([answer.status, answer.body.error.code]).toEqual([413, "PAYLOAD_TOO_LARGE"]);
    expect((await post(`${small.url}/kv/mget`, { keys: ["a"] })).status).toBe(200);
  });

  it("is measured by its encoded form", async () => {
    const small = await serverForTest({ limits: { maxFrameBytes: 4_096 } });
    await fetch(`${small.url}/kv/set`, {
      method: "POST",
      headers: { "content-type": "application/msgpack" },
      body: packMsgpack({ key: "quotes", value: '"'.repeat(3_000) }),
    });
    const get = { command: "kv.get", payload: { key: "quotes" } };
    for (const [path, body] of [
      ["/kv/mget", { keys: ["quotes"] }],
      ["/api/v1/command", get],
      ["/api/v1/batch", { commands: [get] }],
    ] as const) {
      const answer = await post(small.url + path, body);
      expect([path, answer.status, answer.body.error.code]).toEqual([
        path,
        413,
        "PAYLOAD_TOO_LARGE",
      ]);
    }
    expect((await fetch(`${small.url}/kv/get/quotes`)).status).toBe(200); // bare, it is not encoded
  });
});

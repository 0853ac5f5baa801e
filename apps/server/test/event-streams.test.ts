import { manualClock } from "@hivellm/synap-core";
import { describe, expect, it } from "vitest";
import { TestEventSource } from "./support/event-source.ts";
import { eventually } from "./support/eventually.ts";
import { json, post, serverForTest, sharedServer } from "./support/test-server.ts";
import { waitFor } from "./support/wait-for.ts";

const server = sharedServer();
const url = (path: string) => `${server().url}${path}`;
const event = (room: string, data: unknown, base = server().url) =>
  post(`${base}/stream/${room}/publish`, { event: "message", data });
const subscribersOf = async (room: string, base = server().url) =>
  (await json<{ subscribers: number }>(await fetch(`${base}/stream/${room}/stats`))).subscribers;

describe("GET /stream/{room}/events", () => {
  it("sends what is kept and what comes, each with the id by which it is resumed", async () => {
    await event("chat", '{"line":"a\\nb"}');
    const source = await TestEventSource.open(url("/stream/chat/events?from_offset=0"));
    const published = await event("chat", { live: "ü\n" });
    expect(await source.next()).toMatchObject({
      event: "message",
      data: { offset: 1, event: "message", event_type: "message", data: '{"line":"a\\nb"}' },
    });
    expect(await source.next()).toEqual({
      event: "message",
      id: published.body.event_id,
      data: {
        event_id: published.body.event_id,
        offset: 2,
        event: "message",
        event_type: "message",
        data: { live: "ü\n" },
        timestamp: expect.any(Number),
      },
    });
    expect(Object.fromEntries(Object.entries(source.response.headers))).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    expect(source.retryMs).toBe(2_000);
  });

  it("goes on behind the Last-Event-ID, which wins over from_offset", async () => {
    for (let i = 1; i <= 4; i++) await event("resume", i);
    const first = await TestEventSource.open(url("/stream/resume/events?from_offset=2"));
    const { id } = await first.next();
    first.close();
    const path = "/stream/resume/events?from_offset=2";
    const again = await TestEventSource.open(url(path), { "last-event-id": String(id) });
    expect((await again.next()).data).toMatchObject({ offset: 3 });
    const bare = await TestEventSource.open(url(path), { "last-event-id": "3" });
    expect((await bare.next()).data).toMatchObject({ offset: 4 });
  });

  it("can be resumed before the first event came", async () => {
    await event("quiet", "before");
    const first = await TestEventSource.open(url("/stream/quiet/events"));
    await waitFor(() => first.lastEventId !== null, "an id");
    first.close();
    await event("quiet", "meanwhile");
    const headers = { "last-event-id": String(first.lastEventId) };
    const again = await TestEventSource.open(url("/stream/quiet/events"), headers);
    expect((await again.next()).data).toMatchObject({ offset: 2, data: "meanwhile" });
  });

  it("tells that the room is another one, and reads that from its beginning", async () => {
    await event("twice", "old");
    await event("twice", "old");
    const source = await TestEventSource.open(url("/stream/twice/events?from_offset=0"));
    await source.next();
    const { id } = await source.next();
    source.close();
    await fetch(url("/stream/twice"), { method: "DELETE" });
    await event("twice", "new");
    const headers = { "last-event-id": String(id) };
    const again = await TestEventSource.open(url("/stream/twice/events"), headers);
    const gap = await again.next();
    expect(gap).toMatchObject({
      event: "gap",
      data: { kind: "stream", room: "twice", reason: "recreated" },
    });
    expect(gap.id).not.toBe(id);
    expect(await again.next()).toMatchObject({
      event: "message",
      data: { offset: 1, data: "new" },
    });
    const later = await TestEventSource.open(url("/stream/twice/events"), {
      "last-event-id": String(gap.id),
    });
    expect(await later.next()).toMatchObject({ event: "message", data: { offset: 1 } });
  });

  it("tells that events have gone that were not read", async () => {
    const { url: base } = await serverForTest({ roomMaxEvents: 2 });
    await event("r", 1, base);
    const source = await TestEventSource.open(`${base}/stream/r/events?from_offset=0`);
    const { id } = await source.next();
    source.close();
    for (let i = 2; i <= 5; i++) await event("r", i, base);
    const headers = { "last-event-id": String(id) };
    const again = await TestEventSource.open(`${base}/stream/r/events`, headers);
    expect(await again.next()).toMatchObject({
      event: "gap",
      id: String(id).replace(/-1$/, "-3"),
      data: { reason: "retention", from: 2, to: 3, lost: 2 },
    });
    expect((await again.next()).data).toMatchObject({ offset: 4 });
  });

  it("is one subscriber, until its reader goes", async () => {
    const source = await TestEventSource.open(url("/stream/count/events"));
    expect(await subscribersOf("count")).toBe(1);
    source.close();
    const count = await eventually(
      () => subscribersOf("count"),
      (subscribers) => subscribers === 0,
    );
    expect(count).toBe(0);
  });

  it.each([
    ["?from_offset=x", {}, "from_offset"],
    ["?offset=1", {}, "offset"],
    ["", { "last-event-id": "abc" }, "Last-Event-ID"],
    ["", { "last-event-id": "1-2-3" }, "Last-Event-ID"],
    ["", { "last-event-id": "9999999999999999" }, "Last-Event-ID"],
  ])("%s %j is refused, naming %s", async (query, headers, path) => {
    const answer = await fetch(url(`/stream/refused/events${query}`), { headers });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "application/json"]);
    expect(await json(answer)).toMatchObject({ error: { details: { path } } });
    expect((await fetch(url("/stream/refused/stats"))).status).toBe(404);
  });
});

describe("GET /pubsub/events", () => {
  it.each(["events.", "events.%23", ""])("?topics=%s hears what a socket would", async (topics) => {
    const source = await TestEventSource.open(url(`/pubsub/events?topics=${topics}`));
    const published = await post(url("/pubsub/events.a/publish"), { message: { n: 1 } });
    expect(await source.next()).toEqual({
      event: "message",
      id: null,
      data: {
        topic: "events.a",
        message: { n: 1 },
        message_id: published.body.message_id,
        timestamp: expect.any(Number),
      },
    });
  });

  it("refuses topics that are none, by name", async () => {
    const answer = await fetch(url("/pubsub/events?topics=a,b..c"));
    expect([answer.status, await json(answer)]).toMatchObject([
      400,
      { error: { details: { path: "topics", topic: "b..c" } } },
    ]);
  });
});

describe("an event stream over HTTP", () => {
  it("may be read by pages of this machine and no others", async () => {
    const headers = { origin: "http://localhost:3000" };
    const source = await TestEventSource.open(url("/stream/cors/events"), headers);
    expect(source.response.headers["access-control-allow-origin"]).toBe("http://localhost:3000");
    const foreign = await fetch(url("/stream/foreign/events"), {
      headers: { origin: "https://evil.example" },
    });
    expect(foreign.status).toBe(403);
    expect((await fetch(url("/stream/foreign/stats"))).status).toBe(404);
    const preflight = await fetch(url("/stream/cors/events"), {
      method: "OPTIONS",
      headers: { ...headers, "access-control-request-method": "GET" },
    });
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Last-Event-ID");
  });

  it("answers HEAD without subscribing, and other methods with 405", async () => {
    const head = await fetch(url("/stream/headed/events"), { method: "HEAD" });
    expect([head.status, head.headers.get("content-type")]).toEqual([
      200,
      "text/event-stream; charset=utf-8",
    ]);
    expect((await fetch(url("/stream/headed/stats"))).status).toBe(404);
    const wrong = await fetch(url("/pubsub/events"), { method: "POST" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    expect((await fetch(url("/stream/r/event"))).status).toBe(404);
  });

  it("is kept open by comments", async () => {
    const clock = manualClock();
    const { url: base } = await serverForTest({ clock });
    const source = await TestEventSource.open(`${base}/pubsub/events?topics=a`);
    for (let pings = 1; pings <= 4; pings++) {
      await clock.advance(30_000);
      await waitFor(() => source.comments === pings, "a comment");
    }
    await post(`${base}/pubsub/a/publish`, { message: 1 });
    expect((await source.next()).data).toMatchObject({ topic: "a" });
  });

  it("ends when the server stops, which does not wait for it", async () => {
    const stopping = await serverForTest({ transportLimits: { stopGraceMs: 60_000 } });
    const source = await TestEventSource.open(`${stopping.url}/stream/r/events`);
    await stopping.close();
    await source.ended();
    expect(source.response.complete).toBe(true);
  });
});

import { packMsgpack, unpackMsgpack } from "@hivellm/synap-protocol";
import { describe, expect, it } from "vitest";
import { json, post, serverForTest, sharedServer } from "./support/test-server.ts";

const server = sharedServer();
const url = (path: string) => `${server().url}${path}`;
const publish = (room: string, body: object) => post(url(`/stream/${room}/publish`), body);

interface Page {
  readonly events: readonly Record<string, unknown>[];
  readonly next_offset: number;
  readonly oldest_offset: number;
  readonly newest_offset: number;
}

const history = async (room: string, query = "", base = server().url) =>
  json<Page>(await fetch(`${base}/stream/${room}/consume/history${query}`));

describe("POST /stream/{room}", () => {
  it("takes no body and no content type; 201, then 200", async () => {
    const create = () => fetch(url("/stream/made"), { method: "POST" });
    const [first, again] = [await create(), await create()];
    expect([first.status, await first.json()]).toEqual([201, { room: "made", created: true }]);
    expect([again.status, await again.json()]).toEqual([200, { room: "made", created: false }]);
  });
});

describe("GET /stream/{room}/consume/{subscriber}", () => {
  it("answers events as the tutorials read them, the first with offset 1", async () => {
    const data = JSON.stringify({ userId: "u", message: 'say "hé" \\ 💚' });
    const published = await publish("chat", { event: "message", data });
    expect(published).toMatchObject({ status: 200, body: { offset: 1, subscribers_notified: 0 } });
    await publish("chat", { event_type: "typing", data: { on: true }, metadata: { trace: "t" } });
    const page = await history("chat", "?from_offset=0&limit=50");
    expect(page).toEqual({
      events: [
        {
          event_id: published.body.event_id,
          offset: 1,
          event: "message",
          event_type: "message",
          data,
          timestamp: expect.any(Number),
        },
        {
          event_id: expect.any(String),
          offset: 2,
          event: "typing",
          event_type: "typing",
          data: { on: true },
          timestamp: expect.any(Number),
          metadata: { trace: "t" },
        },
      ],
      next_offset: 3,
      oldest_offset: 1,
      newest_offset: 2,
      incarnation: expect.any(Number),
    });
    expect((await history("chat", "?from_offset=-1")).events).toMatchObject([{ offset: 2 }]);
    expect((await history("chat", "?limit=1")).next_offset).toBe(2);
  });

  it("answers MessagePack to those who ask for it", async () => {
    await fetch(url("/stream/packed/publish"), {
      method: "POST",
      headers: { "content-type": "application/msgpack" },
      body: packMsgpack({ event: "e", data: { bin: new Uint8Array([1, 2]) } }),
    });
    expect((await history("packed")).events).toMatchObject([{ data: { bin: { $bytes: "AQI=" } } }]);
    const headers = { accept: "application/msgpack" };
    const answer = await fetch(url("/stream/packed/consume/h"), { headers });
    const page = unpackMsgpack(new Uint8Array(await answer.arrayBuffer())) as Page;
    expect(page).toMatchObject({ next_offset: 2, events: [{ event: "e", event_type: "e" }] });
    expect(page.events[0]?.data).toEqual({ bin: new Uint8Array([1, 2]) });
  });

  it("reads a room that does not exist, and creates none", async () => {
    expect(await history("nowhere", "?from_offset=0")).toEqual({
      events: [],
      next_offset: 1,
      oldest_offset: 1,
      newest_offset: 0,
      incarnation: null,
    });
    const stats = await fetch(url("/stream/nowhere/stats"));
    expect([stats.status, await json(stats)]).toMatchObject([
      404,
      { error: { code: "ROOM_NOT_FOUND" } },
    ]);
  });

  it("reads from 0 however much was evicted", async () => {
    const { url: base } = await serverForTest({ roomMaxEvents: 3 });
    for (let i = 0; i < 10; i++) await post(`${base}/stream/r/publish`, { event: "e", data: i });
    const page = await history("r", "?from_offset=0", base);
    expect(page.events.map(({ offset }) => offset)).toEqual([8, 9, 10]);
    expect(page).toMatchObject({ oldest_offset: 8, newest_offset: 10, next_offset: 11 });
  });
});

describe("POST /pubsub/{topic}/publish", () => {
  it.each(["message", "payload", "data"])("takes %s", async (name) => {
    const answer = await post(url("/pubsub/a.b/publish"), { [name]: "x" });
    expect(answer).toMatchObject({
      status: 200,
      body: { topic: "a.b", message_id: expect.any(String), subscribers_matched: 0 },
    });
  });

  it.each(["a.", "a..b", "a.*", "%23"])("refuses the topic %s", async (topic) => {
    const answer = await post(url(`/pubsub/${topic}/publish`), { message: 1 });
    expect([answer.status, answer.body.error.details.path]).toEqual([400, "topic"]);
  });

  it("enters bound queues", async () => {
    await post(url("/queue/bound/bind"), { pattern: "orders.#" });
    const published = await post(url("/pubsub/orders.new/publish"), { message: { id: 1 } });
    expect(published.body.subscribers_matched).toBe(1);
    const delivery = await json(await fetch(url("/queue/bound/consume/w")));
    expect(delivery).toMatchObject({
      message: { id: 1 },
      headers: { "synap-topic": "orders.new" },
    });
  });
});

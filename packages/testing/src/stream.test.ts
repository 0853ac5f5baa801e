import type { Gap, StreamEvent, Subscription, SynapClient } from "@hivellm/synap-client";
import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import { createMockClient } from "./index.ts";

const START_MS = 1_700_000_000_000;
const mock = createMockClient({ startMs: START_MS });
afterEach(() => mock.reset());

const settle = (): Promise<void> => mock.clock.advance(0);

async function publish(room: string, ...data: unknown[]): Promise<void> {
  for (const each of data) await mock.stream.publish(room, "message", each);
}

describe("events", () => {
  test("are published, and read with both spellings of their type, also after JSON", async () => {
    const published = await mock.stream.publish(
      "chat",
      "message",
      { text: "Hi" },
      { trace: "t1", none: undefined },
    );
    expect(published).toEqual({ eventId: expect.any(String), offset: 1, subscribersNotified: 0 });
    const history = await mock.stream.history("chat", { fromOffset: -50, limit: 50 });
    const event = {
      eventId: published.eventId,
      offset: 1,
      eventType: "message",
      event_type: "message",
      data: { text: "Hi" },
      timestamp: START_MS,
      metadata: { trace: "t1" },
    };
    expect(history).toEqual({
      events: [event],
      nextOffset: 2,
      oldestOffset: 1,
      newestOffset: 1,
      incarnation: expect.any(Number),
    });
    expect(JSON.parse(JSON.stringify(history.events))).toEqual([event]);
  });

  test("of a room that does not exist are none, and create nothing", async () => {
    expect(await mock.stream.history("nowhere")).toEqual({
      events: [],
      nextOffset: 1,
      oldestOffset: 1,
      newestOffset: 0,
      incarnation: null,
    });
    await expect(mock.stream.stats("nowhere")).rejects.toMatchObject({ name: "RoomNotFoundError" });
  });

  test("bounds of a page", async () => {
    await publish("r", "a", "b", "c", "d");
    const page = await mock.stream.history("r", { fromOffset: 2, toOffset: 3 });
    expect(page.events.map(({ data }) => data)).toEqual(["b", "c"]);
    expect(page).toMatchObject({ nextOffset: 4, newestOffset: 4 });
    expect((await mock.stream.history("r", { fromOffset: null, limit: 1 })).events).toHaveLength(1);
  });
});

describe("rooms", () => {
  test("are created, listed and deleted", async () => {
    expect(await mock.stream.create("a", { maxEvents: 2, maxAgeSecs: 60 })).toEqual({
      room: "a",
      created: true,
    });
    await publish("a", 1, 2, 3);
    await publish("b", 1);
    const stats = await mock.stream.stats("a");
    expect(stats).toEqual({
      room: "a",
      subscribers: 0,
      events: 2,
      bytes: expect.any(Number),
      oldestOffset: 2,
      newestOffset: 3,
      incarnation: expect.any(Number),
    });
    expect((await mock.stream.rooms({ limit: 1 })).items).toEqual([stats]);
    const names: string[] = [];
    for await (const { room } of mock.stream.all()) names.push(room);
    expect(names).toEqual(["a", "b"]);
    await mock.stream.delete("a");
    await expect(mock.stream.delete("a")).rejects.toMatchObject({ name: "RoomNotFoundError" });
  });

  test("keep events for as long as they were told", async () => {
    await mock.stream.create("a", { maxAgeSecs: 60 });
    await publish("a", 1);
    await mock.clock.advance(60_000);
    expect((await mock.stream.history("a")).events).toEqual([]);
  });
});

describe("subscribe", () => {
  test("only new events by default, from the answer on", async () => {
    const seen: unknown[] = [];
    await publish("r", "before");
    const subscription = await mock.stream.subscribe("r", ({ offset, data }) =>
      seen.push([offset, data]),
    );
    expect(subscription.room).toBe("r");
    await publish("r", "after");
    await settle();
    expect(seen).toEqual([[2, "after"]]);
  });

  test.each<[object, number[]]>([
    [{ fromOffset: -2 }, [3, 4, 5]],
    [{ fromOffset: 0 }, [1, 2, 3, 4, 5]],
    [{ fromOffset: 3 }, [3, 4, 5]],
    [{ replay: true }, [1, 2, 3, 4, 5]],
    [{ replay: true, fromOffset: -1 }, [4, 5]],
    [{ replay: false, fromOffset: 1 }, [5]],
    [{ replay: false, fromOffset: null }, [5]],
    [{ fromOffset: 5 }, [5]],
    [{ fromOffset: 6 }, []],
  ])("%j", async (options, offsets) => {
    const seen: number[] = [];
    await publish("r", 1, 2, 3, 4);
    await mock.stream.subscribe("r", ({ offset }) => seen.push(offset), options);
    await publish("r", 5);
    await settle();
    expect(seen).toEqual(offsets);
  });

  test("one that comes later and asks for the past disturbs nobody", async () => {
    const first: number[] = [];
    const second: number[] = [];
    await publish("r", 1, 2);
    await mock.stream.subscribe("r", ({ offset }) => first.push(offset));
    await publish("r", 3);
    const late = mock.stream.subscribe("r", ({ offset }) => second.push(offset), { fromOffset: 0 });
    await Promise.all([publish("r", 4), late]);
    await publish("r", 5);
    await settle();
    expect(first).toEqual([3, 4, 5]);
    expect(second).toEqual([1, 2, 3, 4, 5]);
    expect((await mock.stream.stats("r")).subscribers).toBe(1);
  });

  test("unsubscribe: nothing more comes, and the last one ends it on the server", async () => {
    const seen: number[] = [];
    const one = await mock.stream.subscribe("r", ({ offset }) => seen.push(offset));
    const two = await mock.stream.subscribe("r", () => undefined);
    await publish("r", 1);
    await settle();
    await one.unsubscribe();
    await publish("r", 2);
    expect((await mock.stream.stats("r")).subscribers).toBe(1);
    await two.unsubscribe();
    await two.unsubscribe();
    expect((await mock.stream.stats("r")).subscribers).toBe(0);
    expect(seen).toEqual([1]);
  });

  test("a room that is deleted and comes back is followed on, and the gap is told", async () => {
    const seen: unknown[] = [];
    const gaps: Gap[] = [];
    mock.on("gap", (gap) => gaps.push(gap));
    await mock.stream.subscribe("r", ({ offset, data }) => seen.push([offset, data]), {
      onGap: ({ reason }) => seen.push(reason),
    });
    await publish("r", "a", "b");
    await mock.stream.delete("r");
    await publish("r", "new");
    await settle();
    expect(seen).toEqual([[1, "a"], [2, "b"], "deleted", [1, "new"]]);
    expect(gaps).toMatchObject([{ kind: "stream", room: "r", reason: "deleted" }]);
  });

  test("the samples' handlers compile as they are written, typed ones are checked", async () => {
    interface Typing {
      readonly username: string;
    }
    const names: string[] = [];
    const subscription: Subscription = await mock.stream.subscribe("chat", (event) => {
      if (event.eventType === "typing") names.push(event.data.username);
    });
    await mock.stream.subscribe<Typing>("chat", (event) => {
      expectTypeOf(event.data).toEqualTypeOf<Typing>();
    });
    await mock.stream.subscribe("chat", (event: StreamEvent<Typing>) =>
      names.push(event.data.username),
    );
    await mock.stream.publish("chat", "typing", { username: "ada" });
    await settle();
    expect(names).toEqual(["ada", "ada"]);
    await subscription.unsubscribe();
  });
});

describe("iteration", () => {
  test("kept events, then live ones", async () => {
    await publish("r", ...Array.from({ length: 1_200 }, (_, i) => i + 1));
    const seen: unknown[] = [];
    for await (const { offset, data } of mock.stream.events("r", { fromOffset: 0 })) {
      expect(offset).toBe(data);
      seen.push(offset);
      if (offset === 1_200) await publish("r", 1_201);
      if (offset === 1_201) break;
    }
    expect(seen).toHaveLength(1_201);
    expect((await mock.stream.stats("r")).subscribers).toBe(0);
  });

  test("only new ones without an offset", async () => {
    await publish("r", "before");
    const events = mock.stream.events<string>("r");
    const first = events.next();
    await settle();
    await publish("r", "after");
    expect((await first).value).toMatchObject({ offset: 2, data: "after" });
    await events.return();
  });

  test("a loop that is slow gets all of it, and holds little", async () => {
    const events = mock.stream.events<number>("r");
    const first = events.next();
    await settle();
    const numbers = Array.from({ length: 2_000 }, (_, i) => i + 1);
    await Promise.all(numbers.map((n) => mock.stream.publish("r", "n", n)));
    await settle();
    expect((await mock.stream.stats("r")).subscribers).toBe(0);
    const seen = [(await first).value?.data];
    for await (const { data } of events) {
      seen.push(data);
      if (data === 2_000) break;
    }
    expect(seen).toEqual(numbers);
  });

  test("what retention took before the loop came to it is told as a gap", async () => {
    const gaps: Gap[] = [];
    mock.on("gap", (gap) => gaps.push(gap));
    await mock.stream.create("r", { maxEvents: 1_000 });
    await publish("r", ...Array.from({ length: 600 }, (_, i) => i + 1));
    const seen: number[] = [];
    for await (const { offset } of mock.stream.events("r", { fromOffset: 0 })) {
      seen.push(offset);
      if (offset === 500) await publish("r", ...Array.from({ length: 1_000 }, (_, i) => i));
      if (offset === 1_600) break;
    }
    expect(seen.slice(499, 501)).toEqual([500, 601]);
    expect(gaps).toEqual([
      {
        kind: "stream",
        prefix: null,
        room: "r",
        reason: "retention",
        from: 501,
        to: 600,
        lost: 100,
      },
    ]);
  });

  test("a room that is another one when the loop comes back to it is read from its beginning", async () => {
    const reasons: string[] = [];
    mock.on("gap", ({ reason }) => reasons.push(reason));
    await publish("r", ...Array.from({ length: 600 }, (_, i) => `old ${i + 1}`));
    const seen: unknown[] = [];
    for await (const { offset, data } of mock.stream.events("r", { fromOffset: 0 })) {
      seen.push(data);
      if (data === "old 500") {
        await mock.stream.delete("r");
        await publish("r", "new 1", "new 2");
      }
      if (data === "new 2") break;
      expect(offset).toBeGreaterThan(0);
    }
    expect(seen.slice(499)).toEqual(["old 500", "new 1", "new 2"]);
    expect(reasons).toEqual(["recreated"]);
  });

  test("a signal ends it", async () => {
    const abort = new AbortController();
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const { data } of mock.stream.events("r", { signal: abort.signal }))
        seen.push(data);
    })();
    await settle();
    await publish("r", 1);
    await settle();
    abort.abort();
    await loop;
    expect(seen).toEqual([1]);
    await settle();
    expect((await mock.stream.stats("r")).subscribers).toBe(0);
  });

  test("the client's end ends it", async () => {
    const client = mock.connect();
    const loop = (async () => {
      for await (const _ of client.stream.events("r")) expect.unreachable();
    })();
    await settle();
    await client.close();
    await loop;
  });
});

describe("the sample's unit test", () => {
  class ChatClient {
    readonly #synap: SynapClient;

    constructor(synap: SynapClient) {
      this.#synap = synap;
    }

    async joinRoom(roomId: string, _userId: string, _username: string): Promise<StreamEvent[]> {
      const room = `chat-${roomId}`;
      const { events } = await this.#synap.stream.history(room, { fromOffset: -50, limit: 50 });
      await this.#synap.stream.subscribe(room, () => undefined);
      return events;
    }
  }

  test("should join room and receive history", async () => {
    mock.stream.history.mockResolvedValue({
      events: [{ offset: 1, eventType: "message", data: { text: "Hi" } }],
      oldestOffset: 1,
      newestOffset: 1,
    });
    const chat = new ChatClient(mock);
    const events = await chat.joinRoom("test-room", "user-1", "Alice");
    expect(mock.stream.history).toHaveBeenCalledWith("chat-test-room", expect.any(Object));
    expect(events).toEqual([
      {
        eventId: "1-1",
        offset: 1,
        eventType: "message",
        event_type: "message",
        data: { text: "Hi" },
        timestamp: 0,
      },
    ]);
  });
});

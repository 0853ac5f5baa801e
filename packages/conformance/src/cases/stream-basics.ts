import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import { theWire } from "../needs.ts";
import { allPages, tell, tellAll } from "../steps.ts";
import type { ConformanceCase, Fields } from "../types.ts";
import { awkward, plain } from "../values.ts";

const room = "chat";
const MIB = 1024 * 1024;

const eventsOf = async (answer: Promise<Fields>): Promise<Fields[]> =>
  (await answer).events as Fields[];

export const streamBasics: readonly ConformanceCase[] = [
  {
    name: "stream.publish: offsets 1, 2, 3 in each room; the room comes about by it",
    async run({ call }) {
      const request = { room, event: "message", data: { text: "hi" } };
      const first = await call("stream.publish", request);
      has(first, { offset: 1, subscribers_notified: 0 });
      assert.deepEqual([await tell(call, room, 2), await tell(call, room, 3)], [2, 3]);
      assert.equal(await tell(call, "other", 1), 1);
      has(await call("stream.stats", { room }), { events: 3, oldest_offset: 1, newest_offset: 3 });
    },
  },
  {
    name: "stream.history: an event is what was published, with offset, id, type and time",
    async run({ call, world }) {
      const metadata = { user: "ada", "": "empty", ключ: "значение" };
      const sent = { room, event: "message", data: { text: "hi", n: [1, null] }, metadata };
      const { event_id } = await call("stream.publish", sent);
      await world.advance(1_234);
      await tell(call, room, "later");
      const [first, second] = await eventsOf(call("stream.history", { room }));
      assert(first !== undefined && second !== undefined);
      has(first, { offset: 1, event_id, event_type: "message", data: sent.data });
      assert.deepEqual({ ...(first.metadata as Fields) }, metadata);
      has(second, { offset: 2, event_type: "told", data: "later" });
      assert(second.metadata === undefined, "no metadata where none was given");
      assert.equal((second.timestamp as number) - (first.timestamp as number), 1_234);
      assert.notEqual(second.event_id, event_id);
    },
  },
  {
    name: "stream.publish: event_type is the same as event; one of them is needed",
    needs: theWire,
    async run({ call }) {
      await call("stream.publish", { room, event_type: "joined", data: null });
      const [event] = await eventsOf(call("stream.history", { room }));
      has(event ?? {}, { event_type: "joined", data: null });
      await refusal(call("stream.publish", { room, data: 1 }), "INVALID_REQUEST", {
        path: "event",
      });
      const both = { room, event: "a", event_type: "b", data: 1 };
      await refusal(call("stream.publish", both), "INVALID_REQUEST", { path: "event_type" });
      has(await call("stream.stats", { room }), { newest_offset: 1 });
    },
  },
  {
    name: "stream: data comes back as what it was",
    async run({ call }) {
      for (const data of awkward) await tell(call, room, data);
      const events = await eventsOf(call("stream.history", { room }));
      assert.deepEqual(
        events.map(({ data }) => data),
        awkward,
      );
    },
  },
  {
    name: "stream: bytes stay bytes, at the top and inside",
    async run({ call }) {
      const bytes = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
      const sent = [bytes, new Uint8Array(0), { file: bytes, list: [bytes] }];
      for (const data of sent) await tell(call, room, data);
      const events = await eventsOf(call("stream.history", { room }));
      assert.deepEqual(
        events.map(({ data }) => plain(data)),
        sent.map(plain),
      );
    },
  },
  {
    name: "stream: 1 MiB of data is taken, more is PAYLOAD_TOO_LARGE",
    async run({ call }) {
      const data = "x".repeat(MIB);
      await tell(call, room, data);
      await refusal(
        call("stream.publish", { room, event: "e", data: `${data}y` }),
        "PAYLOAD_TOO_LARGE",
        { path: "data", limit: MIB },
      );
      const [event] = await eventsOf(call("stream.history", { room }));
      assert.equal(String(event?.data).length, MIB);
      has(await call("stream.stats", { room }), { newest_offset: 1 });
    },
  },
  {
    name: "room names and event types are any text without control characters, up to 512 bytes",
    async run({ call }) {
      const names = ["a b", "a/b", "%2F", "ключ-💚", "..", "?x=1&y", "#h", "list", "é".repeat(256)];
      for (const name of names) {
        await call("stream.publish", { room: name, event: name, data: name });
        const [event] = await eventsOf(call("stream.history", { room: name }));
        has(event ?? {}, { offset: 1, event_type: name, data: name });
      }
    },
  },
  {
    name: "stream.create: once; again with the same settings is fine, with others ALREADY_EXISTS",
    async run({ call }) {
      const settings = { room, max_events: 10, max_bytes: 5_000, max_age_secs: 60 };
      has(await call("stream.create", settings), { room, created: true });
      has(await call("stream.create", settings), { room, created: false });
      const other = { ...settings, max_events: 11, idle_ttl_secs: 5 };
      const error = await refusal(call("stream.create", other), "ALREADY_EXISTS", { room });
      assert.match(error.message, /max_events/);
      assert.match(error.message, /idle_ttl_secs/);
      await refusal(call("stream.create", { room }), "ALREADY_EXISTS");
      has(await call("stream.stats", { room }), { events: 0, oldest_offset: 1, newest_offset: 0 });
    },
  },
  {
    name: "stream.create: a room that came about by use adopts the settings, once",
    async run({ call }) {
      await tellAll(call, room, 1, 5);
      has(await call("stream.create", { room, max_events: 2 }), { created: false });
      has(await call("stream.stats", { room }), { events: 2, oldest_offset: 4, newest_offset: 5 });
      await refusal(call("stream.create", { room, max_events: 3 }), "ALREADY_EXISTS");
      has(await call("stream.create", { room, max_events: 2 }), { created: false });
    },
  },
  {
    name: "stream.stats and stream.delete of an unknown room are ROOM_NOT_FOUND",
    async run({ call }) {
      await refusal(call("stream.stats", { room }), "ROOM_NOT_FOUND", { room });
      await refusal(call("stream.delete", { room }), "ROOM_NOT_FOUND", { room });
      has(await call("stream.rooms"), { items: [], cursor: null, has_more: false });
    },
  },
  {
    name: "stream.delete: the room and its events go; one that comes back begins at 1",
    async run({ call }) {
      await tellAll(call, room, 1, 3);
      const before = await call("stream.stats", { room });
      const [old] = await eventsOf(call("stream.history", { room }));
      has(await call("stream.delete", { room }), { success: true });
      await refusal(call("stream.stats", { room }), "ROOM_NOT_FOUND");
      has(await call("stream.history", { room }), { events: [], newest_offset: 0 });
      assert.equal(await tell(call, room, "new"), 1);
      const after = await call("stream.stats", { room });
      assert((after.incarnation as number) > (before.incarnation as number));
      const [event] = await eventsOf(call("stream.history", { room }));
      assert.notEqual(event?.event_id, old?.event_id);
    },
  },
  {
    name: "stream.rooms: in order of their names' bytes, page by page, with counts",
    async run({ call }) {
      const names = ["Z", "a", "a:1", "a:2", "b", "é", "中", "😀"];
      for (const name of [...names].reverse()) await tell(call, name, 1);
      const pages = await allPages(call, "stream.rooms", { limit: 3 });
      assert.deepEqual(
        pages.map((one) => one.room),
        names,
      );
      const some = await allPages(call, "stream.rooms", { prefix: "a:", limit: 1 });
      assert.deepEqual(
        some.map((one) => one.room),
        ["a:1", "a:2"],
      );
      assert.deepEqual({ ...some[0] }, { ...(await call("stream.stats", { room: "a:1" })) });
      const { cursor } = await call("stream.rooms", { limit: 3 });
      await call("stream.delete", { room: "a:1" });
      await tell(call, "a:15", 1);
      const rest = await allPages(call, "stream.rooms", { cursor });
      assert.deepEqual(
        rest.map((one) => one.room),
        ["a:15", ...names.slice(3)],
      );
    },
  },
  {
    name: "stream.stats: events, bytes, offsets, and one incarnation as long as the room stays",
    async run({ call }) {
      await tell(call, room, "x".repeat(1_000));
      const first = await call("stream.stats", { room });
      assert((first.bytes as number) >= 1_000 && (first.bytes as number) < 1_200);
      await tell(call, room, "x".repeat(1_000));
      const second = await call("stream.stats", { room });
      has(second, { room, subscribers: 0, events: 2, incarnation: first.incarnation });
      assert((second.bytes as number) >= 2_000);
    },
  },
  {
    name: "stream: max_memory refuses new events and rooms, reading and deleting go on",
    limits: { maxMemoryBytes: 40_000 },
    async run({ call }) {
      const fill = async (): Promise<void> => {
        for (;;) await tell(call, room, "x".repeat(900));
      };
      await refusal(fill(), "OUT_OF_MEMORY");
      const { newest_offset } = await call("stream.stats", { room });
      const { next_offset } = await call("stream.history", { room, limit: 1_000 });
      assert.equal(next_offset, (newest_offset as number) + 1);
      await call("stream.delete", { room });
      assert.equal(await tell(call, room, "fits again"), 1);
    },
  },
];

import assert from "node:assert/strict";
import { has, refusal } from "../expectations.ts";
import { tell, tellAll } from "../steps.ts";
import type { ConformanceCase, Fields } from "../types.ts";

const room = "chat";

/** What is asked of a room with the offsets `oldest` to 10, and which offsets come. */
type Bounds = readonly [request: Fields, offsets: readonly number[], nextOffset: number];

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

const whole: readonly Bounds[] = [
  [{}, range(1, 10), 11],
  [{ from_offset: 0 }, range(1, 10), 11],
  [{ from_offset: 1 }, range(1, 10), 11],
  [{ from_offset: 7 }, [7, 8, 9, 10], 11],
  [{ from_offset: 10 }, [10], 11],
  [{ from_offset: 11 }, [], 11],
  [{ from_offset: -1 }, [10], 11],
  [{ from_offset: -3 }, [8, 9, 10], 11],
  [{ from_offset: -10 }, range(1, 10), 11],
  [{ from_offset: -1_000 }, range(1, 10), 11],
  [{ from_offset: Number.MIN_SAFE_INTEGER }, range(1, 10), 11],
  [{ to_offset: 3 }, [1, 2, 3], 4],
  [{ to_offset: 10 }, range(1, 10), 11],
  [{ to_offset: 1_000 }, range(1, 10), 11],
  [{ to_offset: 0 }, [], 1],
  [{ from_offset: 4, to_offset: 6 }, [4, 5, 6], 7],
  [{ from_offset: 4, to_offset: 4 }, [4], 5],
  [{ from_offset: 4, to_offset: 3 }, [], 4],
  [{ from_offset: -4, to_offset: 8 }, [7, 8], 9],
  [{ limit: 3 }, [1, 2, 3], 4],
  [{ from_offset: 9, limit: 3 }, [9, 10], 11],
  [{ from_offset: 2, to_offset: 9, limit: 4 }, [2, 3, 4, 5], 6],
  [{ from_offset: -5, limit: 2 }, [6, 7], 8],
];

/** The same where 1 to 6 are no longer kept. */
const trimmed: readonly Bounds[] = [
  [{}, [7, 8, 9, 10], 11],
  [{ from_offset: 0 }, [7, 8, 9, 10], 11],
  [{ from_offset: 1 }, [7, 8, 9, 10], 11],
  [{ from_offset: 3, limit: 2 }, [7, 8], 9],
  [{ from_offset: 8 }, [8, 9, 10], 11],
  [{ from_offset: -2 }, [9, 10], 11],
  [{ from_offset: -9 }, [7, 8, 9, 10], 11],
  [{ from_offset: 2, to_offset: 7 }, [7], 8],
  [{ from_offset: 2, to_offset: 6 }, [], 7],
];

function reads(title: string, settings: Fields, oldest: number, table: readonly Bounds[]) {
  return table.map(
    ([request, offsets, nextOffset]): ConformanceCase => ({
      name: `stream.history ${JSON.stringify(request)}: ${title}`,
      async run({ call }) {
        await call("stream.create", { room, ...settings });
        await tellAll(call, room, 1, 10);
        const answer = await call("stream.history", { room, ...request });
        const events = answer.events as Fields[];
        assert.deepEqual(
          events.map(({ offset }) => offset),
          offsets,
        );
        assert.deepEqual(
          events.map(({ data }) => data),
          offsets,
        );
        has(answer, { next_offset: nextOffset, oldest_offset: oldest, newest_offset: 10 });
      },
    }),
  );
}

export const streamHistory: readonly ConformanceCase[] = [
  ...reads("of ten events", {}, 1, whole),
  ...reads("where the first six are gone", { max_events: 4 }, 7, trimmed),
  {
    name: "stream.history: an unknown room is empty, and is not created",
    async run({ call }) {
      for (const request of [{}, { from_offset: 5 }, { from_offset: -5 }, { from_offset: 0 }]) {
        const answer = await call("stream.history", { room: "unknown", ...request });
        has(answer, { events: [], next_offset: 1, oldest_offset: 1, newest_offset: 0 });
        assert.equal(answer.incarnation, null);
      }
      has(await call("stream.rooms"), { items: [] });
    },
  },
  {
    name: "stream.history: an empty room",
    async run({ call }) {
      await call("stream.create", { room });
      const answer = await call("stream.history", { room });
      has(answer, { events: [], next_offset: 1, oldest_offset: 1, newest_offset: 0 });
      assert(Number.isSafeInteger(answer.incarnation));
    },
  },
  {
    name: "stream.history: 100 events a page unless told otherwise, at most 10 000",
    async run({ call }) {
      await tellAll(call, room, 1, 150);
      const page = await call("stream.history", { room });
      assert.equal((page.events as unknown[]).length, 100);
      has(page, { next_offset: 101, newest_offset: 150 });
      const all = await call("stream.history", { room, limit: 10_000 });
      assert.equal((all.events as unknown[]).length, 150);
      for (const limit of [0, -1, 10_001, 1.5]) {
        await refusal(call("stream.history", { room, limit }), "INVALID_REQUEST", {
          path: "limit",
        });
      }
    },
  },
  {
    name: "stream.history: page by page from next_offset, each event once, while more come",
    async run({ call }) {
      await tellAll(call, room, 1, 25);
      const offsets: unknown[] = [];
      let from = 0;
      for (let page = 0; page < 10; page++) {
        const answer = await call("stream.history", { room, from_offset: from, limit: 7 });
        offsets.push(...(answer.events as Fields[]).map(({ offset }) => offset));
        from = answer.next_offset as number;
        if (page < 3) await tell(call, room, "more");
      }
      assert.deepEqual(offsets, range(1, 28));
    },
  },
  {
    name: "stream.history: a page ends behind the event that passes 1 MiB, and has at least one",
    async run({ call }) {
      for (let i = 0; i < 4; i++) await tell(call, room, "x".repeat(400_000));
      const page = await call("stream.history", { room });
      assert.equal((page.events as unknown[]).length, 3);
      has(page, { next_offset: 4, newest_offset: 4 });
      const rest = await call("stream.history", { room, from_offset: 4 });
      has(rest, { next_offset: 5 });
      assert.equal((rest.events as unknown[]).length, 1);
    },
  },
];

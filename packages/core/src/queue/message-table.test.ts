import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NONE } from "../tables/handle.ts";
import { MessageTable, messageBytes } from "./message-table.ts";

const headers = fc.option(
  fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.string({ maxLength: 20 }), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
);

describe("a table of messages", () => {
  test("keeps value and headers by id, and bytes for as long as it does", () => {
    const steps = fc.array(
      fc.record({
        value: fc.uint8Array({ minLength: 1, maxLength: 600 }),
        headers,
        removes: fc.option(fc.nat(50)),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const table = new MessageTable();
        const model = new Map<number, { value: Uint8Array; headers: object | null }>();
        for (const [i, { value, headers, removes }] of all.entries()) {
          const id = i + 1;
          const handle = table.insert(id, value, headers);
          table.status.set(handle, 1);
          model.set(id, { value, headers });
          const gone = [...model.keys()][removes ?? -1];
          if (gone !== undefined) {
            table.remove(table.find(gone));
            model.delete(gone);
          }
          expect(table.size).toBe(model.size);
          for (const [known, message] of model) {
            const row = table.find(known);
            expect(table.id.get(row)).toBe(known);
            expect(new Uint8Array(table.valueOf(row))).toEqual(message.value);
            expect(table.headersOf(row)).toEqual(message.headers ?? {});
          }
          if (gone !== undefined) expect(table.find(gone)).toBe(NONE);
        }
        for (const id of model.keys()) table.remove(table.find(id));
        expect([table.size, table.bytes]).toEqual([0, 0]);
        for (let row = 0; row < table.end; row++) expect(table.status.get(row)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test("a row that serves again knows nothing of the message before", () => {
    const table = new MessageTable();
    const row = table.insert(1, new Uint8Array(9), { a: "b" });
    table.setNote(row, { reason: "rejected", error: "x".repeat(500), failedAt: 5 });
    table.retries.set(row, 4);
    table.delivered.set(row, 1);
    table.delivery.set(row, 77);
    table.due.set(row, 1_000);
    table.remove(row);
    expect(table.insert(2, new Uint8Array(3), null)).toBe(row);
    const { retries, delivered, delivery, due } = table;
    expect([retries, delivered, delivery, due].map((column) => column.get(row))).toEqual([
      0, 0, 0, 0,
    ]);
    expect([table.noteOf(row), table.headersOf(row), table.find(1)]).toEqual([null, {}, NONE]);
    expect(table.lengthOf(row)).toBe(3);
  });

  test("a note is kept, replaced and taken away", () => {
    const table = new MessageTable();
    const row = table.insert(1, new Uint8Array(9), null);
    const before = table.bytes;
    const note = { reason: "max_retries", error: "kaputt 😀", failedAt: 5 } as const;
    table.setNote(row, note);
    expect(table.noteOf(row)).toEqual(note);
    table.setNote(row, { ...note, error: null });
    expect(table.noteOf(row)?.error).toBeNull();
    table.setNote(row, null);
    expect([table.noteOf(row), table.bytes]).toEqual([null, before]);
  });

  test("what a message will add to its bytes is known before", () => {
    const table = new MessageTable();
    table.insert(1, new Uint8Array(100), null);
    expect(table.bytes).toBe(messageBytes(100, 0));
    const head = JSON.stringify({ a: "b" }).length;
    table.insert(2, new Uint8Array(2_000), { a: "b" });
    expect(table.bytes).toBe(messageBytes(100, 0) + messageBytes(2_000, head));
  });
});

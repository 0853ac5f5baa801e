import fc from "fast-check";
import { expect, test } from "vitest";
import { NONE } from "../tables/handle.ts";
import { MessageList } from "./message-list.ts";
import { MessageTable } from "./message-table.ts";

test("a chain is an array to which things are added at both ends and removed anywhere", () => {
  const steps = fc.array(
    fc.record({ does: fc.constantFrom("append", "append", "prepend", "remove"), at: fc.nat(50) }),
    { maxLength: 80 },
  );
  fc.assert(
    fc.property(steps, fc.boolean(), (all, detaches) => {
      const table = new MessageTable();
      const lists = [new MessageList(table), new MessageList(table)] as const;
      const models: [number[], number[]] = [[], []];
      for (const [i, { does, at }] of all.entries()) {
        const [list, model] = at % 2 === 0 ? [lists[0], models[0]] : [lists[1], models[1]];
        if (does === "remove") {
          if (model.length === 0) continue;
          list.remove(model.splice(at % model.length, 1)[0] as number);
        } else {
          const handle = table.insert(i + 1, new Uint8Array(1), null);
          list[does as "append" | "prepend"](handle);
          if (does === "append") model.push(handle);
          else model.unshift(handle);
        }
        expect([list.size, list.head, list.tail]).toEqual([
          model.length,
          model[0] ?? NONE,
          model.at(-1) ?? NONE,
        ]);
      }
      for (const [i, list] of lists.entries()) {
        const chain: number[] = [];
        const head = detaches ? list.detach() : list.head;
        for (let at = head; at !== NONE; at = table.next.get(at)) chain.push(at);
        expect(chain).toEqual(models[i]);
        if (detaches) expect([list.size, list.head, list.tail]).toEqual([0, NONE, NONE]);
      }
    }),
    { numRuns: 300 },
  );
});

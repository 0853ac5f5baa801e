import assert from "node:assert/strict";
import type { CommandDefinition } from "@hivellm/synap-protocol/schema";
import { findCommand } from "@hivellm/synap-protocol/schema";
import { has, refusal } from "../expectations.ts";
import { theWire } from "../needs.ts";
import type { ConformanceCase, Fields, Party } from "../types.ts";

/** The commands of queues, rooms and pub/sub, each with a request that is well-formed. */
const requests: Readonly<Record<string, Fields>> = {
  "queue.create": { queue: "q" },
  "queue.delete": { queue: "q" },
  "queue.list": {},
  "queue.stats": { queue: "q" },
  "queue.purge": { queue: "q" },
  "queue.publish": { queue: "q", message: 1 },
  "queue.publish_many": { queue: "q", messages: [{ message: 1 }] },
  "queue.consume": { queue: "q" },
  "queue.ack": { queue: "q", message_id: "1" },
  "queue.ack_many": { queue: "q", message_ids: ["1"] },
  "queue.nack": { queue: "q", message_id: "1" },
  "queue.release": { queue: "q", message_id: "1" },
  "queue.extend": { queue: "q", message_id: "1" },
  "queue.subscribe": { queue: "q" },
  "queue.unsubscribe": { queue: "q" },
  "queue.bind": { queue: "q", pattern: "a" },
  "queue.unbind": { queue: "q", pattern: "a" },
  "queue.bindings": { queue: "q" },
  "queue.peek": { queue: "q" },
  "queue.dead.list": { queue: "q" },
  "queue.dead.redrive": { queue: "q" },
  "queue.dead.purge": { queue: "q" },
  "stream.create": { room: "r" },
  "stream.delete": { room: "r" },
  "stream.rooms": {},
  "stream.stats": { room: "r" },
  "stream.publish": { room: "r", event: "e", data: 1 },
  "stream.history": { room: "r" },
  "stream.subscribe": { room: "r" },
  "stream.unsubscribe": { room: "r" },
  "pubsub.publish": { topic: "t", message: 1 },
  "pubsub.subscribe": { topics: ["t"] },
  "pubsub.unsubscribe": {},
  "pubsub.topics": {},
  "pubsub.stats": {},
};

type Schema = CommandDefinition["request"]["properties"][string];

/** Data that a field does not take, by what its schema says. */
function wrongFor(schema: Schema): unknown[] {
  if (schema["x-synap"] === "value") return [];
  switch (schema.type) {
    case "string":
      return [{ not: "a text" }, ...wrongTexts(schema)];
    case "integer":
      return ["many", 1.5, ...outside(schema)];
    case "number":
      return ["many", ...outside(schema)];
    case "boolean":
      return [{ not: "a flag" }];
    case "array":
      return [{ not: "a list" }, ...wrongLists(schema)];
    default:
      return [["not an object"], { "": 17 }];
  }
}

function wrongTexts({ format, maxLength }: Schema): string[] {
  if (format === "synap-name") return ["", "a\u0000b", "a\nb", "x".repeat(513), "é".repeat(257)];
  return typeof maxLength === "number" ? ["x".repeat(maxLength + 1)] : [];
}

function outside({ minimum, maximum, exclusiveMinimum }: Schema): number[] {
  const wrong: number[] = [];
  if (typeof minimum === "number" && minimum > Number.MIN_SAFE_INTEGER) wrong.push(minimum - 1);
  if (typeof maximum === "number" && maximum < Number.MAX_SAFE_INTEGER) wrong.push(maximum + 1);
  if (typeof exclusiveMinimum === "number") wrong.push(exclusiveMinimum, exclusiveMinimum - 1);
  return wrong;
}

function wrongLists({ items, minItems, maxItems }: Schema): unknown[][] {
  const sample = (items as Schema).type === "object" ? { message: 1 } : "1";
  return [
    ...(typeof minItems === "number" ? [[]] : []),
    ...(typeof maxItems === "number" ? [new Array(maxItems + 1).fill(sample)] : []),
    [sample, { not: "an item" }],
  ];
}

/** Refused at this field, or at something inside it, with what was expected. */
async function refusedAt(call: Party["call"], command: string, payload: Fields, path: string) {
  const shown = `${command} ${JSON.stringify(payload).slice(0, 120)}`;
  const error = await refusal(call(command, payload), "INVALID_REQUEST");
  const at = String(error.details.path);
  assert(at === path || at.startsWith(`${path}[`) || at.startsWith(`${path}.`), `${shown}: ${at}`);
  assert(typeof error.details.expected === "string" && error.details.expected !== "", shown);
  const name = at.slice(at.lastIndexOf(".") + 1);
  assert(error.message.includes(name), `${shown}: ${error.message}`);
}

/** Nothing came about by all of it. */
async function isUntouched(call: Party["call"]): Promise<void> {
  has(await call("queue.stats", { queue: "q" }), { depth: 0, in_flight: 0, consumers: 0 });
  has(await call("stream.stats", { room: "r" }), { newest_offset: 0, subscribers: 0 });
  has(await call("pubsub.stats"), { topics: 0, subscribers: 0, bindings: 0, published: 0 });
  for (const command of ["queue.list", "stream.rooms"]) {
    assert.equal(((await call(command)).items as unknown[]).length, 1);
  }
}

function badInput(command: string, good: Fields): ConformanceCase {
  return {
    name: `${command}: unknown, missing and wrong fields are refused by name, and change nothing`,
    needs: theWire,
    async run({ call }) {
      await call("queue.create", { queue: "q" });
      await call("stream.create", { room: "r" });
      const { properties, required = [] } = (findCommand(command) as CommandDefinition).request;
      await refusedAt(call, command, { ...good, nonsense: 1 }, "nonsense");
      for (const field of required) {
        const { [field]: _, ...rest } = good;
        await refusedAt(call, command, rest, field);
      }
      for (const [field, schema] of Object.entries(properties)) {
        for (const wrong of wrongFor(schema)) {
          await refusedAt(call, command, { ...good, [field]: wrong }, field);
        }
      }
      await isUntouched(call);
    },
  };
}

/** Lists that are read page by page. */
const lists = Object.entries(requests).filter(
  ([command]) => "cursor" in (findCommand(command)?.request.properties ?? {}),
);

const wrongCursors = ["", "nonsense", "k1.%%%", "k1.gICA", "k2.YQ"];

export const badInputCases: readonly ConformanceCase[] = [
  ...Object.entries(requests).map(([command, good]) => badInput(command, good)),
  {
    name: "unknown fields: the nearest known one is named",
    needs: theWire,
    async run({ call }) {
      const misspelt = [
        ["queue.publish", { queue: "q", message: 1, priorty: 9 }, "priority"],
        ["queue.consume", { queue: "q", time_out: 5 }, "timeout"],
        ["stream.history", { room: "r", fromOffset: 5 }, "from_offset"],
        ["pubsub.publish", { topic: "t", mesage: 1 }, "message"],
      ] as const;
      for (const [command, payload, nearest] of misspelt) {
        await refusal(call(command, payload), "INVALID_REQUEST", { nearest });
      }
    },
  },
  ...lists.map(
    ([command, request]): ConformanceCase => ({
      name: `${command}: a cursor that no page returned is refused by name`,
      async run({ call }) {
        await call("queue.create", { queue: "q" });
        for (const cursor of wrongCursors) {
          await refusal(call(command, { ...request, cursor }), "INVALID_REQUEST", {
            path: "cursor",
          });
        }
      },
    }),
  ),
];

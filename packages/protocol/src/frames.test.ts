import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formats, plainPayload, type Sent, taggedPayload } from "../test/frames.ts";
import { answers, type Call, calls, definitionOf, objectFor } from "../test/payloads.ts";
import { wireMessages } from "./generated/wire.ts";
import type { ClientMessage, ServerMessage } from "./index.ts";
import { readFields, writeFields } from "./readable.ts";
import { messageDefinitions } from "./schema/messages.ts";
import type { TObject } from "./schema/types.ts";
import { noticeValidators, payloadValidators } from "./schema/validate.ts";
import { type WireField, wireCommand } from "./wire-table.ts";

const both = Object.entries(formats);

function isValue({ properties }: TObject, name: string): boolean {
  return properties[name]?.["x-synap"] === "value";
}

function valuesOf(type: string): readonly WireField[] {
  return wireMessages.find((one) => one.from === "server" && one.type === type)?.fields ?? [];
}

function requests(all: readonly Call[]): Sent[] {
  return all.map((call, i) => ({ id: i + 1, ...call }));
}

function plain(message: ClientMessage): unknown {
  if (message.kind !== "request") return message;
  const { id, command, payload } = message;
  return { id, command: command.name, payload: plainPayload(command.request, payload) };
}

describe.each(both)("frames as %s", (_, format) => {
  test("every command arrives as it was called, alone and in a pipeline", () => {
    fc.assert(
      fc.property(fc.array(calls, { minLength: 1, maxLength: 5 }), (all) => {
        const sent = requests(all);
        const read = format.toServer(sent);
        expect(read.map(plain)).toEqual(sent);
        for (const message of read) {
          if (message.kind !== "request") expect.fail(`${message.kind} instead of a request`);
          else expect(payloadValidators.get(message.command.name)?.(message.payload)).toBeNull();
        }
      }),
      { numRuns: 500 },
    );
  });

  test("every answer arrives as it was given, alone and with others", () => {
    const durability = fc.constantFrom(undefined, "memory" as const, "synced" as const);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(answers, durability), { minLength: 1, maxLength: 5 }),
        (all) => {
          const messages = all.map(([{ command, payload }, level], i): ServerMessage => {
            const wire = wireCommand(command);
            const tagged = taggedPayload(wire.response, payload);
            return { kind: "reply", id: i + 1, command: wire, payload: tagged, durability: level };
          });
          const pending = (id: unknown) => {
            const call = all[Number(id) - 1]?.[0];
            return call === undefined ? undefined : { command: wireCommand(call.command) };
          };
          const received = format.toClient(messages, pending);
          expect(received).toEqual(
            all.map(([{ payload }, level], i) => ({
              kind: "reply",
              id: i + 1,
              payload,
              durability: level,
            })),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test("every push arrives as it was sent", () => {
    const pushes = fc
      .constantFrom(...messageDefinitions.filter(({ from }) => from === "server"))
      .chain(({ type, fields }) =>
        objectFor(fields).map((given) => ({
          type,
          // Null is as absent, but as a value.
          fields: Object.fromEntries(
            Object.entries(given).filter(([name, v]) => v !== null || isValue(fields, name)),
          ),
        })),
      );
    fc.assert(
      fc.property(fc.array(pushes, { minLength: 1, maxLength: 4 }), (all) => {
        const messages = all.map(({ type, fields }): ServerMessage => {
          return { kind: "push", type, fields: taggedPayload(valuesOf(type), fields) };
        });
        const received = format.toClient([...messages, ...messages], () => undefined);
        const wanted = all.map(({ type, fields }) => ({ kind: "push", type, fields }));
        expect(received).toEqual([...wanted, ...wanted]);
      }),
      { numRuns: 300 },
    );
  });

  test("every notice arrives and passes its validator", () => {
    const notices = fc
      .constantFrom(...messageDefinitions.filter(({ from }) => from === "client"))
      .chain(({ type, fields }) => objectFor(fields).map((given) => ({ type, fields: given })));
    fc.assert(
      fc.property(fc.array(notices, { minLength: 1, maxLength: 4 }), (all) => {
        const read = format.toServer(
          all.map(({ type, fields }) => ({ notice: type as "hello", fields })),
        );
        expect(read).toEqual(all.map((notice) => ({ kind: "notice", ...notice })));
        for (const { type, fields } of all) expect(noticeValidators.get(type)?.(fields)).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test("a batch's results are read by the commands it held", () => {
    const outcomes = fc.oneof(
      answers.map((call) => ({ call, error: null })),
      answers.map((call) => ({ call, error: { code: "KEY_NOT_FOUND", message: "gone" } })),
    );
    fc.assert(
      fc.property(fc.array(outcomes, { maxLength: 5 }), (all) => {
        const batch = wireCommand("batch");
        const results = all.map(({ call, error }) => {
          if (error !== null) return { error };
          const command = wireCommand(call.command);
          return { command, payload: taggedPayload(command.response, call.payload) };
        });
        const reply: ServerMessage = { kind: "reply", id: 9, command: batch, payload: { results } };
        const members = all.map(({ call }) => call.command);
        const received = format.toClient([reply], () => ({ command: batch, members }));
        expect(received).toMatchObject([
          {
            id: 9,
            payload: {
              results: all.map(({ call, error }) =>
                error === null
                  ? { status: "success", payload: call.payload }
                  : { status: "error", error },
              ),
            },
          },
        ]);
      }),
      { numRuns: 300 },
    );
  });

  test("what stands beside a payload arrives in its place", () => {
    const guard = { lease: "leader", token: 2 ** 53 - 1 };
    for (const options of [{ sync: true }, { retry: true }, { guard }, { sync: false, guard }]) {
      for (const [command, payload] of [
        ["kv.set", { key: "a", value: 1 }],
        ["kv.del", { keys: ["a"] }],
        ["kv.set", { key: "a", value: 1, session: true }],
        ["batch", { commands: [] }],
      ] as const) {
        const read = format.toServer([{ id: 1, command, payload, options }]);
        expect(read).toMatchObject([{ kind: "request", id: 1, options }]);
        expect(read.map(plain)).toEqual([{ id: 1, command, payload }]);
      }
    }
    const bare = format.toServer([{ id: 1, command: "kv.get", payload: { key: "a" } }]);
    expect(bare[0]).toMatchObject({ kind: "request", options: undefined });
  });

  test("undefined is as absent, null of an optional field too", () => {
    const payload = { key: "a", value: null, ttl: undefined, nx: null, if: null };
    const read = format.toServer([{ id: 1, command: "kv.set", payload }]);
    expect(read.map(plain)).toEqual([
      { id: 1, command: "kv.set", payload: { key: "a", value: null } },
    ]);
  });

  test("failures arrive with id, code, message and details", () => {
    const error = { code: "VERSION_MISMATCH", message: "é", details: { key: "a", actual: 0 } };
    const bare = { code: "INTERNAL", message: "" };
    const messages: ServerMessage[] = [
      { kind: "failure", id: 4, error },
      { kind: "failure", id: null, error: bare },
    ];
    expect(format.toClient(messages, () => undefined)).toEqual(messages);
    expect(format.toClient(messages.slice(0, 1), () => undefined)).toEqual(messages.slice(0, 1));
  });

  test("a push that several followers get is written once", () => {
    const push: ServerMessage = {
      kind: "push",
      type: "synced",
      fields: { prefix: "", version: 1 },
    };
    const first = format.toClient([push], () => undefined);
    (push.fields as { version: number }).version = 2;
    expect(format.toClient([push, push], () => undefined)).toEqual([...first, ...first]);
  });

  test.each([1, 15, 16, 17, 200, 65_535, 65_536, 70_000])("%i messages fit in a frame", (count) => {
    const push: ServerMessage = { kind: "push", type: "ping", fields: {} };
    const command = wireCommand("kv.del");
    const messages = Array.from({ length: count }, (_, i): ServerMessage => {
      return i === 0 ? { kind: "reply", id: 1, command, payload: { deleted: 3 } } : push;
    });
    const received = format.toClient(messages, () => ({ command }));
    expect(received).toHaveLength(count);
    expect(received[0]).toMatchObject({ id: 1, payload: { deleted: 3 } });
    expect(received.at(-1)).toMatchObject(count === 1 ? { id: 1 } : { kind: "push", type: "ping" });
  });

  test.each([
    ["kv.set", { key: "a", value: 1n }, "value"],
    ["kv.set", { key: "a", value: { deep: [Number.NaN] } }, "value.deep[0]"],
    ["kv.set", { key: "a", value: new Map() }, "value"],
    ["kv.set", { key: "\ud800", value: 1 }, "key"],
    ["kv.set", { key: `${"a".repeat(30)}\udfff`, value: 1 }, "key"],
    ["kv.set", { key: "a", value: "\ud800" }, "value"],
    ["kv.set", { key: "a", value: 1, ttl: Number.NaN }, "ttl"],
    ["kv.set", { key: "a", value: 1, ttl: Number.POSITIVE_INFINITY }, "ttl"],
    ["kv.incr", { key: "a", amount: 2 ** 53 }, "amount"],
    ["kv.incr", { key: "a", amount: 1n }, "amount"],
    ["kv.get", { key: () => "a" }, "key"],
    [
      "kv.mset",
      {
        entries: [
          { key: "a", value: 1 },
          { key: "b", value: new Set() },
        ],
      },
      "entries[1].value",
    ],
    ["kv.mset", { entries: [{ key: "\udfff", value: 1 }] }, "entries[0].key"],
    ["kv.mset", { entries: [{ key: "a", value: 1, ttl: Number.NaN }] }, "entries[0].ttl"],
    ["kv.mset", { entries: ["a"] }, "entries[0]"],
    ["kv.del", { keys: ["a", "\ud800"] }, "keys[1]"],
  ])("the client refuses what cannot travel: %s %o at %s", (command, payload, path) => {
    expect(() => format.toServer([{ id: 1, command, payload }])).toThrow(
      expect.objectContaining({
        code: "INVALID_REQUEST",
        details: expect.objectContaining({ path }),
      }),
    );
  });
});

test("payloads that the generator makes are those of the schema", () => {
  fc.assert(
    fc.property(calls, ({ command, payload }) => {
      const { request } = wireCommand(command);
      const tagged = readFields(request, writeFields(request, payload, "json"), "json");
      expect(payloadValidators.get(definitionOf(command).name)?.(tagged)).toBeNull();
    }),
    { numRuns: 300 },
  );
});

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ERROR_CODES } from "../errors.ts";
import { wireCommands, wireMessages } from "../generated/wire.ts";
import type { CommandDefinition } from "./define.ts";
import { errorDocs } from "./error-docs.ts";
import { messageDefinitions } from "./messages.ts";
import { commands, findCommand } from "./registry.ts";
import { wireSource } from "./wire-source.ts";

const definitions: readonly CommandDefinition[] = commands;

function repeated(items: readonly unknown[]): unknown[] {
  return items.filter((item, i) => items.indexOf(item) !== i);
}

function placesIn(template: string): string[] {
  return Array.from(template.matchAll(/\{([^}]*)\}/g), ([, name = ""]) => name);
}

describe("the registry", () => {
  test("has each name and number once", () => {
    expect(repeated(definitions.map(({ name }) => name))).toEqual([]);
    expect(repeated(definitions.map(({ number }) => number))).toEqual([]);
    for (const { number } of definitions) expect(number).toBeGreaterThan(0);
  });

  test("has each REST route once", () => {
    const routes = definitions.flatMap(({ http }) =>
      http === undefined ? [] : [`${http.method} ${http.path.replaceAll(/\{[^}]*\}/g, "{}")}`],
    );
    expect(routes.length).toBeGreaterThan(10);
    expect(repeated(routes)).toEqual([]);
  });

  test("finds a command by its name", () => {
    for (const definition of definitions) expect(findCommand(definition.name)).toBe(definition);
    expect(findCommand("kv.gut")).toBeUndefined();
    expect(findCommand("toString")).toBeUndefined();
  });

  test("has each message's type and kind once in each direction, and kinds are negative", () => {
    for (const from of ["client", "server"]) {
      const messages = messageDefinitions.filter((message) => message.from === from);
      expect(repeated(messages.map(({ type }) => type))).toEqual([]);
      expect(repeated(messages.map(({ kind }) => kind))).toEqual([]);
    }
    for (const { kind } of messageDefinitions) expect(kind).toBeLessThan(0);
  });

  test("a type that goes both ways has one kind", () => {
    for (const { type, kind } of messageDefinitions) {
      const others = messageDefinitions.filter((message) => message.type === type);
      expect(others.every((message) => (message.kind as number) === kind)).toBe(true);
    }
  });
});

describe.each(definitions.map((definition) => [definition.name, definition] as const))(
  "%s",
  (_, definition) => {
    const fields = definition.request.properties;

    test("says what it does", () => {
      expect(definition.summary).toMatch(/^[A-Z].*\.$/);
      expect(definition.description).toMatch(/^[A-Z].*\.$/s);
      for (const [name, field] of Object.entries({ ...definition.response.properties })) {
        expect(field.description, name).toMatch(/\.$/);
      }
    });

    test("names fields that exist: entity, path, access, groups", () => {
      const { entity, http, access, exclusive } = definition;
      const named = [
        ...(entity === null ? [] : [entity]),
        ...placesIn(http?.path ?? ""),
        ...placesIn(access.resource),
        ...(exclusive ?? []).flat(),
      ];
      expect(named.filter((name) => fields[name] === undefined)).toEqual([]);
    });

    test("what stands in its path is one name, and required if the command is about it", () => {
      for (const name of placesIn(definition.http?.path ?? "")) {
        if (name === definition.entity) expect(definition.request.required).toContain(name);
        const field = fields[name];
        expect(field?.type === "array" ? field.items.type : field?.type).toBe("string");
      }
    });

    test("is not on REST if it binds to a session, and reads by GET unless it consumes", () => {
      const { http, mutates, bindsSession } = definition;
      if (bindsSession) expect(http).toBeUndefined();
      // The tutorials take a delivery by GET.
      if (http?.method === "GET") expect(mutates).toBe(http.answer === "delivery");
      if (http?.method === "DELETE") expect(mutates).toBe(true);
    });

    test("has required fields before optional ones, but for those of which one is needed", () => {
      const required = new Set(definition.request.required ?? []);
      const oneOf = new Set(definition.exclusive?.flat());
      const flags = Object.keys(fields)
        .filter((name) => !oneOf.has(name))
        .map((name) => required.has(name));
      expect(flags).toEqual([...flags].sort((a, b) => Number(b) - Number(a)));
    });
  },
);

describe("the wire is frozen", () => {
  test("the generated file says what the definitions say; `pnpm generate` writes it", () => {
    const path = new URL("../generated/wire.ts", import.meta.url);
    expect(squeezed(readFileSync(path, "utf8"))).toBe(squeezed(wireSource()));
  });

  test("numbers and positions do not change: new fields go to the end", () => {
    const positions = Object.fromEntries(
      wireCommands.map(({ name, number, request, response }) => [
        name,
        [number, request.map((f) => f.name).join(" "), response.map((f) => f.name).join(" ")],
      ]),
    );
    expect(positions).toEqual({
      "kv.set": [
        1,
        "key value ttl ttl_ms nx xx keep_ttl if_version if get session",
        "success key version previous",
      ],
      "kv.get": [2, "key", "found value ttl version"],
      "kv.del": [3, "keys if", "deleted"],
      "kv.exists": [4, "keys", "count"],
      "kv.incr": [5, "key amount ttl ttl_ms if", "value"],
      "kv.decr": [6, "key amount ttl ttl_ms if", "value"],
      "kv.expire": [7, "key ttl ttl_ms", "success"],
      "kv.persist": [8, "key", "success"],
      "kv.ttl": [9, "key", "ttl ttl_ms"],
      "kv.mset": [10, "entries if", "version"],
      "kv.mget": [11, "keys", "values"],
      "kv.scan": [12, "prefix cursor count", "keys cursor has_more"],
      "kv.stats": [
        13,
        "",
        "keys keys_with_ttl session_keys bytes max_memory_bytes eviction_policy hits misses expired evicted watchers",
      ],
      "kv.watch": [14, "prefix from_version", "version reset"],
      "kv.unwatch": [15, "prefix", "success"],
      "queue.create": [
        20,
        "queue max_depth ack_deadline_secs default_max_retries retry_backoff_secs retry_backoff_max_secs dedup_window_secs default_ttl_secs exclusive",
        "queue created",
      ],
      "queue.delete": [21, "queue", "success"],
      "queue.list": [22, "prefix cursor limit", "items cursor has_more"],
      "queue.stats": [
        23,
        "queue",
        "queue depth in_flight delayed dead consumers published delivered acked nacked timed_out expired dead_lettered oldest_message_age_secs",
      ],
      "queue.purge": [24, "queue", "purged"],
      "queue.publish": [
        25,
        "queue message priority headers delay max_retries dedup_id ttl payload",
        "message_id position duplicate",
      ],
      "queue.publish_many": [26, "queue messages", "messages"],
      "queue.consume": [27, "queue consumer_id max_messages timeout ack_deadline", "messages"],
      "queue.ack": [28, "queue message_id", "success"],
      "queue.ack_many": [29, "queue message_ids", "acked missing"],
      "queue.nack": [30, "queue message_id requeue delay error", "success action"],
      "queue.release": [31, "queue message_id", "success"],
      "queue.extend": [32, "queue message_id ack_deadline", "success deadline"],
      "queue.subscribe": [33, "queue consumer_id prefetch ack_deadline exclusive", "queue"],
      "queue.unsubscribe": [34, "queue", "success"],
      "queue.bind": [35, "queue pattern", "success"],
      "queue.unbind": [36, "queue pattern", "success"],
      "queue.bindings": [37, "queue prefix cursor limit", "items cursor has_more"],
      "queue.peek": [38, "queue limit", "messages"],
      "queue.dead.list": [39, "queue cursor limit", "items cursor has_more"],
      "queue.dead.redrive": [40, "queue limit message_ids", "redriven remaining"],
      "queue.dead.purge": [41, "queue", "purged"],
      "stream.create": [50, "room max_events max_bytes max_age_secs idle_ttl_secs", "room created"],
      "stream.delete": [51, "room", "success"],
      "stream.rooms": [52, "prefix cursor limit", "items cursor has_more"],
      "stream.stats": [
        53,
        "room",
        "room subscribers events bytes oldest_offset newest_offset incarnation",
      ],
      "stream.publish": [
        54,
        "room event data metadata event_type",
        "event_id offset subscribers_notified",
      ],
      "stream.history": [
        55,
        "room from_offset to_offset limit subscriber",
        "events next_offset oldest_offset newest_offset incarnation",
      ],
      "stream.subscribe": [
        56,
        "room from_offset replay incarnation",
        "room next_offset oldest_offset newest_offset incarnation",
      ],
      "stream.unsubscribe": [57, "room", "success"],
      "pubsub.publish": [
        60,
        "topic message metadata payload data",
        "message_id topic subscribers_matched",
      ],
      "pubsub.subscribe": [61, "topics group", "topics"],
      "pubsub.unsubscribe": [62, "topics group", "removed"],
      "pubsub.topics": [63, "prefix cursor limit", "items cursor has_more"],
      "pubsub.stats": [64, "", "topics subscribers bindings published delivered dropped"],
      batch: [100, "commands", "results"],
    });
  });

  test("kinds and fields of the other messages do not change either", () => {
    const messages = wireMessages.map(
      ({ from, type, kind, fields }) =>
        `${from} ${type} ${kind}: ${fields.map((f) => f.name).join(" ")}`,
    );
    expect(messages).toEqual([
      "client hello -1: client_id resume done features",
      "server hello -1: session resume resumed boot_id version protocol features limits durability",
      "client cancel -2: request_id",
      "client done -3: request_id",
      "client ping -5: nonce",
      "server ping -5: nonce",
      "server gap -6: prefix reason from to lost kind room incarnation",
      "server event -7: room offset event_type data timestamp event_id metadata",
      "server message -8: topic message message_id timestamp metadata group",
      "server delivery -9: queue id message_id message priority retry_count max_retries headers timestamp deadline",
      "server watch -11: prefix op key value version ttl",
      "server synced -12: prefix version",
    ]);
  });
});

describe("the documentation of errors", () => {
  test("has exactly the codes", () => {
    expect(Object.keys(errorDocs)).toEqual([...ERROR_CODES]);
  });

  test("every command names codes that exist, each once", () => {
    for (const { errors } of definitions) {
      expect(repeated(errors)).toEqual([]);
      for (const code of errors) expect(ERROR_CODES).toContain(code);
    }
  });
});

/** Text without what a formatter may change: spaces, quotes of names, trailing commas. */
function squeezed(source: string): string {
  return source
    .replaceAll(/"([A-Za-z_]\w*)":/g, "$1:")
    .replaceAll(/,(?=\s*[}\]])/g, "")
    .replaceAll(/\s+/g, "");
}

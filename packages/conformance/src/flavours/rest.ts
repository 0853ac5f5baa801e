import assert from "node:assert/strict";
import {
  restoreFields,
  utf8Encode,
  valueFromJson,
  wireCommand,
  writeFields,
} from "@hivellm/synap-protocol";
import { findCommand } from "@hivellm/synap-protocol/schema";
import type { Fields, Flavour, Party } from "../types.ts";
import { errorOf, httpParty } from "./http.ts";
import { startWorld } from "./server.ts";

/**
 * Each command through its REST binding. What REST cannot say (several names in one path, commands
 * without a binding, several messages in one answer) goes through the command endpoint.
 */
export const restFlavour: Flavour = {
  name: "REST",
  capabilities: ["sessionless", "wire"],
  start: (limits) => startWorld(limits, async ({ url }) => restParty(url)),
};

type Binding = NonNullable<ReturnType<typeof bindingOf>>;

function bindingOf(command: string) {
  return findCommand(command)?.http;
}

/** What stands in a path although the command can do without it. */
const DEFAULT_NAMES: Fields = { consumer_id: "conformance", subscriber: "conformance" };

function restParty(url: string): Party {
  const commandEndpoint = httpParty(url, "json");
  return {
    pushes: [],
    close: async () => undefined,
    async call(name, payload = {}, signal) {
      const http = bindingOf(name);
      const rest = writeFields(wireCommand(name).request, payload, "json");
      const path = http === undefined ? null : fillPath(http.path, rest);
      if (http === undefined || path === null || !fits(http, rest)) {
        return commandEndpoint.call(name, payload, signal);
      }
      const reply = await fetch(url + path + (http.method === "POST" ? "" : query(rest)), {
        method: http.method,
        ...(http.method === "POST"
          ? { headers: { "content-type": "application/json" }, body: JSON.stringify(rest) }
          : {}),
        signal: signal ?? null,
      });
      return http.answer === "value" ? readValue(reply) : readAnswer(name, http, reply);
    },
  };
}

/** The path with its fields taken out of the request, or null if they do not fit into one. */
function fillPath(template: string, rest: Fields): string | null {
  let path = template;
  for (const [place, field = ""] of template.matchAll(/\{(\w+)\}/g)) {
    const given = rest[field] ?? DEFAULT_NAMES[field];
    const name = Array.isArray(given) && given.length === 1 ? (given[0] as unknown) : given;
    // URL clients resolve dot segments; such names go through the command endpoint.
    if (typeof name !== "string" || name === "" || name.split("/").some(isDots)) return null;
    delete rest[field];
    path = path.replace(place, () => encodeURIComponent(name));
  }
  return path;
}

function isDots(segment: string): boolean {
  return segment === "." || segment === "..";
}

/** A query has no place for objects, and the answer of a consume none for several messages. */
function fits({ method, answer }: Binding, rest: Fields): boolean {
  if (answer === "delivery" && rest.max_messages !== undefined) return false;
  return method === "POST" || !hasObjects(rest);
}

function hasObjects(rest: Fields): boolean {
  return Object.values(rest).some((value) => typeof value === "object" && value !== null);
}

function query(rest: Fields): string {
  const pairs = Object.entries(rest).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs).toString()}`;
}

async function readAnswer(name: string, { answer }: Binding, reply: Response): Promise<Fields> {
  if (reply.status === 204) return { messages: [] };
  const body = (await reply.json()) as Fields;
  if (!reply.ok) throw errorOf(body);
  if (answer === "delivery") return { messages: [readDelivery(body)] };
  assert.equal(reply.status, answer === "created" && body.created === true ? 201 : 200);
  if (answer === "events") for (const event of body.events as Fields[]) readEventName(event);
  return restoreFields(wireCommand(name).response, body);
}

/** A delivery has its message as bytes, and as JSON too if it is JSON. */
function readDelivery({ payload, message, ...rest }: Fields): Fields {
  const bytes = Uint8Array.from(payload as number[]);
  if (message === undefined) return { ...rest, message: bytes };
  assert.deepEqual(bytes, utf8Encode(JSON.stringify(message)), "payload is the message's JSON");
  return { ...rest, message: valueFromJson(message) };
}

/** REST tells an event's type under both names. */
function readEventName(event: Fields): void {
  assert.equal(event.event, event.event_type);
  delete event.event;
}

/** `GET /kv/get/{key}`: the bare value, with version and ttl in headers. */
async function readValue(reply: Response): Promise<Fields> {
  const type = reply.headers.get("content-type") ?? "";
  if (reply.status === 404) {
    const text = await reply.text();
    if (text === "null") return { found: false, value: null, ttl: null, version: 0 };
    throw errorOf(JSON.parse(text) as Fields);
  }
  if (!reply.ok) throw errorOf((await reply.json()) as Fields);
  const bytes = new Uint8Array(await reply.arrayBuffer());
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const value = type.startsWith("application/octet-stream")
    ? bytes
    : type.startsWith("text/plain")
      ? text
      : valueFromJson(JSON.parse(text));
  const ttl = reply.headers.get("x-synap-ttl");
  return {
    found: true,
    value,
    ttl: ttl === null ? null : Number(ttl),
    version: Number(reply.headers.get("etag")?.replaceAll('"', "")),
  };
}

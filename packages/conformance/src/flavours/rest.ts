import { restoreFields, valueFromJson, wireCommand, writeFields } from "@hivellm/synap-protocol";
import { findCommand } from "@hivellm/synap-protocol/schema";
import type { Fields, Flavour, Party } from "../types.ts";
import { errorOf, httpParty } from "./http.ts";
import { startWorld } from "./server.ts";

/**
 * Each command through its REST binding. What REST cannot say (several names in one path, commands
 * without a binding) goes through the command endpoint.
 */
export const restFlavour: Flavour = {
  name: "REST",
  capabilities: ["sessionless"],
  start: (limits) => startWorld(limits, async ({ url }) => restParty(url)),
};

function restParty(url: string): Party {
  const commandEndpoint = httpParty(url, "json");
  return {
    pushes: [],
    close: async () => undefined,
    async call(name, payload = {}) {
      const http = findCommand(name)?.http;
      if (http === undefined) return commandEndpoint.call(name, payload);
      const rest = writeFields(wireCommand(name).request, payload, "json");
      const path = fillPath(http.path, rest);
      if (path === null || (http.method !== "POST" && hasObjects(rest))) {
        return commandEndpoint.call(name, payload);
      }
      const reply = await fetch(url + path + (http.method === "POST" ? "" : query(rest)), {
        method: http.method,
        ...(http.method === "POST"
          ? { headers: { "content-type": "application/json" }, body: JSON.stringify(rest) }
          : {}),
      });
      return http.raw === true ? readRaw(reply) : readAnswer(name, reply);
    },
  };
}

/** The path with its fields taken out of the request, or null if they do not fit into one. */
function fillPath(template: string, rest: Fields): string | null {
  const field = /\{(\w+)\}/.exec(template)?.[1];
  if (field === undefined) return template;
  const given = rest[field];
  const name = Array.isArray(given) && given.length === 1 ? (given[0] as unknown) : given;
  // URL clients resolve dot segments; such names go through the command endpoint.
  if (typeof name !== "string" || name === "" || name.split("/").some(isDots)) return null;
  delete rest[field];
  return template.replace(/\{\w+\}/, () => encodeURIComponent(name));
}

function isDots(segment: string): boolean {
  return segment === "." || segment === "..";
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

async function readAnswer(name: string, reply: Response): Promise<Fields> {
  const answer = (await reply.json()) as Fields;
  if (!reply.ok) throw errorOf(answer);
  return restoreFields(wireCommand(name).response, answer);
}

/** `GET /kv/get/{key}`: the bare value, with version and ttl in headers. */
async function readRaw(reply: Response): Promise<Fields> {
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

import { ERRORS } from "../errors.ts";
import { deliveryFields } from "./commands/queue-parts.ts";
import { eventFields } from "./commands/stream.ts";
import type { CommandDefinition, HttpBinding } from "./define.ts";
import {
  answerName,
  callParameters,
  components,
  content,
  headerReferences,
  JSON_TYPE,
  type Json,
  jsonSchema,
  MSGPACK_TYPE,
  operationId,
  reference,
} from "./openapi-parts.ts";
import { commands } from "./registry.ts";
import type { TSchema } from "./types.ts";

/** What of the document a server knows and the definitions do not. */
export interface OpenApiOptions {
  /** The server's version. */
  readonly version?: string;
}

const DESCRIPTION = [
  "Names in a path are percent-decoded once; a kv key at the end of a path may hold slashes, escaped or not.",
  "An absent or empty body is `{}`. A body is JSON or MessagePack by its Content-Type; the answer is MessagePack only if Accept names `application/msgpack`.",
  "Unknown fields are refused. The WebSocket at `/api/v1/ws` takes the same commands.",
  "The WebSockets `/stream/{room}/ws/{subscriber}?from_offset=`, `/pubsub/ws?topics=` and `/queue/{queue}/ws/{consumer}?prefetch=&ack_deadline=` send bare JSON, one event, message or delivery in each frame.",
].join("\n\n");

/** The OpenAPI 3.1 document of the HTTP side, made from the command definitions. */
export function openApiDocument({ version = "0.0.0" }: OpenApiOptions = {}): Json {
  const all: readonly CommandDefinition[] = commands;
  const engines = new Set(all.filter((command) => command.http !== undefined).map(tagOf));
  return {
    openapi: "3.1.0",
    info: {
      title: "Synap",
      version,
      description: DESCRIPTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "This server." }],
    tags: [...engines, "commands", "system"].map((name) => ({ name })),
    paths: { ...commandPaths(all), ...listenPaths(all), ...endpointPaths(), ...systemPaths() },
    components: components(all),
  };
}

/** `kv` of `kv.set`. */
function tagOf({ name }: CommandDefinition): string {
  return name.split(".", 1)[0] as string;
}

function commandPaths(all: readonly CommandDefinition[]): Json {
  const paths: Record<string, Json> = {};
  for (const command of all) {
    const binding = command.http;
    if (binding === undefined) continue;
    const operations = paths[binding.path] ?? {};
    operations[binding.method.toLowerCase()] = operation(command, binding);
    paths[binding.path] = operations;
  }
  return paths;
}

function operation(command: CommandDefinition, binding: HttpBinding): Json {
  const { properties, required = [] } = command.request;
  const inPath = [...binding.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  const others = Object.entries(properties).filter(([name]) => !inPath.includes(name));
  const isPost = binding.method === "POST";
  return {
    operationId: operationId(command),
    tags: [tagOf(command)],
    summary: command.summary,
    description: withErrors(command),
    parameters: [
      ...inPath.map((name) => pathParameter(name, properties[name] as TSchema)),
      ...(isPost
        ? []
        : others.map(([name, schema]) => queryParameter(name, schema, required.includes(name)))),
      ...callParameters(command.mutates),
    ],
    ...(isPost && others.length > 0 ? { requestBody: requestBody(others, required) } : {}),
    responses: { ...success(command, binding), default: reference("responses", "Error") },
  };
}

function withErrors({ description, errors }: CommandDefinition): string {
  if (errors.length === 0) return description;
  const list = errors.map((code) => `\`${code}\` (${ERRORS[code].status})`);
  return `${description}\n\nFails with ${list.join(", ")}.`;
}

/** A list in the path takes one name. */
function pathParameter(name: string, schema: TSchema): Json {
  const item = schema.type === "array" ? (schema.items as TSchema) : schema;
  return { name, in: "path", required: true, schema: jsonSchema(item) };
}

/** A list of texts is repeated; a list of objects is one parameter that holds JSON. */
function queryParameter(name: string, schema: TSchema, required: boolean): Json {
  const { description, ...rest } = jsonSchema(schema);
  const asJson = schema.type === "array" && (schema.items as TSchema).type === "object";
  return {
    name,
    in: "query",
    required,
    description,
    ...(asJson ? { content: { [JSON_TYPE]: { schema: rest } } } : { schema: rest }),
  };
}

function requestBody(fields: readonly [string, TSchema][], required: readonly string[]): Json {
  const needed = fields.map(([name]) => name).filter((name) => required.includes(name));
  const schema = {
    type: "object",
    ...(needed.length === 0 ? {} : { required: needed }),
    properties: Object.fromEntries(fields.map(([name, field]) => [name, jsonSchema(field)])),
    additionalProperties: false,
  };
  return { required: needed.length > 0, content: content(schema) };
}

function success(command: CommandDefinition, { answer }: HttpBinding): Json {
  if (answer === "value") return rawResponses();
  if (answer === "delivery") return deliveryResponses();
  if (answer === "events") return eventsResponses(command);
  const done = {
    description: "Done.",
    headers: headerReferences(["XRequestId", "XSynapDurability"]),
    content: content(reference("schemas", answerName(command))),
  };
  return answer === "created"
    ? {
        "200": { ...done, description: "It existed." },
        "201": { ...done, description: "Created." },
      }
    : { "200": done };
}

function eventsResponses({ response }: CommandDefinition): Json {
  const { events: _, ...others } = response.properties;
  const properties = {
    events: { type: "array", items: eventSchema(), description: "In the order of their offsets." },
    ...Object.fromEntries(Object.entries(others).map(([name, field]) => [name, jsonSchema(field)])),
  };
  return {
    "200": {
      description: "A page of events.",
      headers: headerReferences(["XRequestId"]),
      content: content({ type: "object", properties }),
    },
  };
}

/** An event as it stands in REST answers, in frames of a room's socket and in its event stream. */
function eventSchema(): Json {
  const properties = {
    ...Object.fromEntries(
      Object.entries(eventFields).map(([name, field]) => [name, jsonSchema(field)]),
    ),
    event: { type: "string", description: "The same as `event_type`." },
  };
  return { type: "object", properties };
}

/** Listening without a library: server-sent events. */
function listenPaths(all: readonly CommandDefinition[]): Json {
  const propertiesOf = (name: string): Record<string, TSchema> =>
    all.find((command) => command.name === name)?.request.properties ?? {};
  const { room, from_offset } = propertiesOf("stream.subscribe");
  const topics = {
    name: "topics",
    in: "query",
    required: true,
    description:
      "Topics and patterns, parted by commas. An empty last segment means `#`, as does an empty item: URL clients drop what stands behind a bare `#`. `%23` works too.",
    schema: { type: "string" },
    example: "orders.created,users.*,audit.%23",
  };
  const lastEventId = {
    name: "Last-Event-ID",
    in: "header",
    description:
      "The id of the last event that arrived, `<incarnation>-<offset>`, or its offset: reading goes on behind it. Wins over `from_offset`. Browsers send it when they come back.",
    schema: { type: "string" },
  };
  return {
    "/stream/{room}/events": eventStream({
      id: "streamEvents",
      tag: "stream",
      summary: "Follows a room as server-sent events.",
      description:
        "`data` is an event as `/stream/{room}/consume/{subscriber}` has it, `id` its event_id. That events were missed is told by an event named `gap`. A room that does not exist is created.",
      parameters: [
        pathParameter("room", room as TSchema),
        queryParameter("from_offset", from_offset as TSchema, false),
        lastEventId,
      ],
    }),
    "/pubsub/events": eventStream({
      id: "pubsubEvents",
      tag: "pubsub",
      summary: "Listens to topics as server-sent events.",
      description:
        "`data` is `{topic, message, message_id, timestamp, metadata?}`. That a slow reader lost messages is told by an event named `gap`.",
      parameters: [topics],
    }),
  };
}

interface EventStreamOperation {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Json[];
}

function eventStream({ id, tag, summary, description, parameters }: EventStreamOperation): Json {
  return {
    get: {
      operationId: id,
      tags: [tag],
      summary,
      description,
      parameters: [...parameters, reference("parameters", "XRequestId")],
      responses: {
        "200": {
          description: "Events, until one side closes the connection.",
          headers: headerReferences(["XRequestId"]),
          content: { "text/event-stream": { schema: { type: "string" } } },
        },
        default: reference("responses", "Error"),
      },
    },
  };
}

function deliveryResponses(): Json {
  const bytes = { type: "array", items: { type: "integer", minimum: 0, maximum: 255 } };
  const message = { ...reference("schemas", "Value"), description: "If it was published as JSON." };
  const { message: _, ...others } = deliveryFields;
  const properties = {
    ...Object.fromEntries(Object.entries(others).map(([name, field]) => [name, jsonSchema(field)])),
    message,
    payload: {
      ...bytes,
      description: "The message as bytes: of JSON, its text. In MessagePack, bytes as such.",
    },
  };
  return {
    "200": {
      description: "One delivery.",
      headers: headerReferences(["XRequestId", "XSynapDurability"]),
      content: content({ type: "object", properties }),
    },
    "204": { description: "No message came." },
  };
}

function rawResponses(): Json {
  return {
    "200": {
      description: "The bare value: a string as text, bytes as bytes, all else as JSON.",
      headers: headerReferences(["XRequestId", "ETag", "XSynapTTL"]),
      content: {
        "text/plain; charset=utf-8": { schema: { type: "string" } },
        [JSON_TYPE]: { schema: {} },
        "application/octet-stream": {},
        [MSGPACK_TYPE]: { schema: {} },
      },
    },
    "404": {
      description:
        "There is no such key. The body is `null`: the one error without the usual shape.",
      headers: headerReferences(["XRequestId"]),
      content: content({ type: "null" }),
    },
  };
}

function endpointPaths(): Json {
  const single = reference("schemas", "CommandRequest");
  const batch = reference("schemas", "BatchRequest");
  const singleAnswer = reference("schemas", "CommandResponse");
  const batchAnswer = reference("schemas", "BatchResponse");
  return {
    "/api/v1/command": endpoint(
      "runCommand",
      "Runs any command by its name, or a batch of them.",
      { oneOf: [single, batch] },
      { oneOf: [singleAnswer, batchAnswer] },
    ),
    "/api/v1/batch": endpoint(
      "runBatch",
      "Runs several commands with nothing in between.",
      batch,
      batchAnswer,
    ),
  };
}

function endpoint(id: string, summary: string, request: Json, answer: Json): Json {
  return {
    post: {
      operationId: id,
      tags: ["commands"],
      summary,
      parameters: callParameters(true),
      requestBody: { required: true, content: content(request) },
      responses: {
        "200": {
          description: "Done. What failed in a batch stands among its results.",
          headers: headerReferences(["XRequestId"]),
          content: content(answer),
        },
        default: reference("responses", "Error"),
      },
    },
  };
}

function systemPaths(): Json {
  const get = (id: string, summary: string, properties: Json): Json => ({
    get: {
      operationId: id,
      tags: ["system"],
      summary,
      responses: {
        "200": { description: "Yes.", content: content({ type: "object", properties }) },
        default: reference("responses", "Error"),
      },
    },
  });
  const text = { type: "string" };
  return {
    "/health": get("health", "Whether the process is alive.", {
      status: { const: "ok" },
      version: text,
      uptime_secs: { type: "integer", minimum: 0 },
    }),
    "/ready": get("ready", "Whether the server takes requests.", { status: { const: "ready" } }),
    "/openapi.json": get("openApi", "This document.", { openapi: text }),
  };
}

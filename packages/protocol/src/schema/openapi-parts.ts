import { ERROR_CODES, ERRORS } from "../errors.ts";
import { MAX_BATCH_COMMANDS } from "../limits.ts";
import type { CommandDefinition } from "./define.ts";
import { errorDocs } from "./error-docs.ts";
import type { TSchema } from "./types.ts";

/* The components of the OpenAPI document, and how a command's schemas become part of it. */

export type Json = Record<string, unknown>;

export const JSON_TYPE = "application/json";
export const MSGPACK_TYPE = "application/msgpack";

/** A reference to a component. */
export function reference(
  kind: "schemas" | "responses" | "parameters" | "headers",
  name: string,
): Json {
  return { $ref: `#/components/${kind}/${name}` };
}

/** The same schema in both formats. */
export function content(schema: Json): Json {
  return { [JSON_TYPE]: { schema }, [MSGPACK_TYPE]: { schema } };
}

/** `kv.set` becomes `kvSet`. */
export function operationId(command: CommandDefinition): string {
  return command.name.replace(/[._](\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** `kv.get` becomes `KvGetAnswer`. */
export function answerName(command: CommandDefinition): string {
  const id = operationId(command);
  return `${id.charAt(0).toUpperCase()}${id.slice(1)}Answer`;
}

const OWN_WORDS = ["expected", "x-synap"];

/** A command's schema as plain JSON Schema: what validators and errors add to it is left out. */
export function jsonSchema(schema: TSchema): Json {
  switch (schema["x-synap"]) {
    case "value":
      return { ...reference("schemas", "Value"), description: schema.description };
    case "commands":
      return { ...plain(schema), items: reference("schemas", "CommandRequest") };
    case "results":
      return { ...plain(schema), items: reference("schemas", "BatchOutcome") };
    default:
      return plain(schema);
  }
}

function plain(schema: TSchema): Json {
  const result: Json = {};
  for (const [word, value] of Object.entries(schema)) {
    if (OWN_WORDS.includes(word) || (word === "format" && String(value).startsWith("synap-")))
      continue;
    result[word] = nested(word, value);
  }
  return result;
}

function nested(word: string, value: unknown): unknown {
  switch (word) {
    case "items":
      return jsonSchema(value as TSchema);
    case "anyOf":
      return (value as TSchema[]).map(jsonSchema);
    case "properties":
    case "patternProperties":
      return Object.fromEntries(
        Object.entries(value as Record<string, TSchema>).map(([name, member]) => [
          name,
          jsonSchema(member),
        ]),
      );
    default:
      return value;
  }
}

/** All components of the document. */
export function components(all: readonly CommandDefinition[]): Json {
  return {
    schemas: {
      ...wireSchemas(all),
      ...Object.fromEntries(
        all.map((command) => [answerName(command), jsonSchema(command.response)]),
      ),
    },
    responses: { Error: errorResponse() },
    parameters: Object.fromEntries(
      callHeaders.map(([name, header]) => [name, { ...header, in: "header" }]),
    ),
    headers: Object.fromEntries(answerHeaders),
  };
}

function wireSchemas(all: readonly CommandDefinition[]): Json {
  const requestId = {
    description: "Echoed as it was sent.",
    anyOf: [
      { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
      { type: "string", minLength: 1, maxLength: 128 },
    ],
  };
  const options = { sync: { type: "boolean" }, guard: guardSchema, retry: { type: "boolean" } };
  const error = reference("schemas", "Error");
  const payload = { anyOf: all.map((command) => reference("schemas", answerName(command))) };
  const commands = {
    type: "array",
    maxItems: MAX_BATCH_COMMANDS,
    items: reference("schemas", "CommandRequest"),
  };
  return {
    Value: {
      description:
        'Any JSON value. Bytes are `{"$bytes":"<base64>"}`; an object that has only such a key is written with one more `$`.',
    },
    ErrorCode: errorCodeSchema(),
    Error: object(
      { code: reference("schemas", "ErrorCode"), message: { type: "string" } },
      {
        details: { type: "object" },
      },
    ),
    ErrorAnswer: object(
      { error, request_id: requestId },
      { type: { const: "response" }, status: { const: "error" } },
    ),
    CommandRequest: object(
      { command: { enum: all.map(({ name }) => name) } },
      {
        payload: { type: "object" },
        type: { const: "request" },
        request_id: requestId,
        ...options,
      },
    ),
    CommandResponse: object(
      { type: { const: "response" }, request_id: requestId, status: { const: "success" }, payload },
      { durability: { enum: ["memory", "written", "synced"] } },
    ),
    BatchRequest: object(
      { commands },
      { type: { const: "batch" }, request_id: requestId, ...options },
    ),
    BatchResponse: object(
      {
        type: { const: "batch_response" },
        results: { type: "array", items: reference("schemas", "BatchOutcome") },
      },
      { request_id: requestId },
    ),
    BatchOutcome: {
      oneOf: [
        object({ status: { const: "success" }, payload }, {}),
        object({ status: { const: "error" }, error }, {}),
      ],
    },
  };
}

function object(required: Json, optional: Json): Json {
  return {
    type: "object",
    required: Object.keys(required),
    properties: { ...required, ...optional },
    additionalProperties: false,
  };
}

const guardSchema = object({ lease: { type: "string" }, token: { type: "integer" } }, {});

function errorCodeSchema(): Json {
  const rows = ERROR_CODES.map((code) => {
    const { status, retryable } = ERRORS[code];
    return `| \`${code}\` | ${status} | ${retryable ? "yes" : "no"} | ${errorDocs[code]} |`;
  });
  return {
    type: "string",
    enum: ERROR_CODES,
    description: [
      "Which failure. Match on this, never on a message's text.",
      "",
      "| code | HTTP status | may succeed later | what happened, and what to do |",
      "|---|---|---|---|",
      ...rows,
    ].join("\n"),
  };
}

function errorResponse(): Json {
  return {
    description: "It failed; the HTTP status is that of the code.",
    headers: headerReferences(["XRequestId", "RetryAfter", "Allow"]),
    content: content(reference("schemas", "ErrorAnswer")),
  };
}

const text = { type: "string" };
const header = (name: string, description: string, schema: Json): Json => ({
  name,
  description,
  schema,
});

/** Headers that a request may carry. */
const callHeaders: readonly (readonly [string, Json])[] = [
  [
    "XRequestId",
    header("X-Request-Id", "Comes back in the answer; made up where there is none.", text),
  ],
  [
    "XSynapClient",
    header("X-Synap-Client", "The caller's client id.", {
      ...text,
      pattern: "^[A-Za-z0-9_-]{1,64}$",
    }),
  ],
  [
    "XSynapSync",
    header("X-Synap-Sync", "Answer only when the effect is synced to disk.", { type: "boolean" }),
  ],
  [
    "XSynapGuard",
    header("X-Synap-Guard", "`<lease>:<token>`: run only while the lease has this token.", text),
  ],
  [
    "XSynapRetry",
    header("X-Synap-Retry", "This repeats a request whose answer did not arrive.", {
      type: "boolean",
    }),
  ],
];

/** References to the headers that a request may carry. */
export function callParameters(mutates: boolean): Json[] {
  const names = [
    "XRequestId",
    "XSynapClient",
    ...(mutates ? ["XSynapSync", "XSynapGuard", "XSynapRetry"] : []),
  ];
  return names.map((name) => reference("parameters", name));
}

const answerHeaders: readonly (readonly [string, Json])[] = [
  ["XRequestId", { description: "The request's id.", schema: text }],
  ["ETag", { description: "The version of the key, in quotes.", schema: text }],
  [
    "XSynapTTL",
    {
      description: "Seconds to live; absent where the key does not expire.",
      schema: { type: "integer" },
    },
  ],
  [
    "XSynapDurability",
    { description: "The level of this answer where it is not the server's own.", schema: text },
  ],
  [
    "RetryAfter",
    { description: "Seconds to wait before trying again.", schema: { type: "integer" } },
  ],
  ["Allow", { description: "The methods that the path answers to.", schema: text }],
];

const HEADER_NAMES: Readonly<Record<string, string>> = {
  XRequestId: "X-Request-Id",
  XSynapTTL: "X-Synap-TTL",
  XSynapDurability: "X-Synap-Durability",
  RetryAfter: "Retry-After",
};

/** References to headers of answers, under the names that they have on the wire. */
export function headerReferences(names: readonly string[]): Json {
  return Object.fromEntries(
    names.map((name) => [HEADER_NAMES[name] ?? name, reference("headers", name)]),
  );
}

import { invalidRequest, type SynapError, unknownField } from "@hivellm/synap-protocol";
import type { CommandDefinition } from "@hivellm/synap-protocol/schema";
import { decodeQueryText } from "./target.ts";

type Schema = CommandDefinition["request"]["properties"][string];

/** A credential that a browser cannot put into a header; never a field of a command. */
const CREDENTIAL = "api_key";

/** The decoded parameters of a query, in their order; credentials are left out. */
export function readQuery(raw: string): [name: string, value: string][] {
  const parameters: [string, string][] = [];
  if (raw === "") return parameters;
  for (const part of raw.split("&")) {
    if (part === "") continue;
    const mark = part.indexOf("=");
    const name = decodeQueryText(mark === -1 ? part : part.slice(0, mark), "the query");
    if (name === CREDENTIAL) continue;
    parameters.push([name, mark === -1 ? "" : decodeQueryText(part.slice(mark + 1), name)]);
  }
  return parameters;
}

/**
 * The fields that a query gives a command, each in the JSON type of its schema. Text that does not
 * have that type stays text, and unknown names stay: the command's validator says what is wrong.
 */
export function fieldsOfQuery(
  parameters: readonly (readonly [string, string])[],
  schemas: Readonly<Record<string, Schema>>,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, text] of parameters) {
    if (name === "__proto__") throw unknownField(name, Object.keys(schemas), "the query");
    const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
    const before = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (schema !== undefined && isTextList(schema)) {
      fields[name] = before === undefined ? [text] : [...(before as string[]), text];
    } else if (before === undefined) {
      fields[name] = schema === undefined ? text : fieldOfText(text, schema);
    } else throw givenTwice(name);
  }
  return fields;
}

function givenTwice(name: string): SynapError {
  return invalidRequest(`The query names ${JSON.stringify(name.slice(0, 100))} twice.`, {
    path: name,
    expected: "one value",
  });
}

function isTextList(schema: Schema): boolean {
  return schema.type === "array" && (schema.items as Schema | undefined)?.type === "string";
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** One text of a path or query as the type that a schema asks for; a list takes it as its only item. */
export function fieldOfText(text: string, schema: Schema): unknown {
  switch (schema.type) {
    case "integer":
    case "number":
      return NUMBER.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "array":
      return isTextList(schema) ? [text] : parsed(text);
    case "object":
      return parsed(text);
    default:
      return text;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

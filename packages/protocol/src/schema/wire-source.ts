import type { WireCommand, WireField, WireMessage } from "../wire-table.ts";
import type { CommandDefinition, MessageDefinition } from "./define.ts";
import { messageDefinitions } from "./messages.ts";
import { commands } from "./registry.ts";
import { Kind, type TObject, type TSchema } from "./types.ts";

/**
 * Writes `generated/wire.ts`: what of the definitions must be known at run time without a schema
 * library (browsers, edge runtimes), and the wire's TypeScript types. Run by `pnpm generate`; a
 * test fails when the file is not what the definitions say.
 */
export function wireSource(): string {
  return [
    "// Made from the command definitions by `pnpm generate`. Do not edit.",
    'import type { Value } from "../values.ts";',
    'import type { WireCommand, WireMessage } from "../wire-table.ts";',
    "",
    "export const wireCommands: readonly WireCommand[] = [",
    ...commands.map((command) => `  ${JSON.stringify(wireCommandOf(command))},`),
    "];",
    "",
    "export const wireMessages: readonly WireMessage[] = [",
    ...messageDefinitions.map((message) => `  ${JSON.stringify(wireMessageOf(message))},`),
    "];",
    "",
    "/** The requests and answers of all commands as they stand on the JSON wire. */",
    "export interface CommandPayloads {",
    ...(commands as readonly CommandDefinition[]).flatMap((command) => [
      `  "${command.name}": {`,
      `    request: ${typeOf(command.request)};`,
      `    response: ${typeOf(command.response)};`,
      "  };",
    ]),
    "}",
    "",
  ].join("\n");
}

function wireCommandOf(command: CommandDefinition): WireCommand {
  return {
    name: command.name,
    number: command.number,
    ...(command.mutates ? { mutates: true as const } : {}),
    request: fieldsOf(command.request),
    response: fieldsOf(command.response),
  };
}

function wireMessageOf(message: MessageDefinition): WireMessage {
  const { type, kind, from } = message;
  return { type, kind, from, fields: fieldsOf(message.fields) };
}

function fieldsOf(schema: TObject): WireField[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties).map(([name, field]) => {
    const shape = shapeOf(field);
    return {
      name,
      ...(shape === undefined ? {} : { shape }),
      ...(required.has(name) ? {} : { optional: true as const }),
    };
  });
}

function shapeOf(schema: TSchema): WireField["shape"] {
  const special: unknown = schema["x-synap"];
  if (special === "value" || special === "commands" || special === "results") return special;
  if (schema.type === "array" && isObject(schema.items)) return fieldsOf(schema.items);
  return undefined;
}

function isObject(schema: unknown): schema is TObject {
  return typeof schema === "object" && schema !== null && (schema as TSchema)[Kind] === "Object";
}

function typeOf(schema: TSchema): string {
  const special: unknown = schema["x-synap"];
  if (special === "value") return "Value";
  if (special === "commands" || special === "results") return "unknown[]";
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map((s: TSchema) => typeOf(s)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (isObject(schema)) return objectType(schema);
  switch (schema.type) {
    case "array":
      return `(${typeOf(schema.items as TSchema)})[]`;
    case "integer":
    case "number":
      return "number";
    case "object":
      return "Record<string, unknown>";
    default:
      return String(schema.type);
  }
}

function objectType(schema: TObject): string {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties).map(
    ([name, field]) => `${name}${required.has(name) ? "" : "?"}: ${typeOf(field)}`,
  );
  return members.length === 0 ? "Record<string, never>" : `{ ${members.join("; ")} }`;
}

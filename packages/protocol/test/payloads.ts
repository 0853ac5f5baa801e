import fc from "fast-check";
import { isName } from "../src/pattern.ts";
import type { CommandDefinition } from "../src/schema/define.ts";
import { commands, findCommand } from "../src/schema/registry.ts";
import { Kind, type TObject, type TSchema } from "../src/schema/types.ts";
import { plainValues } from "./values.ts";

export type Plain = Record<string, unknown>;

/** A command and a payload for it, as a caller of the SDK would write it. */
export interface Call {
  readonly command: string;
  readonly payload: Plain;
}

const MAX_ITEMS = 4;

/** Plain data that a schema lets through; values are any values. */
function dataFor(schema: TSchema): fc.Arbitrary<unknown> {
  if (schema["x-synap"] === "value") return plainValues;
  if (schema["x-synap"] === "commands") return fc.array(simpleCalls, { maxLength: MAX_ITEMS });
  if (Array.isArray(schema.anyOf)) return fc.oneof(...schema.anyOf.map(dataFor));
  if (schema.const !== undefined) return fc.constant(schema.const);
  switch (schema.type) {
    case "object":
      if (schema[Kind] === "Record") return textsFor(schema);
      return schema[Kind] === "Object" ? objectFor(schema as TObject) : fc.constant({ a: 1 });
    case "array":
      return fc.array(dataFor(schema.items as TSchema), {
        minLength: Number(schema.minItems ?? 0),
        maxLength: MAX_ITEMS,
      });
    case "string":
      return textFor(schema);
    case "integer":
      return fc.integer({
        min: Number(schema.minimum ?? Number.MIN_SAFE_INTEGER),
        max: Number(schema.maximum ?? Number.MAX_SAFE_INTEGER),
      });
    case "number":
      return fc.double({
        min: schema.minimum ?? Number(schema.exclusiveMinimum ?? 0) + 0.0001,
        max: Number(schema.maximum ?? 1e9),
        noNaN: true,
      });
    case "boolean":
      return fc.boolean();
    default:
      return fc.constant(null);
  }
}

/** Texts by name, such as headers. */
function textsFor(schema: TSchema): fc.Arbitrary<Plain> {
  const [text] = Object.values(schema.patternProperties as Record<string, TSchema>);
  const names = fc.string({ unit: "binary", maxLength: 6 }).filter((name) => name !== "__proto__");
  return fc.dictionary(names, textFor(text as TSchema), {
    maxKeys: MAX_ITEMS,
    noNullPrototype: true,
  });
}

/** Texts of the formats that have a rule of their own. */
const ruled: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "synap-name": fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 12 }).filter(isName),
    fc.constantFrom("jobs", "chat:1", "a b/c", "é", "😀", "x".repeat(512)),
  ),
  "synap-topic": fc.constantFrom("orders", "a.b.c", "é.😀", "a b.c/d", `a${".x".repeat(255)}`),
  "synap-pattern": fc.constantFrom("orders", "a.*", "#", "*.#.b", `*${".a".repeat(15)}`),
};

function textFor(schema: TSchema): fc.Arbitrary<string> {
  const rule = ruled[String(schema.format)];
  if (rule !== undefined) return rule;
  if (typeof schema.pattern === "string") return fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
  const minLength = Number(schema.minLength ?? 0);
  const maxLength = Number(schema.maxLength ?? 300);
  return fc.oneof(
    fc.string({ unit: "binary", minLength, maxLength: 12 }),
    fc.constantFrom("user:1", "a/b", "é", "😀\u{ffff}", "x".repeat(Math.min(300, maxLength))),
  );
}

/** An object with all required members and some of the others. */
export function objectFor(schema: TObject): fc.Arbitrary<Plain> {
  const members = Object.entries(schema.properties).map(
    ([name, member]) => [name, dataFor(member)] as const,
  );
  const requiredKeys = (schema.required ?? []) as string[];
  return fc.record(Object.fromEntries(members), { requiredKeys, noNullPrototype: true });
}

/** Payloads of a command that its validator lets through. */
export function requestsFor(command: CommandDefinition): fc.Arbitrary<Plain> {
  return objectFor(command.request).map((payload) => {
    for (const group of command.exclusive ?? []) {
      const given = group.filter((name) => isGiven(payload[name], command.request, name));
      for (const name of given.slice(1)) delete payload[name];
    }
    return payload;
  });
}

/** A flag that is false is as one that is not given; a value that is false is a value. */
function isGiven(data: unknown, { properties }: TObject, name: string): boolean {
  return data !== undefined && (data !== false || properties[name]?.["x-synap"] === "value");
}

export function responsesFor(command: CommandDefinition): fc.Arbitrary<Plain> {
  return objectFor(command.response);
}

const definitions: readonly CommandDefinition[] = commands;

/** Calls of every command but those that hold other calls. */
const simpleCalls: fc.Arbitrary<Call> = fc
  .constantFrom(...definitions.filter(({ name }) => name !== "batch"))
  .chain((command) => requestsFor(command).map((payload) => ({ command: command.name, payload })));

/** Calls of every command, batches of calls among them. */
export const calls: fc.Arbitrary<Call> = fc
  .constantFrom(...definitions)
  .chain((command) => requestsFor(command).map((payload) => ({ command: command.name, payload })));

/** A command with an answer to it; no batches, whose answers no schema describes. */
export const answers: fc.Arbitrary<Call> = fc
  .constantFrom(...definitions.filter(({ name }) => name !== "batch"))
  .chain((command) => responsesFor(command).map((payload) => ({ command: command.name, payload })));

export function definitionOf(name: string): CommandDefinition {
  return findCommand(name) as CommandDefinition;
}

import type { Answer } from "@hivellm/synap-core";
import {
  type CommandCall,
  invalidRequest,
  readFields,
  type WireCommand,
  wireCommand,
} from "@hivellm/synap-protocol";
import { type CommandDefinition, commands, type HttpBinding } from "@hivellm/synap-protocol/schema";
import { type OutgoingAnswer, sendEvents, sendRestAnswer } from "./answers.ts";
import { type BodyLimits, hasBody } from "./body.ts";
import { readCallOptions } from "./call-options.ts";
import { sendDelivery } from "./delivery-answer.ts";
import type { Exchange } from "./exchange.ts";
import { sendKvValue } from "./kv-value-answer.ts";
import { fieldOfText, fieldsOfQuery, readQuery } from "./query.ts";
import { type RouteTemplate, rawParameters, routeTemplate } from "./route-template.ts";
import { decodeName } from "./target.ts";

/** What routes need of the server. */
export interface RoutePorts {
  readonly bodyLimits: BodyLimits;
  readonly maxAnswerBytes: number;
  run(exchange: Exchange, call: CommandCall): Promise<Answer>;
}

/** A command's REST route, made from its binding. */
export interface RestRoute {
  readonly method: HttpBinding["method"];
  readonly template: RouteTemplate;
  /** Whether HEAD is answered as GET is, without the body: not where a GET takes something. */
  readonly hasHead: boolean;
  handle(exchange: Exchange, ports: RoutePorts): Promise<void>;
}

type Fields = Record<string, unknown>;

/** The routes of all commands that have a binding. */
export function restRoutes(): RestRoute[] {
  return (commands as readonly CommandDefinition[]).flatMap((definition) =>
    definition.http === undefined ? [] : [restRoute(definition, definition.http)],
  );
}

function restRoute(definition: CommandDefinition, binding: HttpBinding): RestRoute {
  const command = wireCommand(definition.name);
  const template = routeTemplate(binding.path, (name) => isKey(definition, name));
  return {
    method: binding.method,
    template,
    hasHead: !definition.mutates,
    async handle(exchange, ports) {
      const payload = await readPayload(exchange, ports, {
        definition,
        binding,
        command,
        template,
      });
      if (binding.answer === "delivery") checkOneMessage(payload);
      const options = readCallOptions(exchange.incoming.headers);
      const answer = await ports.run(exchange, { command, payload, options });
      send(exchange, binding, { command, answer, maxBytes: ports.maxAnswerBytes });
    },
  };
}

function send(exchange: Exchange, binding: HttpBinding, outgoing: OutgoingAnswer): void {
  switch (binding.answer) {
    case "value":
      return sendKvValue(exchange, outgoing.answer);
    case "delivery":
      return sendDelivery(exchange, outgoing.answer);
    case "events":
      return sendEvents(exchange, outgoing);
    case "created":
      return sendRestAnswer(
        exchange,
        outgoing,
        outgoing.answer.payload.created === true ? 201 : 200,
      );
    default:
      return sendRestAnswer(exchange, outgoing);
  }
}

/** The answer has room for one. */
function checkOneMessage({ max_messages: count }: Fields): void {
  if (count === undefined || count === 1) return;
  throw invalidRequest("Over REST one message is taken at a time.", {
    path: "max_messages",
    expected: "1, or the command queue.consume at /api/v1/command for more",
  });
}

/** Only kv keys may hold slashes and control characters; all other names of a path are strict. */
function isKey({ request }: CommandDefinition, name: string): boolean {
  const schema = request.properties[name];
  const item = schema?.type === "array" ? (schema.items as typeof schema) : schema;
  return item?.format === "synap-key";
}

interface Binding {
  readonly definition: CommandDefinition;
  readonly binding: HttpBinding;
  readonly command: WireCommand;
  readonly template: RouteTemplate;
}

async function readPayload(exchange: Exchange, ports: RoutePorts, route: Binding): Promise<Fields> {
  const { definition, binding, command } = route;
  const { path, query } = exchange.target;
  const names = readNames(route, path);
  const asked = query === "" ? names : joined(readQueryFields(query, definition, binding), names);
  if (binding.method === "GET" || !hasBody(exchange.incoming)) {
    return readFields(command.request, asked, "json");
  }
  const { format, fields } = await exchange.readBody(ports.bodyLimits);
  return readFields(command.request, joined(fields, asked), format);
}

function readQueryFields(
  query: string,
  { request }: CommandDefinition,
  { method }: HttpBinding,
): Fields {
  const parameters = readQuery(query);
  if (method === "POST" && parameters[0] !== undefined) throw inTheBody(parameters[0][0]);
  return fieldsOfQuery(parameters, request.properties);
}

const CONTROL = /\p{Cc}/u;

/** The fields that stand in the path. */
function readNames({ definition, template }: Binding, path: string): Fields {
  const names: Fields = {};
  for (const [name, raw] of rawParameters(template, path)) {
    const text = decodeName(raw, name);
    if (CONTROL.test(text) && !isKey(definition, name)) {
      throw invalidRequest(`${name} holds a control character.`, {
        path: name,
        expected: "a name without control characters",
      });
    }
    const schema = definition.request.properties[name];
    names[name] = schema === undefined ? text : fieldOfText(text, schema);
  }
  return names;
}

/** Adds fields from one place to those of another; naming one twice is fine if both agree. */
function joined(fields: Fields, more: Fields): Fields {
  for (const [name, value] of Object.entries(more)) {
    const before = fields[name];
    if (before !== undefined && before !== null && !agree(before, value)) {
      throw invalidRequest(`${name} is given twice, and differently.`, {
        path: name,
        expected: "the same name in the path and elsewhere, or only the one in the path",
      });
    }
    fields[name] = value;
  }
  return fields;
}

function agree(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function inTheBody(name: string) {
  return invalidRequest(
    `A POST takes its fields in the body; the query names "${name.slice(0, 100)}".`,
    {
      path: name,
      expected: "no query, and the field in the body",
    },
  );
}

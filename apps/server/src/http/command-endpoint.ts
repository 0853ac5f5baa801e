import {
  invalidRequest,
  isSynapError,
  type RequestId,
  readCall,
  readMembers,
  readOptions,
  readRequestId,
  refuseUnknownFields,
  toWireError,
  wireCommand,
} from "@hivellm/synap-protocol";
import { sendBatchAnswer, sendCommandAnswer } from "./answers.ts";
import type { BodyData } from "./body-data.ts";
import { readCallOptions } from "./call-options.ts";
import type { Exchange } from "./exchange.ts";
import { readQuery } from "./query.ts";
import type { RoutePorts } from "./rest-routes.ts";

const batch = wireCommand("batch");
const BATCH_FIELDS = ["type", "request_id", "commands", "sync", "guard", "retry"];

/** `POST /api/v1/command`: one command by its name, or `{type:"batch",commands}`. */
export async function handleCommand(exchange: Exchange, ports: RoutePorts): Promise<void> {
  let requestId: RequestId = exchange.requestId;
  try {
    const body = await readEnvelope(exchange, ports);
    requestId = idOf(body) ?? requestId;
    if (body.fields.type === "batch") return await runBatch(exchange, ports, body);
    const call = withHeaderOptions(exchange, readCall(body.fields, body.format));
    const answer = await ports.run(exchange, call);
    const { command } = call;
    sendCommandAnswer(exchange, requestId, { command, answer, maxBytes: ports.maxAnswerBytes });
  } catch (error) {
    sendRefusal(exchange, requestId, error);
  }
}

/** `POST /api/v1/batch`: `{commands}`, run in order with nothing in between. */
export async function handleBatch(exchange: Exchange, ports: RoutePorts): Promise<void> {
  let requestId: RequestId = exchange.requestId;
  try {
    const body = await readEnvelope(exchange, ports);
    requestId = idOf(body) ?? requestId;
    await runBatch(exchange, ports, body);
  } catch (error) {
    sendRefusal(exchange, requestId, error);
  }
}

async function runBatch(exchange: Exchange, ports: RoutePorts, body: BodyData): Promise<void> {
  const { fields, format } = body;
  refuseUnknownFields(fields, BATCH_FIELDS, "the batch");
  const payload = { commands: readMembers(fields.commands, format) };
  const call = withHeaderOptions(exchange, {
    command: batch,
    payload,
    options: readOptions(fields),
  });
  const answer = await ports.run(exchange, call);
  sendBatchAnswer(exchange, idOf(body), { command: batch, answer, maxBytes: ports.maxAnswerBytes });
}

type Call = ReturnType<typeof readCall>;

/** What stands beside the payload may also stand in headers; the body wins. */
function withHeaderOptions(exchange: Exchange, call: Call): Call {
  const options = readCallOptions(exchange.incoming.headers);
  return options === undefined ? call : { ...call, options: { ...options, ...call.options } };
}

const TYPES: readonly unknown[] = [undefined, null, "request", "command", "batch"];

async function readEnvelope(exchange: Exchange, ports: RoutePorts): Promise<BodyData> {
  const parameter = readQuery(exchange.target.query)[0];
  if (parameter !== undefined) {
    throw invalidRequest(`There is no query parameter "${parameter[0].slice(0, 100)}" here.`, {
      path: parameter[0],
      expected: "no query",
    });
  }
  const body = await exchange.readBody(ports.bodyLimits);
  if (!TYPES.includes(body.fields.type)) {
    throw invalidRequest('type must be "request" or "batch".', {
      path: "type",
      expected: '"request" (or no type) for one command, "batch" for several',
    });
  }
  return body;
}

function idOf({ fields }: BodyData): RequestId | undefined {
  return fields.request_id == null ? undefined : readRequestId(fields.request_id);
}

/** The error of a command, with the HTTP status of its code and the members that all answers have. */
function sendRefusal(exchange: Exchange, requestId: RequestId, error: unknown): void {
  if (!isSynapError(error)) throw error; // nobody foresaw it: for the log
  const wire = toWireError(error);
  exchange.sendError(wire, {
    type: "response",
    request_id: requestId,
    status: "error",
    error: wire,
  });
}

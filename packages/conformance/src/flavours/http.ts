import {
  isErrorCode,
  packMsgpack,
  restoreFields,
  restoreResults,
  SynapError,
  unpackMsgpack,
  type WireFormat,
  wireCommand,
  writeFields,
} from "@hivellm/synap-protocol";
import type { Fields, Flavour, Party } from "../types.ts";
import { startWorld } from "./server.ts";

/** `POST /api/v1/command`, in JSON or in MessagePack. */
export function httpFlavour(format: WireFormat): Flavour {
  return {
    name: `HTTP, ${format === "json" ? "JSON" : "MessagePack"}`,
    capabilities: ["sessionless", "wire"],
    start: (limits) => startWorld(limits, async ({ url }) => httpParty(url, format)),
  };
}

export function httpParty(url: string, format: WireFormat): Party {
  return {
    pushes: [],
    call: (name, payload = {}, signal) =>
      post(`${url}/api/v1/command`, format, { name, payload, signal }),
    close: async () => undefined,
  };
}

interface Request {
  readonly name: string;
  readonly payload: Fields;
  readonly signal: AbortSignal | undefined;
}

async function post(
  target: string,
  format: WireFormat,
  { name, payload, signal }: Request,
): Promise<Fields> {
  const { request, response } = wireCommand(name);
  const body = { command: name, payload: writeFields(request, payload, format), request_id: 1 };
  const type = format === "json" ? "application/json" : "application/msgpack";
  const reply = await fetch(target, {
    method: "POST",
    headers: { "content-type": type, accept: type },
    body: format === "json" ? JSON.stringify(body) : new Uint8Array(packMsgpack(body)),
    signal: signal ?? null,
  });
  const bytes = new Uint8Array(await reply.arrayBuffer());
  const answer = (
    format === "json" ? JSON.parse(new TextDecoder().decode(bytes)) : unpackMsgpack(bytes)
  ) as Fields;
  if (answer.status !== "success") throw errorOf(answer);
  const result = answer.payload as Fields;
  if (format === "json") {
    restoreFields(response, result);
    if (name === "batch") restoreResults(result.results as Fields[], memberNames(payload));
  }
  return result;
}

/** The names of a batch's commands, by which its results are read. */
export function memberNames(payload: Fields): string[] {
  return ((payload.commands ?? []) as Fields[]).map((member) => String(member.command));
}

/** The error of an answer, as a caller would throw it. */
export function errorOf(answer: Fields): SynapError {
  const { code, message, details } = answer.error as {
    code: string;
    message: string;
    details?: Fields;
  };
  if (!isErrorCode(code)) throw new SynapError("INTERNAL", `The unknown code ${code} came back.`);
  return new SynapError(code, message, { details });
}

import {
  type CallOptions,
  type CommandCall,
  type CommandPayloads,
  type ErrorCode,
  fieldsToObject,
  isSynapError,
  readFields,
  type SynapError,
  type WireFormat,
  wireCommand,
  writeFields,
} from "@hivellm/synap-protocol";
import type { Session } from "../src/index.ts";

/** A command whose payload the generated types know. */
export type Name = keyof CommandPayloads;
export type Request<N extends Name> = CommandPayloads[N]["request"];
export type Response<N extends Name> = CommandPayloads[N]["response"];

/** A call as a transport would hand it over: plain values become tagged ones. */
export function callOf<N extends Name>(
  name: N,
  request: Request<N>,
  options?: CallOptions,
  format: WireFormat = "msgpack",
): CommandCall {
  const command = wireCommand(name);
  const written = writeFields(command.request, request as Record<string, unknown>, format);
  return { command, payload: readFields(command.request, written, format), options };
}

/** Runs one command and returns its answer with plain values. */
export async function run<N extends Name>(
  session: Session,
  name: N,
  request: Request<N>,
  options?: CallOptions,
): Promise<Response<N>> {
  const { payload } = await session.execute(callOf(name, request, options));
  return fieldsToObject(wireCommand(name).response, payload) as Response<N>;
}

/** The error of a call that must be refused. */
export async function refusal(answer: Promise<unknown>): Promise<SynapError> {
  const outcome = await answer.then(
    () => null,
    (error: unknown) => error,
  );
  if (isSynapError(outcome)) return outcome;
  throw new Error(`The call was not refused with a SynapError but ended as ${String(outcome)}.`);
}

/** The code of a call that must be refused. */
export async function refusalCode(answer: Promise<unknown>): Promise<ErrorCode> {
  return (await refusal(answer)).code;
}

import {
  type MessageFields,
  SynapError,
  type WireCommand,
  type WireField,
} from "@hivellm/synap-protocol";

/*
 * How large an answer is, before it is encoded: `mget` and batches can ask for more than fits into
 * memory as text.
 */

/** The bytes of the values in a command's answer; at most what its encoded form takes. */
export function payloadBytes(command: WireCommand, payload: MessageFields): number {
  return fieldsBytes(command.response, payload);
}

function fieldsBytes(fields: readonly WireField[], payload: MessageFields): number {
  let size = 0;
  for (const { name, shape } of fields) {
    if (shape === undefined) continue;
    const value = payload[name];
    if (value === undefined || value === null) continue;
    if (shape === "value") size += (value as Uint8Array).length;
    else if (shape === "results") size += resultsBytes(value as readonly Outcome[]);
    else if (shape !== "commands") {
      for (const item of value as readonly MessageFields[]) size += fieldsBytes(shape, item);
    }
  }
  return size;
}

type Outcome =
  | { readonly command: WireCommand; readonly payload: MessageFields }
  | { error: unknown };

function resultsBytes(outcomes: readonly Outcome[]): number {
  let size = 0;
  for (const outcome of outcomes) {
    if ("command" in outcome) size += fieldsBytes(outcome.command.response, outcome.payload);
  }
  return size;
}

/** The refusal of an answer that is over the limit of a frame or body. */
export function answerTooLarge(command: string, limit: number): SynapError {
  return new SynapError(
    "PAYLOAD_TOO_LARGE",
    `The answer of ${command} is larger than ${limit} bytes; ask for less at once. The command has run.`,
    { details: { path: "the answer", limit } },
  );
}

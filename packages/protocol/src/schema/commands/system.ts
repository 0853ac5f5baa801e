import { MAX_BATCH_COMMANDS } from "../../limits.ts";
import { defineCommand } from "../define.ts";
import { Kind, Members, Type } from "../types.ts";

const Commands = Type.Unsafe<unknown[]>({
  [Kind]: "SynapCommands",
  "x-synap": "commands",
  type: "array",
  maxItems: MAX_BATCH_COMMANDS,
  description: `At most ${MAX_BATCH_COMMANDS} {command, payload}, run in order.`,
});

const Results = Type.Unsafe<unknown[]>({
  [Kind]: "SynapResults",
  "x-synap": "results",
  type: "array",
  description: "One {status, payload | error} for each command, in order.",
});

export const systemCommands = [
  defineCommand({
    name: "batch",
    number: 100,
    summary: "Runs several commands with nothing in between.",
    description:
      "Uninterrupted, in order; one failure does not stop the others. Commands that wait, and batches, cannot be in it.",
    entity: null,
    request: Members({ commands: Commands }),
    response: Members({ results: Results }),
    mutates: true,
    access: { action: "read", resource: "*" },
    errors: ["PAYLOAD_TOO_LARGE"],
  }),
] as const;

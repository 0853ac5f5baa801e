/** Several commands in one request, in the words of the wire. */
import {
  type BatchResult as AnyBatchResult,
  type CommandPayloads,
  findWireCommand,
  type Value,
  wireCommand,
} from "@hivellm/synap-protocol";
import type { CommandSpec } from "./calls/call.ts";
import { invalid } from "./errors.ts";

/** The commands that a batch can hold. */
export type BatchCommandName = Exclude<
  keyof CommandPayloads,
  "batch" | "kv.watch" | "kv.unwatch" | `${string}.subscribe` | `${string}.unsubscribe`
>;

/** One command of a batch: its name and its payload as they stand on the wire. */
export type BatchCommand = {
  [N in BatchCommandName]: {
    readonly command: N;
    readonly payload: Given<CommandPayloads[N]["request"]>;
  };
}[BatchCommandName];

/** A request as callers may write it: any value where a value goes, read-only lists as well. */
type Given<T> = [Value] extends [T]
  ? unknown
  : T extends readonly (infer Item)[]
    ? readonly Given<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: Given<T[K]> }
      : T;

/** What became of one command of a batch; the payload is that of the wire. */
export type BatchResult<N extends BatchCommandName = BatchCommandName> =
  | { readonly status: "success"; readonly payload: CommandPayloads[N]["response"] }
  | { readonly status: "error"; readonly error: BatchError };

/** Why one command of a batch failed, as it stands on the wire. */
export interface BatchError {
  /** From the error registry, such as `KEY_NOT_FOUND`. */
  readonly code: string;
  readonly message: string;
  /** What the message is about, as data. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The results of a batch, each typed by its command. */
export type BatchResults<C extends readonly BatchCommand[]> = {
  -readonly [I in keyof C]: BatchResult<C[I]["command"]>;
};

const command = wireCommand("batch");

/**
 * How a batch of these commands is run: one that only reads can be repeated like any read. What a
 * command that this version does not know would do, nobody can say.
 */
export function batchSpec(members: readonly string[]): CommandSpec<readonly AnyBatchResult[]> {
  return {
    command,
    result: (payload) => payload.results as readonly AnyBatchResult[],
    mutates: members.some((name) => (findWireCommand(name) ?? command).mutates === true),
  };
}

/** The names of a batch's commands, by which its results are read. */
export function memberNames(commands: readonly BatchCommand[]): string[] {
  if (!Array.isArray(commands))
    throw invalid("commands", "an array of { command, payload }", commands);
  return commands.map((member, i) => {
    const name: unknown = member?.command;
    if (typeof name === "string") return name;
    throw invalid(`commands[${i}].command`, 'the name of a command, such as "kv.get"', name);
  });
}

import type { SynapError } from "@hivellm/synap-protocol";
import type { AnswerOf, CommandName, RequestOf } from "@hivellm/synap-protocol/schema";
import { commands } from "@hivellm/synap-protocol/schema";
import { invariant } from "./invariant.ts";
import type { Effect } from "./journal/journal.ts";
import type { Watcher } from "./kv/watch-desk.ts";

/** What a decision may know beside state and command. */
export interface DecisionContext {
  /** The seq that the effects will have: the version of what they write. */
  readonly seq: number;
  readonly nowMs: number;
  /** The session that a key can be bound to, or null. */
  readonly session: string | null;
  /** The party that a watch can belong to, or null. */
  readonly watcher: Watcher | null;
}

/** An answer with what must change for it to be true, or a refusal. */
export type Outcome<Payload = object> =
  | { readonly payload: Payload; readonly effects: readonly Effect[] }
  | SynapError;

/**
 * The methods an engine must have: one for each command of its group, named as the command is. An
 * engine that lacks one does not compile.
 */
export type Handlers<Group extends string> = {
  [Name in CommandName as Name extends `${Group}.${infer Method}` ? Method : never]: (
    request: RequestOf<Name>,
    context: DecisionContext,
  ) => Outcome<AnswerOf<Name>>;
};

/** Runs one command: a validated payload in, its outcome out. */
export type CommandHandler = (payload: object, context: DecisionContext) => Outcome;

/** Finds each command's method on the engine of its group: `kv.get` is `engines.kv.get`. */
export function commandHandlers(engines: {
  readonly kv: Handlers<"kv">;
}): ReadonlyMap<string, CommandHandler> {
  const byGroup = engines as unknown as Record<string, Record<string, CommandHandler>>;
  const handlers = new Map<string, CommandHandler>();
  for (const { name } of commands) {
    const [group, method] = name.split(".");
    if (group === undefined || method === undefined) continue; // `batch` is the session's own
    const handler = byGroup[group]?.[method];
    invariant(handler !== undefined, `an engine runs ${name}`);
    handlers.set(name, handler.bind(byGroup[group]));
  }
  return handlers;
}

import type { SynapError } from "@hivellm/synap-protocol";
import type { AnswerOf, CommandName, RequestOf } from "@hivellm/synap-protocol/schema";
import { commands } from "@hivellm/synap-protocol/schema";
import { invariant } from "./invariant.ts";
import type { Effect } from "./journal/journal.ts";
import type { Peer } from "./session/peer.ts";

/** What a decision may know beside state and command. */
export interface DecisionContext {
  /** The seq that the effects will have: the version of what they write. */
  readonly seq: number;
  readonly nowMs: number;
  /** The party that something can be bound to, or null if nothing can. */
  readonly peer: Peer | null;
  /** Whether the caller can wait: the members of a batch cannot. */
  readonly mayWait: boolean;
}

/** An answer with what must change for it to be true. */
export interface Decided<Payload = object> {
  readonly payload: Payload;
  readonly effects: readonly Effect[];
}

/**
 * An answer that comes later. `wait` is called at once; `settle` must be called at most once, after
 * what the answer says was committed. The function that `wait` returns ends the waiting: from then
 * on `settle` is not called and nothing is taken.
 */
export interface Waiting<Payload = object> {
  wait(settle: (answer: Payload | SynapError) => void): () => void;
}

/** What an engine answers: now, later, or with a refusal. */
export type Outcome<Payload = object> = Decided<Payload> | Waiting<Payload> | SynapError;

export function isWaiting(outcome: object): outcome is Waiting {
  return "wait" in outcome;
}

/**
 * The methods an engine must have: one for each command of its group, named as the command is
 * behind the group. An engine that lacks one does not compile.
 */
export type Handlers<Group extends string> = {
  [Name in CommandName as Name extends `${Group}.${infer Method}` ? Method : never]: (
    request: RequestOf<Name>,
    context: DecisionContext,
  ) => Outcome<AnswerOf<Name>>;
};

/** Runs one command: a validated payload in, its outcome out. */
export type CommandHandler = (payload: object, context: DecisionContext) => Outcome;

/** The engines by the group of their commands. */
export interface Engines {
  readonly kv: Handlers<"kv">;
  readonly queue: Handlers<"queue">;
  readonly stream: Handlers<"stream">;
  readonly pubsub: Handlers<"pubsub">;
}

/** Finds each command's method on the engine of its group: `kv.get` is `engines.kv.get`. */
export function commandHandlers(engines: Engines): ReadonlyMap<string, CommandHandler> {
  const byGroup = engines as unknown as Record<string, Record<string, CommandHandler>>;
  const handlers = new Map<string, CommandHandler>();
  for (const { name } of commands) {
    const dot = name.indexOf(".");
    if (dot === -1) continue; // `batch` is the session's own
    const engine = byGroup[name.slice(0, dot)];
    const handler = engine?.[name.slice(dot + 1)];
    invariant(handler !== undefined, `an engine runs ${name}`);
    handlers.set(name, handler.bind(engine));
  }
  return handlers;
}

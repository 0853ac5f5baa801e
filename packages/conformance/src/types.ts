import type { Limits } from "@hivellm/synap-core";

/** Plain fields by name; values are JavaScript values here. */
export type Fields = Record<string, unknown>;

/** A push as its receiver sees it: `type` and fields, as on the JSON wire. */
export interface Push {
  readonly type: string;
  readonly fields: Fields;
}

/** One party that a case talks through, whatever carries its bytes. */
export interface Party {
  /** Runs a command; rejects with a SynapError. */
  call(command: string, payload?: Fields): Promise<Fields>;
  /** What has been pushed so far, oldest first. Empty where nothing can be pushed. */
  readonly pushes: readonly Push[];
  /** Ends the party as its user would. */
  close(): Promise<void>;
}

/** What only some flavours have: a session that lasts, or callers that surely have none. */
export type Capability = "session" | "sessionless";

/** An engine and the way to it. */
export interface World {
  /** A new party of its own. */
  join(): Promise<Party>;
  /** Moves the engine's time on. */
  advance(ms: number): Promise<void>;
  /** Ends everything; a flavour may check here what must hold at the end. */
  stop(): Promise<void>;
}

/** One implementation of the contract. */
export interface Flavour {
  readonly name: string;
  readonly capabilities: readonly Capability[];
  start(limits: Partial<Limits>): Promise<World>;
}

/** What a case is given. */
export interface CaseContext {
  readonly world: World;
  /** The first party. */
  readonly party: Party;
  /** Runs a command of the first party. */
  readonly call: Party["call"];
}

/** One behaviour that a user can see. */
export interface ConformanceCase {
  readonly name: string;
  /** Without it the case cannot be run; the flavour that lacks it skips the case with this reason. */
  readonly needs?: { readonly capability: Capability; readonly reason: string };
  readonly limits?: Partial<Limits>;
  run(context: CaseContext): Promise<void>;
}

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
  /** Runs a command; rejects with a SynapError. Aborting the signal hangs up. */
  call(command: string, payload?: Fields, signal?: AbortSignal): Promise<Fields>;
  /** What has been pushed so far, oldest first. Empty where nothing can be pushed. */
  readonly pushes: readonly Push[];
  /** Has its socket take nothing more, until it is thawed. Only where a flavour can. */
  freeze?(): void;
  thaw?(): void;
  /** Says hello again. Only where a flavour can. */
  hello?(): void;
  /** Its connection breaks without a close. Only where a flavour can. */
  lose?(): void;
  /** Ends the party as its user would. */
  close(): Promise<void>;
}

/**
 * What only some flavours have: a session that lasts, callers that surely have none, pushes, the
 * wire's own receipts and answers, a socket of its own (that can say hello and break), one that can
 * be frozen at will.
 */
export type Capability = "session" | "sessionless" | "pushes" | "wire" | "socket" | "freezing";

/** Without it a case cannot be run; the flavour that lacks it skips the case with this reason. */
export interface Need {
  readonly capability: Capability;
  readonly reason: string;
}

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
  readonly needs?: Need | readonly Need[];
  readonly limits?: Partial<Limits>;
  run(context: CaseContext): Promise<void>;
}

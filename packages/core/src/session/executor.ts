import {
  type BatchMember,
  type BatchOutcome,
  type CommandCall,
  type Durability,
  invalidRequest,
  MAX_BATCH_COMMANDS,
  type MessageFields,
  SynapError,
  toWireError,
} from "@hivellm/synap-protocol";
import {
  type CommandDefinition,
  commands,
  payloadValidators,
} from "@hivellm/synap-protocol/schema";
import { type CommandHandler, type DecisionContext, isWaiting, type Waiting } from "../commands.ts";
import { invariant } from "../invariant.ts";
import type { Effect } from "../journal/journal.ts";
import type { Limits } from "../limits.ts";
import type { Peer } from "./peer.ts";

/** What the executor needs of the engine. */
export interface ExecutorPorts {
  readonly handlers: ReadonlyMap<string, CommandHandler>;
  readonly durability: Durability;
  readonly limits: Limits;
  /** The context of a command that runs now for this party, or for nobody that can be bound to. */
  context(peer: Peer | null, mayWait: boolean): DecisionContext;
  /** Gives the effects their seq, applies them and adds them to this turn's block. */
  commit(effects: readonly Effect[]): void;
}

/** Commands that may wait are those that take something. */
const TAKING: ReadonlySet<string> = new Set(
  (commands as readonly CommandDefinition[]).filter((c) => c.waits === true).map((c) => c.name),
);

/** How a command runs. */
interface Run {
  readonly peer: Peer | null;
  readonly mayWait: boolean;
}

/** What a command answers: a payload, a refusal, or something to wait for. */
export type Ran = MessageFields | SynapError | Waiting;

/**
 * The way of a command from its call to its answer: validator, options, decision, commit. Only a
 * bug throws.
 */
export class Executor {
  readonly #ports: ExecutorPorts;

  constructor(ports: ExecutorPorts) {
    this.#ports = ports;
  }

  run(call: CommandCall, peer: Peer | null): Ran {
    return this.#run(call, { peer, mayWait: true });
  }

  #run(call: CommandCall, run: Run): Ran {
    const { command, payload, options } = call;
    const fault = payloadValidators.get(command.name)?.(payload) ?? null;
    if (fault !== null) return fault;
    const refusal = options === undefined ? null : this.#checkOptions(call);
    if (refusal !== null) return refusal;
    if (command.name === "batch")
      return this.#runBatch(payload.commands as BatchMember[], run.peer);
    const handler = this.#ports.handlers.get(command.name);
    if (handler === undefined) return invalidRequest(`${command.name} cannot be run.`);
    const outcome = handler(payload, this.#ports.context(run.peer, run.mayWait));
    if (outcome instanceof SynapError || isWaiting(outcome)) return outcome;
    if (outcome.effects.length > 0) this.#ports.commit(outcome.effects);
    return outcome.payload as MessageFields;
  }

  #runBatch(members: readonly BatchMember[], peer: Peer | null): MessageFields | SynapError {
    if (members.length > MAX_BATCH_COMMANDS) {
      return new SynapError("PAYLOAD_TOO_LARGE", "The batch holds too many commands.", {
        details: { path: "commands", limit: MAX_BATCH_COMMANDS, actual: members.length },
      });
    }
    const { maxFrameBytes } = this.#ports.limits;
    let room = maxFrameBytes;
    const results = members.map((member) => {
      const reads = "command" in member && member.command.mutates !== true;
      // What a command takes must reach its caller: it runs only while its answer surely fits.
      const takes = "command" in member && TAKING.has(member.command.name);
      if (takes && room < maxFrameBytes / 2) {
        return { error: toWireError(batchTooLarge(this.#ports.limits)) };
      }
      // Once an answer did not fit, nothing is read that would only be thrown away.
      if (reads && room <= 0) return { error: toWireError(batchTooLarge(this.#ports.limits)) };
      const outcome = this.#runMember(member, peer);
      room -= "payload" in outcome ? roughSize(outcome.payload) : 0;
      return reads && room <= 0
        ? { error: toWireError(batchTooLarge(this.#ports.limits)) }
        : outcome;
    });
    return { results };
  }

  #runMember(member: BatchMember, peer: Peer | null): BatchOutcome {
    if ("error" in member) return { error: toWireError(member.error) };
    if (member.command.name === "batch") {
      return {
        error: toWireError(invalidRequest("A batch cannot hold a batch.", { path: "command" })),
      };
    }
    const answer = this.#run(member, { peer, mayWait: false });
    if (answer instanceof SynapError) return { error: toWireError(answer) };
    invariant(!isWaiting(answer), "nothing waits inside a batch");
    return { command: member.command, payload: answer };
  }

  #checkOptions({ command, options = {} }: CommandCall): SynapError | null {
    const given = Object.keys(options)[0];
    if (given === undefined) return null;
    if (command.mutates !== true) {
      return invalidRequest(`${command.name} changes nothing, so it takes no ${given}.`, {
        path: given,
        expected: "nothing beside the payload",
      });
    }
    if (options.guard !== undefined) {
      return invalidRequest("guard names a lease, and this server has no leases yet.", {
        path: "guard",
        expected: "no guard",
      });
    }
    if (options.sync === true && this.#ports.durability === "memory") {
      return invalidRequest("sync asks for a synced write, and this server keeps data in memory.", {
        path: "sync",
        expected: "no sync, or a server with a data directory",
      });
    }
    // A first try would have been remembered in the client's window of answers: there is none.
    if (options.retry === true) {
      return new SynapError(
        "OUTCOME_UNKNOWN",
        "The server does not know whether the first try ran; nothing ran now.",
      );
    }
    return null;
  }
}

function batchTooLarge({ maxFrameBytes }: Limits): SynapError {
  return new SynapError(
    "PAYLOAD_TOO_LARGE",
    "The answers of the batch do not fit into one frame.",
    {
      details: { limit: maxFrameBytes },
    },
  );
}

/** The bytes of values and texts in an answer: what makes one large. */
function roughSize(data: unknown): number {
  if (typeof data === "string") return data.length;
  if (typeof data !== "object" || data === null) return 0;
  if (ArrayBuffer.isView(data)) return data.byteLength;
  let size = 0;
  for (const member of Object.values(data)) size += roughSize(member);
  return size;
}

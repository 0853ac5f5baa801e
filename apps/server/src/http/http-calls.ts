import type { Answer, Session } from "@hivellm/synap-core";
import {
  type BatchMember,
  type BatchOutcome,
  type CommandCall,
  isSynapError,
  type MessageFields,
  SynapError,
  wireCommand,
} from "@hivellm/synap-protocol";
import { type CommandDefinition, commands } from "@hivellm/synap-protocol/schema";
import type { Exchange } from "./exchange.ts";
import type { HttpSessions } from "./http-sessions.ts";
import type { LastingRequests } from "./lasting-requests.ts";

/** What running the commands of HTTP callers needs of the server. */
export interface HttpCallPorts {
  readonly sessions: HttpSessions;
  readonly lasting: LastingRequests;
  /** A session of the server's own, for what it gives back. */
  readonly house: Session;
}

const waiting = new Set(
  (commands as readonly CommandDefinition[]).filter((c) => c.waits === true).map((c) => c.name),
);

const CONSUME = "queue.consume";
const release = wireCommand("queue.release");

/**
 * Runs the commands of HTTP callers.
 *
 * C1  a caller that hangs up while it waits takes nothing
 * C2  a delivery whose answer did not leave is given back at once, without burning a retry
 * C3  nobody waits in a server that stops
 */
export class HttpCalls {
  readonly #ports: HttpCallPorts;

  constructor(ports: HttpCallPorts) {
    this.#ports = ports;
  }

  /** Runs a command for whoever sent this request; rejects with the refusal. */
  async run(exchange: Exchange, call: CommandCall): Promise<Answer> {
    const { sessions } = this.#ports;
    const answer = waiting.has(call.command.name)
      ? await this.#wait(exchange, call)
      : await sessions.run(exchange.incoming, call);
    const taken = deliveriesIn(call, answer);
    if (taken.length > 0) exchange.holds(() => this.#giveBack(taken)); // C2
    return answer;
  }

  async #wait(exchange: Exchange, call: CommandCall): Promise<Answer> {
    const { sessions, lasting } = this.#ports;
    const { incoming, outgoing } = exchange;
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    const forget = lasting.add(abort); // C3
    outgoing.once("close", abort); // C1
    if (outgoing.destroyed) abort();
    try {
      return await sessions.run(incoming, call, controller.signal);
    } catch (error) {
      const isCut = isSynapError(error) && error.code === "CANCELLED" && lasting.isStopping;
      throw isCut ? new SynapError("OVERLOADED", "The server is stopping.") : error;
    } finally {
      forget();
      outgoing.off("close", abort);
    }
  }

  #giveBack(taken: readonly Taken[]): void {
    for (const payload of taken) {
      // It may have run out of time meanwhile: then it has gone back already.
      this.#ports.house.execute({ command: release, payload: { ...payload } }).catch(() => {});
    }
  }
}

/** A delivery in hand. */
interface Taken {
  readonly queue: unknown;
  readonly message_id: unknown;
}

/** The deliveries that an answer carries. */
function deliveriesIn({ command, payload }: CommandCall, answer: Answer): Taken[] {
  if (command.name === CONSUME) return takenFrom(payload.queue, answer.payload);
  if (command.name !== "batch") return [];
  const outcomes = answer.payload.results as readonly BatchOutcome[];
  return (payload.commands as readonly BatchMember[]).flatMap((member, i) => {
    const outcome = outcomes[i];
    const isConsume = "command" in member && member.command.name === CONSUME;
    return isConsume && outcome !== undefined && "payload" in outcome
      ? takenFrom(member.payload.queue, outcome.payload)
      : [];
  });
}

function takenFrom(queue: unknown, { messages }: MessageFields): Taken[] {
  return (messages as readonly MessageFields[]).map(({ message_id }) => ({ queue, message_id }));
}

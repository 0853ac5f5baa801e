import { wireCommand } from "@hivellm/synap-protocol";
import type { Fields } from "../calls/call.ts";
import { type Caller, field } from "../calls/caller.ts";
import { renamer } from "../naming.ts";
import type { DeadLetters } from "./queue-api.ts";

/** The methods of dead letters. */
export function deadLetterMethods(caller: Caller): DeadLetters {
  return {
    list: caller.method("queue.dead.list", ["queue"], looked("queue.dead.list", "items")),
    redrive: caller.method("queue.dead.redrive", ["queue"]),
    purge: caller.method("queue.dead.purge", ["queue"], field("purged")),
  };
}

/** Reads an answer with a list of messages: what was not delivered has an id and no receipt. */
export function looked(command: string, list: string): (payload: Fields) => Fields {
  const rename = renamer(wireCommand(command).response);
  return (payload) => {
    const answer = rename(payload);
    const messages = (answer[list] as Fields[]).map(({ id, ...message }) => ({
      messageId: id,
      ...message,
    }));
    return { ...answer, [list]: messages };
  };
}

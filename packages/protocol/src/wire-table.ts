import { SynapError } from "./errors.ts";
import { wireCommands, wireMessages } from "./generated/wire.ts";

/** How one field travels. `value` is a tagged `bin`; a list of fields is an array of such objects. */
export interface WireField {
  readonly name: string;
  readonly shape?: "value" | "commands" | "results" | readonly WireField[];
  readonly optional?: true;
}

/** What both ends must know of a command to put it on the wire; made from its definition. */
export interface WireCommand {
  readonly name: string;
  readonly number: number;
  readonly mutates?: true;
  readonly request: readonly WireField[];
  readonly response: readonly WireField[];
}

/** A message beside requests and answers: its JSON `type`, its MessagePack kind, its fields. */
export interface WireMessage {
  readonly type: string;
  readonly kind: number;
  readonly from: "client" | "server";
  readonly fields: readonly WireField[];
}

const commandsByName = new Map<string, WireCommand>(wireCommands.map((c) => [c.name, c]));
const commandsByNumber = new Map<number, WireCommand>(wireCommands.map((c) => [c.number, c]));

/** The command of that name, if this version knows it. */
export function findWireCommand(name: string): WireCommand | undefined {
  return commandsByName.get(name);
}

/** The command of that name; throws UNKNOWN_COMMAND. */
export function wireCommand(name: string): WireCommand {
  const command = commandsByName.get(name);
  if (command === undefined) throw unknownCommand(name);
  return command;
}

/** The command of that number on the MessagePack wire; throws UNKNOWN_COMMAND. */
export function wireCommandByNumber(number: number): WireCommand {
  const command = commandsByNumber.get(number);
  if (command === undefined) throw unknownCommand(String(number));
  return command;
}

function unknownCommand(name: string): SynapError {
  const nearest = nearestName(name, [...commandsByName.keys()]);
  const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
  return new SynapError(
    "UNKNOWN_COMMAND",
    `There is no command ${JSON.stringify(name.slice(0, 100))}.${hint}`,
    {
      details: nearest === null ? { command: name } : { command: name, nearest },
    },
  );
}

const byDirection = {
  client: wireMessages.filter((m) => m.from === "client"),
  server: wireMessages.filter((m) => m.from === "server"),
} as const;

/** The message that `from` sends under this JSON type, if there is one. */
export function messageByType(from: "client" | "server", type: string): WireMessage | undefined {
  return byDirection[from].find((message) => message.type === type);
}

/** The message that `from` sends under this MessagePack kind, if there is one. */
export function messageByKind(from: "client" | "server", kind: number): WireMessage | undefined {
  return byDirection[from].find((message) => message.kind === kind);
}

/** The candidate that a misspelt name was most likely meant to be, or null if none is near. */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = name.length <= 2 ? 2 : Math.max(2, Math.floor(name.length / 3)) + 1;
  if (name.length > 100) return null;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance over UTF-16 units, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

import { kvCommands } from "./commands/kv.ts";
import { pubsubCommands } from "./commands/pubsub.ts";
import { queueCommands } from "./commands/queue.ts";
import { deadLetterCommands } from "./commands/queue-dead.ts";
import { streamCommands } from "./commands/stream.ts";
import { systemCommands } from "./commands/system.ts";
import type { CommandDefinition } from "./define.ts";
import type { Static } from "./types.ts";

/** Every command of Synap. A new engine adds its list here. */
export const commands = [
  ...kvCommands,
  ...queueCommands,
  ...deadLetterCommands,
  ...streamCommands,
  ...pubsubCommands,
  ...systemCommands,
] as const;

/** The name of a command, such as `kv.set`. */
export type CommandName = (typeof commands)[number]["name"];

type DefinitionOf<Name extends CommandName> = Extract<(typeof commands)[number], { name: Name }>;

/** A command's payload as its validator lets it through; values are tagged values. */
export type RequestOf<Name extends CommandName> = Static<DefinitionOf<Name>["request"]>;

/** A command's answer; values are tagged values. */
export type AnswerOf<Name extends CommandName> = Static<DefinitionOf<Name>["response"]>;

const byName: ReadonlyMap<string, CommandDefinition> = new Map(commands.map((c) => [c.name, c]));

/** The definition of a command, or undefined if there is none of that name. */
export function findCommand(name: string): CommandDefinition | undefined {
  return byName.get(name);
}

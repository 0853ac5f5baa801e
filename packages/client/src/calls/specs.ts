/** How commands are used by methods: what is made of their answers. */
import { wireCommand } from "@hivellm/synap-protocol";
import { renamer } from "../naming.ts";
import type { CommandSpec } from "./call.ts";

/** The names of the answer are the same here as on the wire. */
export function asIs<T>(name: string): CommandSpec<T> {
  return { command: wireCommand(name), result: (payload) => payload as T };
}

/** The answer is one field. */
export function bare<T>(name: string, field: string): CommandSpec<T> {
  return { command: wireCommand(name), result: (payload) => payload[field] as T };
}

/** The answer's names are renamed. */
export function renamed<T>(name: string): CommandSpec<T> {
  const command = wireCommand(name);
  const rename = renamer(command.response);
  return { command, result: (payload) => rename(payload) as T };
}

/** The answer says nothing beyond that it is done. */
export function done(name: string): CommandSpec<void> {
  return { command: wireCommand(name), result: () => undefined };
}

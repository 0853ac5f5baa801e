/**
 * The one mapping between names on the wire (`has_more`) and in this library (`hasMore`). It is for
 * names that Synap gave; a user's values are never touched.
 */
import { unknownField, type WireCommand, type WireField } from "@hivellm/synap-protocol";

/** A name of the wire as it is written here. */
export function camelName(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** An object with its names, not those of objects within, written as here. */
export function camelKeys(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) result[camelName(name)] = value;
  return result;
}

/** Makes the function that renames the fields of a command's answer. */
export function renamer(
  fields: readonly WireField[],
): (payload: Record<string, unknown>) => Record<string, unknown> {
  const names = fields.map(({ name }) => [name, camelName(name)] as const);
  return (payload) => {
    const result: Record<string, unknown> = {};
    for (const [wire, name] of names) if (wire in payload) result[name] = payload[wire];
    return result;
  };
}

/** Options that belong to the call, not to the command. */
const CALL_OPTIONS = ["signal", "timeoutMs"];

/**
 * Makes the function that adds a method's options to a command's payload. Throws INVALID_REQUEST
 * for an option that does not exist, with the nearest one that does.
 *
 * @param positional the fields that the method takes as arguments of their own
 */
export function optionWriter(
  command: WireCommand,
  positional: readonly string[],
): (payload: Record<string, unknown>, options: object) => void {
  const names = new Map(
    command.request
      .filter(({ name }) => !positional.includes(name))
      .map(({ name }) => [camelName(name), name]),
  );
  return (payload, options) => {
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined || CALL_OPTIONS.includes(name)) continue;
      const wire = names.get(name);
      if (wire === undefined) {
        throw unknownField(name, [...names.keys()], `the options of ${command.name}`);
      }
      payload[wire] = value;
    }
  };
}

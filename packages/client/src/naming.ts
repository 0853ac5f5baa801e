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

/** Renames the fields of an answer. */
type Rename = (payload: Record<string, unknown>) => Record<string, unknown>;

/** Makes the function that renames the fields of a command's answer, those of its items as well. */
export function renamer(fields: readonly WireField[]): Rename {
  const names = fields.map(({ name, shape }) => {
    const items = Array.isArray(shape) ? renamer(shape) : null;
    return { wire: name, name: camelName(name), items };
  });
  return (payload) => {
    const result: Record<string, unknown> = {};
    for (const { wire, name, items } of names) {
      if (!(wire in payload)) continue;
      const given = payload[wire];
      result[name] = items === null ? given : (given as Record<string, unknown>[]).map(items);
    }
    return result;
  };
}

/** Options that belong to the call, not to the command. */
const CALL_OPTIONS = ["signal", "timeoutMs"];

/**
 * Makes the function that adds a method's options to a command's payload; null is as absent. Throws
 * INVALID_REQUEST for an option that does not exist, with the nearest one that does.
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
      if (value === undefined || value === null || CALL_OPTIONS.includes(name)) continue;
      const wire = names.get(name);
      if (wire === undefined) {
        throw unknownField(name, [...names.keys()], `the options of ${command.name}`);
      }
      payload[wire] = value;
    }
  };
}

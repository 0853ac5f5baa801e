import type { Fields } from "../types.ts";

/** Names of the wire as the SDK has them. */
export function camelKeys(fields: object): Fields {
  return mapKeys(fields, (name) => name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase()));
}

/** Names of the SDK as the wire has them. */
export function snakeKeys(fields: object): Fields {
  return mapKeys(fields, (name) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`));
}

function mapKeys(fields: object, rename: (name: string) => string): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [rename(name), value]));
}

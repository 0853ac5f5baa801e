/* Values that some system or format changes on the way. */

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

/** Every kind of JSON value, and what looks like something else. */
export const awkward: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e-7,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  2 ** 32,
  "",
  "null",
  "true",
  "12",
  '"quoted"',
  '{"a":1}',
  "line\nbreak\r\n\ttab \\ back \u0000 nul",
  "héllo 💚 中文 \u2028",
  "x".repeat(100_000),
  [],
  {},
  [[[]]],
  { "": 1, " ": 2, "a.b": 3, $: 4, toString: 5, constructor: 6 },
  { nested: { list: [1, "two", null, { three: 3 }] } },
  { $bytes: "aGk=" },
  { $$bytes: "aGk=" },
  { inner: { $bytes: "not base64" } },
  { $bytes: "aGk=", other: 1 },
  deep(63),
];

/** Bytes as plain arrays, so that a Buffer and a Uint8Array compare equal. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

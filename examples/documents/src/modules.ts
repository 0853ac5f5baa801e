import { mkdirSync, writeFileSync } from "node:fs";

/** Where the documents' TypeScript is put to be run; beside `src/`, so that it finds what is installed. */
export const BLOCKS = new URL("../.blocks/", import.meta.url);

export interface Surroundings {
  /** Lines before it: where the names are from that it uses and leaves to its reader. */
  readonly prelude?: string;
  /** Lines after it. */
  readonly postlude?: string;
  /** The names of it that the checks use. */
  readonly exports?: readonly string[];
}

/** Writes a block as a module of its own, byte for byte, and answers where it is. */
export function writeModule(
  name: string,
  code: string,
  { prelude = "", postlude = "", exports = [] }: Surroundings = {},
): URL {
  mkdirSync(BLOCKS, { recursive: true });
  const file = new URL(`${name}.ts`, BLOCKS);
  const exported = exports.length > 0 ? `export { ${exports.join(", ")} };\n` : "";
  writeFileSync(file, `${prelude}${code}${postlude}${exported}`);
  return file;
}

/** Runs a block as a module; answers what it exports. */
export async function runModule<T = unknown>(
  name: string,
  code: string,
  surroundings?: Surroundings,
): Promise<T> {
  return (await import(writeModule(name, code, surroundings).href)) as T;
}

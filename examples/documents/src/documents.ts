import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Where the documents are: beside the repository, not in it. */
export const DOCUMENTS_FOLDER = process.env.SYNAP_DOCUMENTS ?? join(ROOT, "../shared/seeds");

/** The fenced code of the tutorials, as it stands in their document. */
export class Tutorials {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Looks for the document of the tutorials; undefined where there is none. */
  static find(folder: string): Tutorials | undefined {
    if (!existsSync(folder)) return undefined;
    const text = readdirSync(folder)
      .filter((name) => /\.(txt|md)$/.test(name))
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .find((candidate) => /^## Tutorial 1:/m.test(candidate));
    return text === undefined ? undefined : new Tutorials(text);
  }

  /** The code blocks of one language in a tutorial, byte for byte, in their order. */
  code(tutorial: number, language: string): string[] {
    const start = this.#text.search(new RegExp(`^## Tutorial ${tutorial}:`, "m"));
    if (start < 0) throw new Error(`The document has no tutorial ${tutorial}.`);
    const rest = this.#text.slice(start);
    const end = rest.slice(1).search(/^## /m);
    const section = end < 0 ? rest : rest.slice(0, end + 1);
    const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
    return Array.from(section.matchAll(fence), ([, code = ""]) => code);
  }
}

/** The code as it is, or with another port where the server under test is not on 15500. */
export function onPort(code: string, port: number): string {
  return code.replaceAll("localhost:15500", `localhost:${port}`);
}

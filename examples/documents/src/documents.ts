import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Where the documents are: beside the repository, not in it. */
export const DOCUMENTS_FOLDER = process.env.SYNAP_DOCUMENTS ?? join(ROOT, "../shared/seeds");

/** A piece of code in a document, byte for byte, and the headings that it is under. */
interface Block {
  readonly language: string;
  readonly code: string;
  readonly headings: readonly string[];
}

/** The fenced code of a document. */
export class Document {
  readonly #blocks: readonly Block[];

  constructor(text: string) {
    this.#blocks = readBlocks(text);
  }

  /** Looks for the document that has a heading; undefined where there is none. */
  static find(folder: string, heading: RegExp): Document | undefined {
    if (!existsSync(folder)) return undefined;
    const text = readdirSync(folder)
      .filter((name) => /\.(txt|md)$/.test(name))
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .find((candidate) => heading.test(candidate));
    return text === undefined ? undefined : new Document(text);
  }

  /** The code of one language under a heading that begins so, in its order. */
  code(language: string, heading: string): string[] {
    const found = this.#blocks.filter(
      (block) =>
        block.language === language && block.headings.some((text) => text.startsWith(heading)),
    );
    if (found.length === 0) throw new Error(`The document has no ${language} under "${heading}".`);
    return found.map(({ code }) => code);
  }
}

/** Headings count outside of code only, where `# …` is a comment. */
function readBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  const headings: string[] = [];
  let open: { language: string; lines: string[] } | undefined;
  for (const line of text.split("\n")) {
    const [, language] = /^```(\w*)$/.exec(line) ?? [];
    const [, level, heading = ""] = /^(#+) (.*)$/.exec(line) ?? [];
    if (open !== undefined && language === "") {
      const code = open.lines.map((codeLine) => `${codeLine}\n`).join("");
      blocks.push({ language: open.language, code, headings: [...headings] });
      open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else if (language !== undefined) open = { language, lines: [] };
    else if (level !== undefined) {
      headings.length = Math.min(headings.length, level.length - 1);
      headings.push(heading);
    }
  }
  return blocks;
}

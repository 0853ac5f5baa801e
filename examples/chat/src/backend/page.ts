import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HTML = new URL("../page/index.html", import.meta.url);
const PROGRAM = new URL("../page/main.ts", import.meta.url);

/** What a browser gets: the page, and its program. */
export interface Page {
  readonly html: string;
  readonly script: string;
}

/** Bundles the page's program, the SDK included, into what a browser runs. */
export async function buildPage(synapUrl: string): Promise<Page> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(PROGRAM)],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    define: { SYNAP_URL: JSON.stringify(synapUrl) },
    write: false,
  });
  return {
    html: await readFile(HTML, "utf8"),
    script: outputFiles.map(({ text }) => text).join(""),
  };
}

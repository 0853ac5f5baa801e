import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type SynapServer, startServer } from "@hivellm/synap-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/**
 * Runs the code of the README and the guides: every `ts` block as a program of its own, every `sh`
 * block that calls curl, against a server of this tree. Only the port is another one.
 */
const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
const scratch = fileURLToPath(new URL("../.blocks/", import.meta.url));
const pages = [
  "README.md",
  "packages/client/README.md",
  "apps/server/README.md",
  ...guides().map((name) => join("docs", name)),
];
const TIMEOUT_MS = 60_000;

let server: SynapServer;

beforeAll(async () => {
  server = await startServer({ port: 0, host: "127.0.0.1", logLevel: "silent" });
  mkdirSync(scratch, { recursive: true });
});

afterAll(async () => {
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe.each(pages)("%s", (page) => {
  const blocks = codeBlocks(readFileSync(join(root, page), "utf8"));
  const programs = blocks.filter((block) => block.language === "ts");
  const calls = blocks.filter((block) => block.language === "sh" && block.code.includes("curl "));

  it.each(programs)(
    "ts block at line $line runs",
    { timeout: TIMEOUT_MS },
    async ({ code, line }) => {
      const file = join(scratch, `${page.replaceAll(/\W/g, "-")}-${line}.mts`);
      writeFileSync(file, code.replaceAll("http://localhost:15500", server.url));
      const { stderr } = await run(process.execPath, ["--import", "tsx", file], { cwd: scratch });
      expect(stderr).toBe("");
    },
  );

  it.each(calls)("curl block at line $line succeeds", async ({ code }) => {
    const script = code.replaceAll("localhost:15500", new URL(server.url).host);
    const { stdout } = await run("bash", ["-euc", script.replaceAll("curl ", "curl -sS --fail ")]);
    expect(stdout).not.toContain('"error"');
  });

  it("has only blocks in languages that are known", () => {
    const known = ["ts", "js", "sh", "json", ""];
    expect(blocks.map((block) => block.language).filter((name) => !known.includes(name))).toEqual(
      [],
    );
  });
});

interface Block {
  readonly language: string;
  readonly code: string;
  readonly line: number;
}

function codeBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  for (const match of markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)) {
    const line = markdown.slice(0, match.index).split("\n").length;
    blocks.push({ language: match[1] ?? "", code: match[2] ?? "", line });
  }
  return blocks;
}

function guides(): string[] {
  return readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
}

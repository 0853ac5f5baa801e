import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inject, onTestFinished } from "vitest";
import { run } from "./run.ts";

/** The folder of a project with these files and nothing but our packages installed; gone after the test. */
export async function createProject(
  type: "module" | "commonjs",
  files: Readonly<Record<string, string>>,
  packages: readonly ("client" | "server")[] = ["client"],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "synap-consumer-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const manifest = JSON.stringify({ name: "consumer", version: "1.0.0", private: true, type });
  for (const [path, text] of Object.entries({ ...files, "package.json": manifest })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const tarballs = inject("tarballs");
  await run(folder, "npm", ["install", ...flags, ...packages.map((name) => tarballs[name])]);
  return folder;
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { run } from "./run.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The published packages as `npm pack` makes them: what a user gets, not what lies in the workspace. */
    tarballs: { readonly client: string; readonly server: string };
  }
}

const ROOT = join(import.meta.dirname, "../../..");

/** Packs the published packages, which must have been built, once for all tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "synap-pack-"));
  const pack = async (path: string) => {
    const args = ["pack", "--silent", "--pack-destination", folder];
    const output = await run(join(ROOT, path), "npm", args);
    return join(folder, output.trim().split("\n").at(-1) ?? "");
  };
  project.provide("tarballs", {
    client: await pack("packages/client"),
    server: await pack("apps/server"),
  });
  return () => rm(folder, { recursive: true, force: true });
}

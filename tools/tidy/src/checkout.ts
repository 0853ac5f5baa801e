import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Repository } from "./repository.ts";

/** The files of a checkout that git tracks or would track, as they are on disk; binary files left out. */
export function readCheckout(folder: string): Repository {
  const root = git(folder, "rev-parse", "--show-toplevel").trim();
  const paths = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    .split("\0")
    .filter((path) => path !== "");
  return new Repository(
    [...new Set(paths)].sort().flatMap((path) => {
      const text = readText(join(root, path));
      return text === undefined ? [] : [{ path, text }];
    }),
  );
}

/** Runs git; `safe.directory`, because in a CI container the checkout often has another owner. */
function git(folder: string, ...args: string[]): string {
  return execFileSync("git", ["-c", "safe.directory=*", ...args], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** The text of a file; undefined when it is binary, or listed by git but deleted on disk. */
function readText(path: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ERR_ENCODING_INVALID_ENCODED_DATA") return undefined;
    throw error;
  }
}

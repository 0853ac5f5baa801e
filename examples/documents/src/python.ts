import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Report } from "./report.ts";

/** Debian's own Python, which its python3-requests belongs to. */
const PYTHON = "/usr/bin/python3";

/** Says what is missing for the Python of the documents; undefined if nothing is. */
export function missingForPython(): string | undefined {
  if (spawnSync(PYTHON, ["--version"]).status !== 0) return `there is no ${PYTHON}`;
  if (spawnSync(PYTHON, ["-c", "import requests"]).status !== 0)
    return `${PYTHON} has no requests module (Debian: apt-get install python3-requests)`;
  return undefined;
}

interface Line {
  readonly check?: string;
  readonly failure?: string | null;
  readonly note?: string;
}

/**
 * Runs one of the drivers in `python/`, which gets its input on stdin and reports each check as a
 * line of JSON. A driver that ends early, or not well, is a failed check of its own.
 */
export async function runDriver(driver: string, input: object, report: Report): Promise<void> {
  const file = fileURLToPath(new URL(`../python/${driver}.py`, import.meta.url));
  const child = spawn(PYTHON, [file], {
    env: {
      ...process.env,
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONUTF8: "1",
      // requests would send what is for this machine to a proxy otherwise.
      NO_PROXY: "localhost,127.0.0.1,::1",
      no_proxy: "localhost,127.0.0.1,::1",
    },
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  child.stdin.end(JSON.stringify(input));
  const [code] = await once(child, "close");

  for (const line of output.split("\n").filter((text) => text !== "")) {
    const { check, failure = null, note } = JSON.parse(line) as Line;
    if (note !== undefined) report.note(note);
    if (check !== undefined) report.result(check, failure);
  }
  if (code !== 0) report.result(`${driver}.py runs to its end`, errors.trim());
}

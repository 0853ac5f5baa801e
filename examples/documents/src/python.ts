import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type RunningProcess, startCommand } from "@hivellm/synap-example-support";
import type { Report } from "./report.ts";

/** Debian's own Python, which its python3-requests and python3-websockets belong to. */
const PYTHON = "/usr/bin/python3";

/** Says what is missing for the Python of the documents; undefined if nothing is. */
export function missingForPython(...modules: readonly string[]): string | undefined {
  if (spawnSync(PYTHON, ["--version"]).status !== 0) return `there is no ${PYTHON}`;
  for (const module of modules)
    if (spawnSync(PYTHON, ["-c", `import ${module}`]).status !== 0)
      return `${PYTHON} has no ${module} module (Debian: apt-get install python3-${module})`;
  return undefined;
}

/** Starts one of the programs in `python/` and gives it its input as JSON. */
export function startPython(program: string, input: object): RunningProcess {
  const file = fileURLToPath(new URL(`../python/${program}.py`, import.meta.url));
  const env = { PYTHONDONTWRITEBYTECODE: "1", PYTHONUTF8: "1", PYTHONUNBUFFERED: "1" };
  return startCommand(PYTHON, [file], env).feed(JSON.stringify(input));
}

interface Line {
  readonly check?: string;
  readonly failure?: string | null;
  readonly note?: string;
}

/**
 * Runs one of the drivers in `python/`, which reports each check as a line of JSON. A driver that
 * ends early, or not well, is a failed check of its own.
 */
export async function runDriver(driver: string, input: object, report: Report): Promise<void> {
  const program = startPython(driver, input);
  const failure = await program.finished().then(
    () => null,
    (error: Error) => error.message,
  );
  for (const line of program.output.split("\n").filter((text) => text !== "")) {
    const { check, failure = null, note } = JSON.parse(line) as Line;
    if (note !== undefined) report.note(note);
    if (check !== undefined) report.result(check, failure);
  }
  if (failure !== null) report.result(`${driver}.py runs to its end`, failure);
}

/**
 * Runs the steps of verify and of CI: one command after another, each timed, each counted. A step
 * that runs tests counts its tests, from vitest's report or from its own last line; any other step
 * counts as one.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} command  a shell command, run in the repository's root
 * @property {string} [report]  where the command's vitest leaves its JSON report
 * @property {boolean} [summary]  whether the command prints "N passed, N failed", and perhaps ", N skipped"
 *
 * @typedef {object} Row  what came of a step
 * @property {string} name
 * @property {number} seconds
 * @property {number} passed
 * @property {number} failed
 * @property {string} [note]
 */

export const REPORTS = "reports";

/** Reports of an earlier run must never be counted as this one's. */
export function clearReports() {
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
}

/**
 * Runs vitest with the reporters that people and `tally` read.
 * @param {string} vitest  how to start it
 * @param {string} report
 */
export function vitestCommand(vitest, report) {
  // Absolute, because vitest counts from its --root.
  const file = JSON.stringify(resolve(report));
  return `${vitest} run --reporter=default --reporter=json --outputFile.json=${file}`;
}

/** @param {Step} step @returns {Row} */
export function runStep({ name, command, report, summary }) {
  console.log(`\n── ${name}: ${command}`);
  const started = performance.now();
  const { status, stdout } = spawnSync(command, {
    shell: true,
    stdio: ["ignore", summary ? "pipe" : "inherit", "inherit"],
    encoding: "utf8",
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  const seconds = (performance.now() - started) / 1000;
  if (stdout) process.stdout.write(stdout);
  const { passed, failed, note } = report
    ? countsOfReport(report)
    : (countsOfSummary(stdout ?? "") ?? { passed: status === 0 ? 1 : 0, failed: 0 });
  // A command that failed for another reason than a test has failed all the same.
  return { name, seconds, passed, failed: status === 0 ? failed : Math.max(failed, 1), note };
}

/** @param {string} report  the JSON report of vitest */
function countsOfReport(report) {
  if (!existsSync(report)) return { passed: 0, failed: 1, note: "left no report" };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  // A file that does not load has no test that could fail.
  const unloaded = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length;
  const skipped = numPendingTests + numTodoTests;
  return { passed: numPassedTests, failed: numFailedTests + unloaded, note: noteOf(skipped) };
}

/** @param {string} output  what a command printed; its last summary counts */
function countsOfSummary(output) {
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1);
  if (last === undefined) return undefined;
  const [, passed, failed, skipped = 0] = last;
  return { passed: Number(passed), failed: Number(failed), note: noteOf(Number(skipped)) };
}

/** What did not run is no failure, and must not look as if it had passed. @param {number} skipped */
function noteOf(skipped) {
  return skipped > 0 ? `${skipped} skipped` : undefined;
}

/** @param {string} path @param {Row[]} rows */
export function writeRows(path, rows) {
  writeFileSync(path, `${JSON.stringify(rows, undefined, 2)}\n`);
}

/** @param {string} path @returns {Row[] | undefined} */
export function readRows(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** @param {Row[]} rows */
export function printRows(rows) {
  const width = Math.max(...rows.map(({ name }) => name.length));
  console.log("");
  for (const { name, seconds, passed, failed, note } of rows) {
    const duration = `${seconds.toFixed(1)} s`.padStart(9);
    const counts = `${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed`;
    console.log(`${name.padEnd(width)} ${duration} ${counts}${note ? `  (${note})` : ""}`);
  }
}

/** @param {Row[]} rows @returns {{ passed: number, failed: number, seconds: number }} */
export function sumOf(rows) {
  return rows.reduce(
    (sum, { passed, failed, seconds }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      seconds: sum.seconds + seconds,
    }),
    { passed: 0, failed: 0, seconds: 0 },
  );
}

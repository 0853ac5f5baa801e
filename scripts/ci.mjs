/**
 * What CI runs once the machine is prepared (`.ci/run` does that): the README's own command, the
 * documents' own code, and the tests again on a newer Node. The last line says how much passed and how
 * much failed.
 */
import { PNPM } from "./pnpm.mjs";
import {
  clearReports,
  printRows,
  REPORTS,
  readRows,
  runStep,
  sumOf,
  vitestCommand,
} from "./steps.mjs";

const NEWER_NODE = "24.21.0";

clearReports();
const rows = [...readme(), documents(), newerNode()];
printRows(rows);
const { passed, failed, seconds } = sumOf(rows);
console.log(`${"in all".padEnd(9)} ${seconds.toFixed(1)} s\n`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** `npm test` as the README says; its steps are counted one by one where it came that far. */
function readme() {
  const whole = runStep({ name: "npm test", command: "npm test" });
  const steps = readRows(`${REPORTS}/verify.json`);
  if (steps === undefined) return [whole];
  const rest = whole.seconds - sumOf(steps).seconds;
  const failedElsewhere = whole.failed > 0 && sumOf(steps).failed === 0 ? 1 : 0;
  return [
    { name: "install", seconds: rest, passed: 1 - failedElsewhere, failed: failedElsewhere },
    ...steps,
  ];
}

/** The documents' code as it stands there, where these are at hand; it says itself what did not run. */
function documents() {
  return runStep({
    name: "documents",
    command: `${PNPM} --filter @hivellm/synap-example-documents start`,
    summary: true,
  });
}

function newerNode() {
  const report = `${REPORTS}/newer-node.json`;
  const node = `npx -y -p node@${NEWER_NODE} -- node`;
  return runStep({
    name: `tests on Node ${NEWER_NODE.split(".")[0]}`,
    command: vitestCommand(`${node} node_modules/vitest/vitest.mjs`, report),
    report,
  });
}

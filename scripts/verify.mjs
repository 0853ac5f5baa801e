/**
 * Everything that must hold before a change lands, for people and CI alike.
 *
 *   pnpm verify               all steps, up to the first that fails
 *   pnpm verify lint types    these steps only
 *
 * In CI (`CI=true`) a failed step does not keep the later ones from running.
 */
import {
  clearReports,
  printRows,
  REPORTS,
  runStep,
  sumOf,
  vitestCommand,
  writeRows,
} from "./steps.mjs";

/** @type {import("./steps.mjs").Step[]} */
const steps = [
  { name: "lint", command: "biome ci --error-on-warnings ." },
  { name: "build", command: "turbo run build assemble" },
  { name: "types", command: "turbo run typecheck --continue" },
  {
    name: "packages",
    command: [
      "publint --strict packages/client",
      "publint --strict apps/server",
      "attw --pack packages/client",
      "attw --pack apps/server --profile esm-only",
    ].join(" && "),
  },
  testStep("tests", "vitest"),
  { name: "docs", command: "typedoc" },
  testStep("consumers", "vitest --root tools/consumers"),
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no step ${unknown.join(", ")}. The steps: ${steps.map(({ name }) => name).join(", ")}.`,
  );
  process.exit(2);
}

clearReports();
const rows = [];
for (const step of steps) {
  if (wanted.length > 0 && !wanted.includes(step.name)) continue;
  const row = runStep(step);
  rows.push(row);
  if (row.failed > 0 && !process.env.CI) break;
}
writeRows(`${REPORTS}/verify.json`, rows);
printRows(rows);
process.exitCode = sumOf(rows).failed > 0 ? 1 : 0;

/** @param {string} name @param {string} vitest */
function testStep(name, vitest) {
  const report = `${REPORTS}/${name}.json`;
  return { name, command: vitestCommand(vitest, report), report };
}

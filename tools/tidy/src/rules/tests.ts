import ts from "typescript";
import { globToRegExp } from "../glob.ts";
import type { HouseFile, Repository } from "../repository.ts";
import { type Finding, fileRule } from "../rule.ts";
import { nodesOf, rootNameOf } from "../syntax.ts";

const SUITE_NAMES = new Set(["describe", "it", "test", "suite"]);
const SKIPS = new Set(["skip", "skipIf", "runIf", "todo"]);

const noFocus = fileRule("no focused tests", isTest, function* (file) {
  for (const [call, name] of modifiersIn(file)) {
    if (name === "only")
      yield [lineOf(file, call), ".only keeps every other test from running", "Remove it"];
  }
});

const reasonedSkips = fileRule("a skipped test says why", isTest, function* (file) {
  for (const [call, name] of modifiersIn(file)) {
    const line = lineOf(file, call);
    if (SKIPS.has(name) && !hasCommentNear(file, line))
      yield [line, `.${name} without a reason`, "Say why in a comment above it, or make it run"];
  }
});

/** A test that waits for time to pass is slow when right and flaky when wrong. */
const noSleeping = fileRule("tests do not sleep", isTest, function* (file) {
  for (const node of nodesOf(file.syntax)) {
    if (isSleep(node))
      yield [
        lineOf(file, node),
        "A test sleeps",
        "Wait for the condition with waitFor, or advance the fake clock",
      ];
  }
});

/** Tests under a name that the package's vitest include does not match never run, and nobody notices. */
const runnableTests = fileRule(
  "every test has a runner",
  (file) => file.isScript && looksLikeTest(file),
  function* (file, repository): Generator<Finding> {
    const { globs, path } = includesFor(file, repository);
    if (globs.some((glob) => globToRegExp(glob).test(path))) return;
    yield [
      1,
      globs.length === 0 ? "No vitest config includes this test" : `No include matches this test`,
      globs.length === 0
        ? "Give the package a vitest.config.ts with an include"
        : `Name it so that one of ${globs.join(", ")} does`,
    ];
  },
);

export const testRules = { noFocus, reasonedSkips, noSleeping, runnableTests };

function isTest(file: HouseFile): boolean {
  return file.isTest;
}

function lineOf(file: HouseFile, node: ts.Node): number {
  return file.lineAt(node.getStart(file.syntax));
}

/** Calls such as `test.skip(…)` and `describe.only.each(…)(…)`, each modifier once with its name. */
function* modifiersIn(file: HouseFile): Generator<[node: ts.Node, name: string]> {
  for (const node of nodesOf(file.syntax)) {
    if (ts.isPropertyAccessExpression(node) && SUITE_NAMES.has(rootNameOf(node) ?? ""))
      yield [node, node.name.text];
  }
}

/** Whether a comment stands on this line or ends on the one above. */
function hasCommentNear(file: HouseFile, line: number): boolean {
  return file.comments.some(({ start, end }) => {
    const ends = file.lineAt(end);
    return ends === line - 1 || (file.lineAt(start) <= line && line <= ends);
  });
}

/** `await sleep(…)`, `await delay(…)`, a promise that setTimeout resolves, and Node's promised setTimeout. */
function isSleep(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node))
    return /setTimeout[\s\S]*["'](node:)?timers\/promises["']/.test(node.getText());
  if (ts.isAwaitExpression(node) && ts.isCallExpression(node.expression))
    return ["sleep", "delay"].includes(rootNameOf(node.expression) ?? "");
  if (!ts.isNewExpression(node) || node.expression.getText() !== "Promise") return false;
  const executor = node.arguments?.[0];
  if (!executor || !ts.isFunctionLike(executor)) return false;
  const resolve = executor.parameters[0]?.name.getText();
  return resolve !== undefined && someTimerCalls(executor, resolve);
}

function someTimerCalls(within: ts.Node, resolve: string): boolean {
  for (const node of nodesOf(within)) {
    if (!ts.isCallExpression(node) || !/(^|\.)setTimeout$/.test(node.expression.getText()))
      continue;
    for (const inner of node.arguments[0] ? nodesOf(node.arguments[0]) : [])
      if (ts.isIdentifier(inner) && inner.text === resolve) return true;
  }
  return false;
}

/** Says "test" in its name in some way (a-test.ts, a.tests.ts, test-a.ts, a_spec.ts) or its folder, and has suites. */
function looksLikeTest(file: HouseFile): boolean {
  const stem = file.path.replace(/\.[cm]?[jt]sx?$/, "");
  const named = /(^|[./_-])(tests?|specs?)([._-][^/]*)?$/.test(stem);
  const housed = /(^|\/)(test|tests|__tests__)\//.test(file.path);
  return (named || housed) && hasSuites(file);
}

function hasSuites(file: HouseFile): boolean {
  for (const node of nodesOf(file.syntax)) {
    if (ts.isCallExpression(node) && SUITE_NAMES.has(rootNameOf(node.expression) ?? ""))
      return true;
  }
  return false;
}

/** The include globs of the file's package, and the file's path within that package. */
function includesFor(file: HouseFile, repository: Repository): { globs: string[]; path: string } {
  const folder = repository.packageOf(file.path)?.folder ?? "";
  const path = folder === "" ? file.path : file.path.slice(folder.length + 1);
  const config = repository.file(folder === "" ? "vitest.config.ts" : `${folder}/vitest.config.ts`);
  const include = /\binclude:\s*\[([^\]]*)\]/.exec(config?.text ?? "")?.[1] ?? "";
  return {
    globs: Array.from(include.matchAll(/["'`]([^"'`]+)["'`]/g), ([, glob = ""]) => glob),
    path,
  };
}

import { posix } from "node:path";
import ts from "typescript";
import type { HouseFile, Repository } from "../repository.ts";
import { type Finding, fileRule } from "../rule.ts";
import { nodesOf } from "../syntax.ts";

/** The one file that may say `any`: the exported alias for what a user has given no type. */
const UNTYPED = "packages/client/src/untyped.ts";

const SUPPRESSION =
  /@ts-(ignore|expect-error|nocheck)|(biome|prettier)-ignore|eslint-disable|(istanbul|c8|v8) ignore/;
const LEFTOVER = /\b(TODO|FIXME|XXX)\b/;
const LIBRARY = /^packages\/[^/]+\/src\//;

const noAny = fileRule(
  "no any",
  (file) => file.isScript && file.path !== UNTYPED,
  (file) =>
    each(file, isAny, () => [
      "any switches type checking off",
      "Name the type, or take unknown and narrow it",
    ]),
);

const noSuppressions = fileRule(
  "no suppressions",
  (file) => file.isScript,
  (file) =>
    comments(file, SUPPRESSION, (word) => [`${word} hides what a checker found`, "Mend the cause"]),
);

const noLeftovers = fileRule(
  "no leftovers",
  (file) => file.isScript,
  (file) =>
    comments(file, LEFTOVER, (word) => [
      `${word} promises work that nobody tracks`,
      "Do it now, or open an issue",
    ]),
);

const codedErrors = fileRule(
  "errors carry a code",
  (file) => file.isScript && !file.isTest && !file.path.startsWith("examples/"),
  (file) =>
    each(file, isCallOrNew, (call) =>
      ts.isIdentifier(call.expression) && call.expression.text === "Error"
        ? ["A bare Error can only be told apart by its message", "Throw a class that has a code"]
        : undefined,
    ),
);

const quietLibraries = fileRule(
  "libraries do not print",
  (file) => LIBRARY.test(file.path) && file.isScript && !file.isTest,
  (file) =>
    each(file, ts.isPropertyAccessExpression, ({ expression }) =>
      ts.isIdentifier(expression) && expression.text === "console"
        ? ["A library writes to the console", "Use the logger that the caller passed in"]
        : undefined,
    ),
);

/** `export *` is fine from a file that is itself nothing but a list of named exports. */
const namedExports = fileRule(
  "an index names what it exports",
  (file) => /^index\.[cm]?ts$/.test(file.basename),
  (file, repository) =>
    each(file, ts.isExportDeclaration, ({ exportClause, moduleSpecifier }) =>
      exportClause === undefined && !isExportList(targetOf(file, moduleSpecifier, repository))
        ? ["export * makes everything public that a file happens to export", "Name each export"]
        : undefined,
    ),
);

export const constructRules = {
  noAny,
  noSuppressions,
  noLeftovers,
  codedErrors,
  quietLibraries,
  namedExports,
};

type Verdict = readonly [fault: string, remedy: string];

function* each<T extends ts.Node>(
  file: HouseFile,
  is: (node: ts.Node) => node is T,
  judge: (node: T) => Verdict | undefined,
): Generator<Finding> {
  for (const node of nodesOf(file.syntax)) {
    const verdict = is(node) ? judge(node) : undefined;
    if (verdict) yield [file.lineAt(node.getStart(file.syntax)), ...verdict];
  }
}

function* comments(
  file: HouseFile,
  pattern: RegExp,
  judge: (word: string) => Verdict,
): Generator<Finding> {
  for (const { text, start } of file.comments) {
    const match = pattern.exec(text);
    if (match) yield [file.lineAt(start + match.index), ...judge(match[0])];
  }
}

function targetOf(
  from: HouseFile,
  specifier: ts.Expression | undefined,
  repository: Repository,
): HouseFile | undefined {
  if (specifier === undefined || !ts.isStringLiteral(specifier)) return undefined;
  return repository.file(posix.join(posix.dirname(from.path), specifier.text));
}

function isExportList(file: HouseFile | undefined): boolean {
  return (
    file?.syntax.statements.every(
      (statement) => ts.isExportDeclaration(statement) && statement.exportClause !== undefined,
    ) ?? false
  );
}

function isAny(node: ts.Node): node is ts.KeywordTypeNode {
  return node.kind === ts.SyntaxKind.AnyKeyword;
}

function isCallOrNew(node: ts.Node): node is ts.CallExpression | ts.NewExpression {
  return ts.isCallExpression(node) || ts.isNewExpression(node);
}

import ts from "typescript";

/** A comment with its delimiters. */
export interface Comment {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A module that a file asks for, in whichever way: import, export from, import(), require(). */
export interface Import {
  readonly specifier: string;
  readonly start: number;
}

/** Every node below `root`, and `root`. */
export function* nodesOf(root: ts.Node): Generator<ts.Node> {
  const pending = [root];
  for (let node = pending.pop(); node; node = pending.pop()) {
    yield node;
    ts.forEachChild(node, (child) => void pending.push(child));
  }
}

/** Every comment. Found between tokens, since only the parser knows a comment from a string or a regular expression. */
export function commentsOf(file: ts.SourceFile): Comment[] {
  const found = new Map<number, Comment>();
  const add = (ranges: readonly ts.CommentRange[] | undefined) => {
    for (const { pos, end } of ranges ?? [])
      found.set(pos, { start: pos, end, text: file.text.slice(pos, end) });
  };
  const shebang = /^#!.*/.exec(file.text)?.[0].length ?? 0;
  for (const token of tokensOf(file, file)) {
    add(ts.getLeadingCommentRanges(file.text, token.pos === 0 ? shebang : token.pos));
    add(ts.getTrailingCommentRanges(file.text, token.end));
  }
  return [...found.values()].sort((a, b) => a.start - b.start);
}

function* tokensOf(node: ts.Node, file: ts.SourceFile): Generator<ts.Node> {
  const children = node.getChildren(file).filter((child) => !ts.isJSDoc(child));
  if (children.length === 0) yield node;
  for (const child of children) yield* tokensOf(child, file);
}

/** Everything that a file imports, in order. */
export function importsOf(file: ts.SourceFile): Import[] {
  const found: Import[] = [];
  for (const node of nodesOf(file)) {
    const specifier = specifierOf(node);
    if (specifier && ts.isStringLiteralLike(specifier))
      found.push({ specifier: specifier.text, start: specifier.getStart(file) });
  }
  return found.sort((a, b) => a.start - b.start);
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return node.argument.literal;
  if (ts.isCallExpression(node) && isLoader(node.expression)) return node.arguments[0];
  return undefined;
}

function isLoader(callee: ts.Expression): boolean {
  return (
    callee.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(callee) && callee.text === "require")
  );
}

/** The name that a call or property chain starts from: `test` of `test.skip.each(…)`. */
export function rootNameOf(expression: ts.Expression): string | undefined {
  let node: ts.Expression = expression;
  while (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) node = node.expression;
  return ts.isIdentifier(node) ? node.text : undefined;
}

import { DEPENDENCY_FIELDS, type Repository } from "../repository.ts";
import { type Fault, fileRule, type Rule } from "../rule.ts";

const DEPENDENCIES = "docs/dependencies.md";

/** Changesets are notes with front matter; their headings are made when they are released. */
const CHANGESETS = ".changeset/";

const oneHeading = fileRule(
  "a document has one H1",
  (file) => file.path.endsWith(".md") && !file.path.startsWith(CHANGESETS),
  function* (file) {
    const headings = linesOutsideFences(file.text).filter(({ text }) => /^# \S/.test(text));
    if (headings.length === 0)
      yield [1, "The document has no H1", "Begin it with one that says what it is about"];
    for (const { line } of headings.slice(1))
      yield [line, "The document has a second H1", "Make it an H2, or a document of its own"];
  },
);

/** Each dependency is a row of the table, `| \`name\` | …`, and each row is still a dependency. */
const documentedDependencies: Rule = {
  name: "every dependency is explained",
  check(repository) {
    const used = dependenciesOf(repository);
    const rows = rowsOf(repository);
    const missing = [...used]
      .filter(([name]) => !rows.has(name))
      .map(
        ([name, { path, line }]): Fault => ({
          path,
          line,
          fault: `${DEPENDENCIES} does not name ${name}`,
          remedy: "Add a row: what it is for, why this one, its licence",
        }),
      );
    const stale = [...rows]
      .filter(([name]) => !used.has(name))
      .map(
        ([name, line]): Fault => ({
          path: DEPENDENCIES,
          line,
          fault: `No package.json names ${name}`,
          remedy: "Remove the row",
        }),
      );
    return [...missing, ...stale];
  },
};

export const documentRules = { oneHeading, documentedDependencies };

function linesOutsideFences(text: string): { text: string; line: number }[] {
  let fenced = false;
  return text.split("\n").flatMap((line, index) => {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    return fenced ? [] : [{ text: line, line: index + 1 }];
  });
}

/** Each dependency from outside the house, with the first place that names it. */
function dependenciesOf(repository: Repository): Map<string, { path: string; line: number }> {
  const found = new Map<string, { path: string; line: number }>();
  for (const { file, manifest } of repository.packages)
    for (const field of DEPENDENCY_FIELDS)
      for (const [name, range] of Object.entries(manifest[field] ?? {}))
        if (!range.startsWith("workspace:") && !found.has(name))
          found.set(name, { path: file.path, line: file.lineAt(file.text.indexOf(`"${name}"`)) });
  return found;
}

function rowsOf(repository: Repository): Map<string, number> {
  const text = repository.file(DEPENDENCIES)?.text ?? "";
  return new Map(
    text.split("\n").flatMap((line, index) => {
      const name = /^\|\s*`([^`]+)`\s*\|/.exec(line)?.[1];
      return name === undefined ? [] : [[name, index + 1] as const];
    }),
  );
}

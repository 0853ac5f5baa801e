import { builtinModules } from "node:module";
import { posix } from "node:path";
import ts from "typescript";
import { DEPENDENCY_FIELDS, type HouseFile, type Package, type Repository } from "../repository.ts";
import { type Finding, fileRule } from "../rule.ts";
import { nodesOf } from "../syntax.ts";

const SCOPE = "@hivellm/synap-";

/**
 * Who may lean on whom, by the package's short name: dependencies point one way, so that the engines
 * know no server and the SDK no engine. A new package gets its place here.
 */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  core: ["protocol"],
  client: ["protocol"],
  testing: ["protocol", "core", "client"],
  server: ["protocol", "core"],
  services: ["protocol", "client"],
  cli: ["protocol", "client", "services"],
  conformance: ["protocol", "core", "client", "testing", "server", "services"],
  bench: ["protocol", "core", "client", "testing", "server", "services"],
  "docs-test": ["client", "server", "testing"],
  tidy: [],
  consumers: [],
};

/** Examples stand where users stand: they know what is published, and the support that runs them. */
const EXAMPLE = /^example-/;
const EXAMPLES_MAY_USE = ["client", "server", "services", "example-support"];

/** Folders that run in browsers and on the edge, each with the rooms in it that only Node loads. */
const PORTABLE: Readonly<Record<string, readonly string[]>> = {
  "packages/protocol/src/": [],
  "packages/core/src/": [],
  "packages/testing/src/": [],
  "packages/client/src/": ["packages/client/src/node/"],
};

const NODE_MODULES = new Set(builtinModules);
const NODE_GLOBALS = new Set(["process", "Buffer", "__dirname", "__filename"]);

const importDirection = fileRule(
  "imports point one way",
  (file) => file.isScript,
  function* (file, repository) {
    const from = shortName(repository.packageOf(file.path));
    if (from === undefined) return;
    for (const { specifier, start } of file.imports) {
      const to = housePackageIn(specifier);
      if (to !== undefined && to !== from && !mayUse(from, to))
        yield [file.lineAt(start), `${from} imports from ${to}`, directionRemedy(from)];
    }
  },
);

const dependencyDirection = fileRule(
  "dependencies point one way",
  isManifest,
  function* (file, repository) {
    const pkg = repository.packageOf(file.path);
    const from = shortName(pkg);
    if (pkg === undefined || from === undefined) return;
    if (allowedFor(from) === undefined)
      yield [
        1,
        `The package ${from} has no place in the house`,
        "Name it in MAY_USE of tools/tidy",
      ];
    for (const { name, line } of dependenciesOf(pkg)) {
      const to = housePackageIn(name);
      if (to !== undefined && !mayUse(from, to))
        yield [line, `${from} depends on ${to}`, directionRemedy(from)];
    }
  },
);

const portableSource = fileRule(
  "portable source has no Node built-in",
  (file) => file.isScript && !file.isTest && isPortable(file.path),
  function* (file) {
    const remedy = "Take it through a port, or move it to a room that only Node loads";
    for (const { specifier, start } of file.imports) {
      if (specifier.startsWith("node:") || NODE_MODULES.has(specifier))
        yield [file.lineAt(start), `${specifier} exists in Node only`, remedy];
    }
    for (const node of nodesOf(file.syntax)) {
      if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) continue;
      const { text } = node.expression;
      if (NODE_GLOBALS.has(text))
        yield [file.lineAt(node.getStart()), `${text} exists in Node only`, remedy];
    }
  },
);

const noDeepImports = fileRule(
  "packages are entered by their exports",
  (file) => file.isScript,
  function* (file, repository): Generator<Finding> {
    for (const { specifier, start } of file.imports) {
      const fault = specifier.startsWith(".")
        ? climbsOut(file, specifier, repository)
        : missesExport(specifier, repository);
      if (fault)
        yield [file.lineAt(start), fault, "Import what the package exports, or export it there"];
    }
  },
);

/** npm pack keeps `workspace:` and `catalog:` as they are, and npm install refuses them. */
const publishableRanges = fileRule(
  "published packages name plain versions",
  isManifest,
  function* (file, repository) {
    const pkg = repository.packageOf(file.path);
    if (pkg === undefined || pkg.manifest.private) return;
    for (const { name, range, line, field } of dependenciesOf(pkg)) {
      if (field !== "devDependencies" && /^(workspace|catalog):/.test(range))
        yield [
          line,
          `${name} is asked for as ${range}, which npm cannot install`,
          "Write a plain version range",
        ];
    }
  },
);

export const architectureRules = {
  importDirection,
  dependencyDirection,
  portableSource,
  noDeepImports,
  publishableRanges,
};

function isManifest(file: HouseFile): boolean {
  return file.basename === "package.json";
}

function allowedFor(from: string): readonly string[] | undefined {
  return EXAMPLE.test(from) ? EXAMPLES_MAY_USE : MAY_USE[from];
}

function mayUse(from: string, to: string): boolean {
  return allowedFor(from)?.includes(to) ?? false;
}

function directionRemedy(from: string): string {
  const allowed = allowedFor(from) ?? [];
  return allowed.length === 0
    ? `${from} stands on no other package: move what it needs there, or behind a port`
    : `${from} may use ${allowed.join(", ")}: move what both need there, or behind a port`;
}

function shortName(pkg: Package | undefined): string | undefined {
  return pkg?.manifest.name === undefined ? undefined : housePackageIn(pkg.manifest.name);
}

/** `core` of `@hivellm/synap-core/anything`. */
function housePackageIn(specifier: string): string | undefined {
  return specifier.startsWith(SCOPE) ? specifier.slice(SCOPE.length).split("/")[0] : undefined;
}

interface Dependency {
  readonly name: string;
  readonly range: string;
  readonly field: (typeof DEPENDENCY_FIELDS)[number];
  readonly line: number;
}

function dependenciesOf({ file, manifest }: Package): Dependency[] {
  return DEPENDENCY_FIELDS.flatMap((field) =>
    Object.entries(manifest[field] ?? {}).map(([name, range]) => ({
      name,
      range,
      field,
      line: file.lineAt(file.text.indexOf(`"${name}"`, file.text.indexOf(`"${field}"`))),
    })),
  );
}

function isPortable(path: string): boolean {
  return Object.entries(PORTABLE).some(
    ([folder, rooms]) => path.startsWith(folder) && !rooms.some((room) => path.startsWith(room)),
  );
}

function climbsOut(file: HouseFile, specifier: string, repository: Repository): string | undefined {
  const target = posix.join(posix.dirname(file.path), specifier);
  const home = repository.packageOf(file.path)?.folder;
  const there = repository.packageOf(target)?.folder;
  // The root is no package: its scripts work on all of them.
  return home === there || home === "" ? undefined : `${specifier} reaches into another package`;
}

function missesExport(specifier: string, repository: Repository): string | undefined {
  const short = housePackageIn(specifier);
  if (short === undefined) return undefined;
  const target = repository.packageNamed(SCOPE + short);
  if (target === undefined) return `${specifier} is no package of this house`;
  const entry = `.${specifier.slice(SCOPE.length + short.length)}`;
  const { exports } = target.manifest;
  const known = typeof exports === "object" ? entry in exports : entry === ".";
  return known ? undefined : `${specifier} is not among the package's exports`;
}

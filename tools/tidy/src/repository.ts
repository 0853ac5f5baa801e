import ts from "typescript";
import { type Comment, commentsOf, type Import, importsOf } from "./syntax.ts";

/** A file as the rules get it: its path relative to the root, with forward slashes, and its text. */
export interface FileText {
  readonly path: string;
  readonly text: string;
}

/** What the rules read of a package.json. */
export interface Manifest {
  readonly name?: string;
  readonly private?: boolean;
  readonly exports?: string | Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The fields of a package.json that name other packages. */
export const DEPENDENCY_FIELDS = [
  "dependencies",
  "devDependencies",
  "peerDependencies",
  "optionalDependencies",
] as const;

const SCRIPT = /\.[cm]?[jt]sx?$/;
const TEST = /\.test\.[cm]?[jt]sx?$/;
const TEST_FOLDER = /(^|\/)(test|tests|__tests__)\//;

/** One file of the repository. Its syntax tree is made when a rule first asks for it. */
export class HouseFile implements FileText {
  readonly path: string;
  readonly text: string;
  #syntax: ts.SourceFile | undefined;
  #comments: readonly Comment[] | undefined;
  #imports: readonly Import[] | undefined;

  constructor({ path, text }: FileText) {
    this.path = path;
    this.text = text;
  }

  get basename(): string {
    return this.path.slice(this.path.lastIndexOf("/") + 1);
  }

  /** Whether this is TypeScript or JavaScript. */
  get isScript(): boolean {
    return SCRIPT.test(this.path);
  }

  /** Whether this only runs in tests: a test file, what stands in a test folder, the conformance suite. */
  get isTest(): boolean {
    return (
      this.isScript &&
      (TEST.test(this.path) ||
        TEST_FOLDER.test(this.path) ||
        this.path.startsWith("packages/conformance/"))
    );
  }

  get syntax(): ts.SourceFile {
    this.#syntax ??= ts.createSourceFile(this.path, this.text, ts.ScriptTarget.Latest, true);
    return this.#syntax;
  }

  get comments(): readonly Comment[] {
    this.#comments ??= commentsOf(this.syntax);
    return this.#comments;
  }

  get imports(): readonly Import[] {
    this.#imports ??= importsOf(this.syntax);
    return this.#imports;
  }

  /** The line, from 1, of an offset in the text. */
  lineAt(offset: number): number {
    return this.text.slice(0, offset).split("\n").length;
  }
}

/** A workspace package: the folder of a package.json, and what that says. */
export interface Package {
  /** The folder, `""` for the root. */
  readonly folder: string;
  readonly file: HouseFile;
  readonly manifest: Manifest;
}

/** All files of the repository, and the packages that they belong to. */
export class Repository {
  readonly files: readonly HouseFile[];
  readonly packages: readonly Package[];
  readonly #byPath: ReadonlyMap<string, HouseFile>;

  constructor(texts: readonly FileText[]) {
    this.files = texts.map((text) => new HouseFile(text));
    this.#byPath = new Map(this.files.map((file) => [file.path, file]));
    this.packages = this.files
      .filter(({ basename }) => basename === "package.json")
      .map((file) => ({
        folder: file.path.slice(0, -"/package.json".length),
        file,
        manifest: JSON.parse(file.text) as Manifest,
      }));
  }

  file(path: string): HouseFile | undefined {
    return this.#byPath.get(path);
  }

  /** The innermost package that a file belongs to. */
  packageOf(path: string): Package | undefined {
    return this.packages
      .filter(({ folder }) => folder === "" || path.startsWith(`${folder}/`))
      .reduce<Package | undefined>(
        (inner, next) => (inner && inner.folder.length > next.folder.length ? inner : next),
        undefined,
      );
  }

  packageNamed(name: string): Package | undefined {
    return this.packages.find(({ manifest }) => manifest.name === name);
  }
}

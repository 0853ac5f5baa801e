import { deepEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { BLOCKS } from "./modules.ts";
import type { Run } from "./run.ts";

const FOLDER = fileURLToPath(BLOCKS);
const TYPE_ROOTS = [fileURLToPath(new URL("../node_modules/@types", import.meta.url))];

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  allowImportingTsExtensions: true,
  esModuleInterop: true,
  skipLibCheck: true,
  noEmit: true,
  types: ["node"],
  typeRoots: TYPE_ROOTS,
};

/**
 * Compiles a block of a sample as it was written to be run. Its only errors are the sample's own,
 * which no SDK can mend: as many of each kind as `own` says.
 */
export async function checkCompiles(
  { report }: Run,
  name: string,
  own: Readonly<Record<string, number>> = {},
): Promise<void> {
  const except = Object.keys(own).length > 0 ? ", but for errors that are its own" : "";
  await report.check(`${name} compiles under strict TypeScript${except}`, () => {
    const program = ts.createProgram([`${FOLDER}${name}.ts`], OPTIONS);
    const file = program.getSourceFile(`${FOLDER}${name}.ts`);
    const found: Record<string, number> = {};
    for (const { messageText } of ts.getPreEmitDiagnostics(program, file)) {
      const text = typeof messageText === "string" ? messageText : messageText.messageText;
      found[text] = (found[text] ?? 0) + 1;
    }
    deepEqual(found, own);
  });
}

/**
 * Runs the code of tutorials 1, 4 and 6 as their document has it, against a server that it starts,
 * and checks what the document says about it. The document is not part of this repository: where it
 * is missing, this says so and ends well. The last line is "N passed, N failed".
 */
import {
  DEFAULT_PORT,
  type ServerProcess,
  startServerProcess,
} from "@hivellm/synap-example-support";
import { DOCUMENTS_FOLDER, onPort, Tutorials } from "./documents.ts";
import { missingForPython, runDriver } from "./python.ts";
import { Report } from "./report.ts";
import { checkSessionStore } from "./session-store.ts";
import { AWKWARD_TEXTS } from "./values.ts";

const report = new Report();
const tutorials = Tutorials.find(DOCUMENTS_FOLDER);
if (tutorials === undefined) {
  console.log(
    `The tutorials' own code did not run: there is no document with it in ${DOCUMENTS_FOLDER}.`,
  );
} else {
  const server = await start();
  try {
    await runTutorials(tutorials, server);
  } finally {
    await server.stop();
  }
}
console.log(`\n${report.summary()}`);
process.exitCode = report.failed > 0 ? 1 : 0;

/** On the document's own port if that is free, so that its code runs as it is, byte for byte. */
async function start(): Promise<ServerProcess> {
  try {
    return await startServerProcess(DEFAULT_PORT);
  } catch {
    const server = await startServerProcess();
    console.log(
      `Port ${DEFAULT_PORT} is taken: in the documents' code it is replaced by ${server.port}.`,
    );
    return server;
  }
}

async function runTutorials(document: Tutorials, { port }: ServerProcess): Promise<void> {
  const url = `http://localhost:${port}`;
  const code = (tutorial: number, language: string) =>
    document.code(tutorial, language).map((block) => onPort(block, port));
  const missing = missingForPython();

  report.section("Tutorial 1, in Python");
  if (missing !== undefined) report.note(`did not run: ${missing}`);
  else await runDriver("rate_limiter", { code: code(1, "python"), url }, report);

  report.section("Tutorial 4, in JavaScript");
  const [store = ""] = code(4, "javascript");
  await checkSessionStore(store, url, report);

  report.section("Tutorial 6, in Python");
  if (missing !== undefined) report.note(`did not run: ${missing}`);
  else
    await runDriver(
      "caching_layer",
      { code: code(6, "python"), url, texts: AWKWARD_TEXTS },
      report,
    );
}

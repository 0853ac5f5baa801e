/**
 * Runs the code of the documents as it stands there, against a server that it starts, and checks what
 * they say about it. The documents are not part of this repository: where one is missing, this says
 * so. The last line is "N passed, N failed", with ", N skipped" behind it if something did not run.
 */
import {
  DEFAULT_PORT,
  type ServerProcess,
  startServerProcess,
} from "@hivellm/synap-example-support";
import { checkChatRoom } from "./chat-room.ts";
import { checkChatSample } from "./chat-sample.ts";
import { DOCUMENTS_FOLDER, Document } from "./documents.ts";
import { checkEventBroadcast } from "./event-broadcast.ts";
import { checkMicroservices } from "./microservices.ts";
import { checkNotifications } from "./notifications.ts";
import { freeApplicationPort, onPorts, type Ports } from "./ports.ts";
import { missingForPython, runDriver } from "./python.ts";
import { Report } from "./report.ts";
import { checkSessionStore } from "./session-store.ts";
import { AWKWARD_TEXTS } from "./values.ts";

/** What each part of the run gets. */
export interface Run {
  readonly report: Report;
  /** Where the server is, as the documents' code names it. */
  readonly url: string;
  readonly ports: Ports;
  /** The code of a language under a heading, on the ports of this run. */
  code(language: string, heading: string): string[];
}

const DOCUMENTS = [
  { name: "tutorials", heading: /^# Synap Tutorials$/m, check: checkTutorials },
  { name: "chat sample", heading: /^# Real-Time Chat Sample$/m, check: checkChatSample },
  { name: "event sample", heading: /^# Event Broadcasting Sample$/m, check: checkEventBroadcast },
];

const report = new Report();
const server = await start();
try {
  await checkDocuments(server);
} finally {
  await server.stop();
}
console.log(`\n${report.summary()}`);
process.exitCode = report.failed > 0 ? 1 : 0;

/** On the documents' own port if that is free, so that their code runs as it is, byte for byte. */
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

async function checkDocuments({ port }: ServerProcess): Promise<void> {
  const ports: Ports = { server: port, application: await freeApplicationPort() };
  if (ports.application !== 3000)
    console.log(
      `Port 3000 is taken: in the documents' code it is replaced by ${ports.application}.`,
    );
  const url = `http://localhost:${port}`;
  for (const { name, heading, check } of DOCUMENTS) {
    const document = Document.find(DOCUMENTS_FOLDER, heading);
    if (document === undefined) {
      report.section(`The ${name}`);
      report.skip("its own code", `there is no document with it in ${DOCUMENTS_FOLDER}`);
      continue;
    }
    const code = (language: string, under: string) =>
      document.code(language, under).map((block) => onPorts(block, ports));
    await check({ report, url, ports, code });
  }
}

async function checkTutorials(run: Run): Promise<void> {
  const { url, code } = run;
  const missing = missingForPython("requests");

  async function checkInPython(tutorial: string, driver: string, input: object): Promise<void> {
    report.section(`${tutorial}, in Python`);
    if (missing !== undefined) report.skip("its code", missing);
    else await runDriver(driver, { code: code("python", tutorial), url, ...input }, report);
  }

  await checkInPython("Tutorial 1", "rate_limiter", {});
  await checkInPython("Tutorial 2", "task_queue", { create: code("bash", "Tutorial 2")[0] });
  await checkChatRoom(run);
  await checkSessionStore(run);
  await checkMicroservices(run);
  await checkInPython("Tutorial 6", "caching_layer", { texts: AWKWARD_TEXTS });
  await checkNotifications(run);
}

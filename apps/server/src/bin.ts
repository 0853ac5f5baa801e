#!/usr/bin/env node
import { isSynapError } from "@hivellm/synap-protocol";
import { readCommandLine } from "./cli-options.ts";
import { resolveOptions, withEnvironment } from "./options.ts";
import { startBlock } from "./start-block.ts";
import { type SynapServer, startServer } from "./start-server.ts";

/** Runs until a signal comes: the first stops the server cleanly, the second ends at once. */
async function main(): Promise<void> {
  const options = withEnvironment(readCommandLine(process.argv.slice(2)), process.env);
  const server = await startServer(options);
  process.stdout.write(startBlock(server, resolveOptions(options)));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => onSignal(server));
  }
}

let stopping = false;

function onSignal(server: SynapServer): void {
  if (stopping) process.exit(1);
  stopping = true;
  server.close().then(() => process.exit(0), fail);
}

/** What the user can mend is one line; what only we can is a stack. */
function fail(error: unknown): void {
  const text = isSynapError(error)
    ? error.message
    : error instanceof Error
      ? error.stack
      : String(error);
  process.stderr.write(`synap-server: ${text}\n`);
  process.exit(1);
}

main().catch(fail);

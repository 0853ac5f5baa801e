import { fileURLToPath } from "node:url";
import { type Environment, NodeProcess } from "./process.ts";

/** Starts a program in TypeScript in a process of its own, as a user would. */
export function startProgram(
  main: URL,
  args: readonly string[] = [],
  env: Environment = {},
): NodeProcess {
  const loader = import.meta.resolve("tsx");
  return new NodeProcess(["--import", loader, fileURLToPath(main), ...args], env);
}

/** Runs a program to its end and answers what it printed. */
export function runProgram(main: URL, args: readonly string[], env: Environment): Promise<string> {
  return startProgram(main, args, env).finished();
}

import { fileURLToPath } from "node:url";
import { type Environment, RunningProcess } from "./process.ts";

/** Starts a program in TypeScript in a process of its own, as a user would. */
export function startProgram(
  main: URL,
  args: readonly string[] = [],
  env: Environment = {},
): RunningProcess {
  const loader = import.meta.resolve("tsx");
  const command = ["--import", loader, fileURLToPath(main), ...args];
  return new RunningProcess(process.execPath, command, env);
}

/** Starts any other command. */
export function startCommand(
  command: string,
  args: readonly string[] = [],
  env: Environment = {},
): RunningProcess {
  return new RunningProcess(command, args, env);
}

/** Runs a program to its end and answers what it printed. */
export function runProgram(main: URL, args: readonly string[], env: Environment): Promise<string> {
  return startProgram(main, args, env).finished();
}

import { spawn } from "node:child_process";

/** A command of a consumer that ended with an exit code other than 0, or not at all. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly code = "COMMAND_FAILED";
}

/** npm's settings as a person has them: not those that the script runner around us put into the environment. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle)_|NODE_OPTIONS|VITEST|NODE_ENV)/.test(name),
  ),
);

/**
 * Runs a command to its end and returns what it printed. One that still runs after `timeoutMs` is
 * killed and has failed: a consumer that closed its client must end by itself.
 */
export function run(
  cwd: string,
  command: string,
  args: readonly string[],
  timeoutMs = 90_000,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: environment,
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(output);
      const end = signal ? `did not end within ${timeoutMs} ms` : `exited with ${code}`;
      reject(new CommandFailed(`${command} ${args.join(" ")} ${end}:\n${output}`));
    });
  });
}

/** Child processes as the examples' tests need them: started, waited for by what they print, stopped. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** How long a process may take to say that it is ready, on a slow machine. */
const READY_WITHIN_MS = 30_000;

/** Requests to this machine must not go through a proxy. */
const LOOPBACK = { NO_PROXY: "localhost,127.0.0.1,::1", no_proxy: "localhost,127.0.0.1,::1" };

export type Environment = Readonly<Record<string, string | undefined>>;

/** A process of this Node, with everything that it has printed so far. */
export class NodeProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = "";
  #errors = "";
  #isOver = false;

  constructor(args: readonly string[], env: Environment = {}) {
    this.#child = spawn(process.execPath, args, {
      env: { ...process.env, ...LOOPBACK, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
    this.#ended = once(this.#child, "close").finally(() => {
      this.#isOver = true;
    });
  }

  /** Resolves with the first match in what the process prints; if it ends before that, rejects. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const limit = AbortSignal.timeout(READY_WITHIN_MS);
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (this.#isOver) throw this.#failure(`did not print ${pattern}`);
      if (limit.aborted) {
        await this.stop();
        throw this.#failure(`did not print ${pattern} within ${READY_WITHIN_MS} ms`);
      }
      await Promise.race([this.#ended, this.#more(limit)]);
    }
  }

  /** Waits for the end and answers what was printed; rejects if the process failed. */
  async finished(): Promise<string> {
    await this.#ended;
    if (this.#child.exitCode !== 0) throw this.#failure("failed");
    return this.#output;
  }

  /** Asks the process to end, as Ctrl-C would, and waits until it has. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#ended;
  }

  /** Resolves when there is more output, or the limit is reached. */
  async #more(limit: AbortSignal): Promise<void> {
    const heard = this.#child.stdout && once(this.#child.stdout, "data", { signal: limit });
    await heard?.catch(() => {});
  }

  #failure(what: string): Error {
    const { exitCode, signalCode, spawnargs } = this.#child;
    const end = exitCode ?? signalCode;
    return new Error(`${spawnargs.join(" ")} ${what} (${end})\n${this.#output}${this.#errors}`);
  }
}

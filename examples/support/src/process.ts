/** Child processes as the examples' tests need them: started, waited for by what they print, stopped. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** How long a process may take to say that it is ready, or to end, on a slow machine. */
const LIMIT_MS = 30_000;

/** Requests to this machine must not go through a proxy. */
const LOOPBACK = { NO_PROXY: "localhost,127.0.0.1,::1", no_proxy: "localhost,127.0.0.1,::1" };

export type Environment = Readonly<Record<string, string | undefined>>;

/** A program in a process of its own, with everything that it has printed so far. */
export class RunningProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = "";
  #errors = "";
  #isOver = false;

  constructor(command: string, args: readonly string[], env: Environment = {}) {
    this.#child = spawn(command, args, {
      env: { ...process.env, ...LOOPBACK, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
    // Not of interest: a process that is gone does not read what is typed.
    this.#child.stdin?.on("error", () => {});
    this.#ended = once(this.#child, "close").finally(() => {
      this.#isOver = true;
    });
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Resolves with the first match in what the process prints; if it ends before that, rejects. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const limit = AbortSignal.timeout(LIMIT_MS);
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (this.#isOver) throw this.#failure(`did not print ${pattern}`);
      if (limit.aborted) {
        await this.stop();
        throw this.#failure(`did not print ${pattern} within ${LIMIT_MS} ms`);
      }
      await Promise.race([this.#ended, this.#more(limit)]);
    }
  }

  /** Writes a line to its standard input, as a person would type it. */
  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Writes the whole of its standard input. */
  feed(input: string): this {
    this.#child.stdin?.end(input);
    return this;
  }

  /** Waits for the end and answers what was printed; rejects if the process failed. */
  async finished(): Promise<string> {
    await this.#ended;
    if (this.#child.exitCode !== 0) throw this.#failure("failed");
    return this.#output;
  }

  /**
   * Asks the process to end, as Ctrl-C or a service manager would, waits until it has, and answers
   * its exit code; null if it did not handle the signal. One that does not end is killed: an error.
   */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    let isStubborn = false;
    const killer = setTimeout(() => {
      isStubborn = this.#child.kill("SIGKILL");
    }, LIMIT_MS);
    await this.#ended;
    clearTimeout(killer);
    if (isStubborn) throw this.#failure("did not end when it was asked");
    return this.#child.exitCode;
  }

  /** Ends the process as a crash or a lack of memory would, with nothing put in order. */
  async crash(): Promise<void> {
    this.#child.kill("SIGKILL");
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

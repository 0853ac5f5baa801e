/** Prints and counts what holds and what does not. */
export class Report {
  #passed = 0;
  #failed = 0;

  get failed(): number {
    return this.#failed;
  }

  section(title: string): void {
    console.log(`\n${title}`);
  }

  /** Something that the reader should know, and that is no result. */
  note(text: string): void {
    console.log(`  - ${text}`);
  }

  result(name: string, failure: string | null): void {
    if (failure === null) this.#passed++;
    else this.#failed++;
    console.log(failure === null ? `  ✓ ${name}` : `  ✗ ${name}\n      ${failure}`);
  }

  /** Runs a check, which fails by throwing; answers what it answered, undefined if it failed. */
  async check<T>(name: string, run: () => T | Promise<T>): Promise<T | undefined> {
    try {
      const result = await run();
      this.result(name, null);
      return result;
    } catch (error) {
      this.result(name, brief(error instanceof Error ? error.message : String(error)));
      return undefined;
    }
  }

  summary(): string {
    return `${this.#passed} passed, ${this.#failed} failed`;
  }
}

/** Some values are a megabyte long; nobody wants to read them. */
function brief(message: string): string {
  return message.length <= 600 ? message : `${message.slice(0, 600)}…`;
}

/** Prints and counts what holds, what does not, and what could not be tried. */
export class Report {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

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

  /** Something that did not run here, and why. */
  skip(what: string, reason: string): void {
    this.#skipped++;
    console.log(`  ↓ ${what} did not run: ${reason}`);
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
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : "";
    return `${this.#passed} passed, ${this.#failed} failed${skipped}`;
  }
}

/** Some values are a megabyte long; nobody wants to read them. */
function brief(message: string): string {
  return message.length <= 600 ? message : `${message.slice(0, 600)}…`;
}

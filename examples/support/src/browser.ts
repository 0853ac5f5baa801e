import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { until } from "./until.ts";

export type { Page } from "playwright-core";

/** Where a Chromium is looked for, after the one that `SYNAP_CHROMIUM` names. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** How long a page may take to show something, on a slow machine. */
const PATIENCE_MS = 15_000;

function findChromium(): string | undefined {
  const { SYNAP_CHROMIUM: named } = process.env;
  return (named === undefined ? PLACES : [named]).find((path) => existsSync(path));
}

/** Says what is missing to drive a page in a browser; undefined if nothing is. */
export function missingForBrowser(): string | undefined {
  if (findChromium() !== undefined) return undefined;
  return "there is no Chromium (Debian: apt-get install chromium; SYNAP_CHROMIUM names one elsewhere)";
}

/** A headless Chromium in which several people visit pages, each as if on a machine of their own. */
export class People {
  readonly #browser: Browser;
  /** What went wrong in anybody's page: uncaught errors and what the browser complained about. */
  readonly problems: string[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async arrive(): Promise<People> {
    const args = ["--disable-quic", "--disable-gpu"];
    return new People(await chromium.launch({ executablePath: findChromium(), args }));
  }

  /** Somebody new, with cookies and storage of their own; `prepare` runs before the page loads. */
  async visit(url: string, prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
    const context = await this.#browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => this.problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.problems.push(message.text());
    });
    await prepare?.(page);
    await page.goto(url);
    return page;
  }

  leave(): Promise<void> {
    return this.#browser.close();
  }
}

/** Waits until the elements have these texts, in this order, and no other element is among them. */
export async function shows(page: Page, selector: string, texts: readonly string[]): Promise<void> {
  const wanted = JSON.stringify(texts);
  let seen = "";
  await until(
    async () => {
      seen = JSON.stringify(await page.locator(selector).allTextContents());
      return seen === wanted;
    },
    () => `${selector} shows ${seen}, not ${wanted}`,
  );
}

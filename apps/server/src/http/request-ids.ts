import type { IncomingHttpHeaders } from "node:http";

const GIVEN = /^[\x21-\x7e]{1,128}$/;

/** Gives every request an id that no other request of this server has. */
export class RequestIds {
  readonly #prefix: string;
  #count = 0;

  constructor(random: () => number) {
    this.#prefix = Math.floor(random() * 36 ** 8)
      .toString(36)
      .padStart(8, "0");
  }

  /** The id that the caller gave in `X-Request-Id`, if it is one; else a new one. */
  of(headers: IncomingHttpHeaders): string {
    const given = headers["x-request-id"];
    return typeof given === "string" && GIVEN.test(given) ? given : this.next();
  }

  next(): string {
    this.#count++;
    return `${this.#prefix}-${this.#count.toString(36)}`;
  }
}

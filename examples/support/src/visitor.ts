/** Somebody with a browser: keeps cookies, as much as a session needs, for whatever site it visits. */
export class Visitor {
  readonly #cookies = new Map<string, string>();

  /** Requests a page and answers its text; anything but 2xx rejects. */
  async visit(url: string, init: RequestInit = {}): Promise<string> {
    const headers = new Headers(init.headers);
    headers.set("cookie", Array.from(this.#cookies, (pair) => pair.join("=")).join("; "));
    const response = await fetch(url, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
    }
    const text = await response.text();
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
    return text;
  }
}

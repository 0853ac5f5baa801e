import {
  type FetchFunction,
  type FetchInit,
  type HttpExchange,
  type HttpOutcome,
  mayHaveBeenSent,
} from "./http-exchange.ts";

/** HTTP by way of `fetch`, which keeps its own connections. */
export function fetchExchange(fetch: FetchFunction): HttpExchange {
  return {
    async run({ url, headers, body, signal }): Promise<HttpOutcome> {
      const init: FetchInit = {
        method: body === null ? "GET" : "POST",
        headers: { ...headers },
        signal,
      };
      if (body !== null) init.body = typeof body === "string" ? body : ownBytes(body);
      try {
        const response = await fetch(url, init);
        return {
          ok: true,
          status: response.status,
          contentType: response.headers.get("content-type") ?? "",
          body: new Uint8Array(await response.arrayBuffer()),
        };
      } catch (cause) {
        return { ok: false, cause, sent: mayHaveBeenSent(cause) };
      }
    },
    close: async () => {},
  };
}

/** The bytes in a buffer that nobody shares, as `fetch` wants them. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? (bytes as Uint8Array<ArrayBuffer>)
    : new Uint8Array(bytes);
}

import type { Pool } from "undici";
import type { ResolvedConfig } from "../options.ts";
import {
  type HttpExchange,
  type HttpOutcome,
  mayHaveBeenSent,
} from "../transport/http-exchange.ts";

/**
 * HTTP by way of a pool of connections. Time limits are the caller's: see `signal`. The library is
 * loaded with the first request: it takes longer than the rest of this package, and most clients
 * never need it.
 */
export function undiciExchange(config: ResolvedConfig): HttpExchange {
  let opened: Promise<Pool> | null = null;
  return {
    async run({ url, headers, body, signal }): Promise<HttpOutcome> {
      const { pathname, search } = new URL(url);
      try {
        opened ??= openPool(config);
        const pool = await opened;
        const response = await pool.request({
          path: pathname + search,
          method: body === null ? "GET" : "POST",
          headers,
          body,
          signal,
        });
        return {
          ok: true,
          status: response.statusCode,
          contentType: String(response.headers["content-type"] ?? ""),
          body: new Uint8Array(await response.body.arrayBuffer()),
        };
      } catch (cause) {
        return { ok: false, cause, sent: mayHaveBeenSent(cause) };
      }
    },
    async close() {
      const pool = await opened?.catch(() => null);
      await pool?.destroy();
    },
  };
}

async function openPool(config: ResolvedConfig): Promise<Pool> {
  const { Pool } = await import("undici");
  return new Pool(new URL(config.baseUrl).origin, {
    connections: config.poolSize,
    pipelining: config.keepAlive ? 1 : 0,
    connect: { timeout: Number.isFinite(config.timeoutMs) ? config.timeoutMs : 0 },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}
